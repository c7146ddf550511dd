"""Questions as JSON gives them, checked and turned into the questions of the semantic layer."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictInt, StrictStr, model_validator

from dashboard.api.problems import Refused
from data.errors import InvalidFilter, UnknownName, UsageError
from data.semantic.catalog import catalog
from data.semantic.question import Compare, Filter, Match, Query, Versus
from data.semantic.types import Grain, Unit

MOST_ROWS = 1_000_000
MOST_MEMBERS = 10_000
_LARGEST_KEY = 2**31 - 1
Key = Annotated[StrictInt, Field(ge=-_LARGEST_KEY, le=_LARGEST_KEY)] | Annotated[StrictStr, Field(max_length=500)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
_METRICS: list[JsonValue] = [*sorted(catalog().metrics)]
_DIMENSIONS: list[JsonValue] = [*sorted(catalog().dimensions)]
Metric = Annotated[Name, Field(json_schema_extra={"enum": _METRICS})]
Dimension = Annotated[Name, Field(json_schema_extra={"enum": _DIMENSIONS})]
Members = Annotated[list[Key], Field(min_length=1, max_length=MOST_MEMBERS)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Condition(_Strict):
    """One of: `in`, `not_in`, `range` (first and last key, either may be null), `search` (part of key or label)."""

    in_: Members | None = Field(None, alias="in")
    not_in: Members | None = None
    range: Annotated[list[Key | None], Field(min_length=2, max_length=2)] | None = None
    search: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Condition:
        if len(self.given) != 1:
            raise ValueError(f"must name one of in, not_in, range and search; got {len(self.given)} of them")
        return self

    @property
    def given(self) -> dict[Match, tuple[Any, ...]]:
        """What was named, by how it matches."""
        search = None if self.search is None else [self.search]
        every = {Match.IN: self.in_, Match.NOT_IN: self.not_in, Match.RANGE: self.range, Match.SEARCH: search}
        return {match: tuple(members) for match, members in every.items() if members is not None}


class Comparing(_Strict):
    """What each figure is compared with: a word, or the dates `[start, end)`."""

    to: Literal["previous", "same_weeks_last_year", "target"] | tuple[date, date]


Filters = dict[Name, Members | Condition]


class Slice(_Strict):
    """Which facts: those with a business date in `[start, end)`, and with certain members."""

    start: date | None = None
    end: date | None = Field(None, description="The first date after the period.")
    filters: Filters = Field(
        default_factory=dict,
        max_length=50,
        json_schema_extra={"propertyNames": {"enum": _DIMENSIONS}},
    )

    def semantic_filters(self) -> tuple[Filter, ...]:
        """The filters of the semantic layer; 422 with the field where one does not fit its dimension."""
        found = []
        for name, wanted in self.filters.items():
            given = {Match.IN: tuple(wanted)} if isinstance(wanted, list) else wanted.given
            ((match, members),) = given.items()
            found.append(_filter(name, match, members))
        return tuple(found)


class Question(Slice):
    """Metrics by dimensions and time, over a slice of the facts, now or as of a revision."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "metrics": ["net_sales", "baskets"],
                    "dimensions": ["department"],
                    "grain": "month",
                    "start": "2017-01-01",
                    "end": "2018-01-01",
                    "filters": {"store": [367]},
                }
            ]
        }
    )

    metrics: Annotated[list[Metric], Field(min_length=1, max_length=30)]
    dimensions: Annotated[list[Dimension], Field(max_length=8)] = Field(default_factory=list)
    grain: Grain | None = None
    compare: Comparing | None = None
    revision: int | None = Field(None, ge=1, le=_LARGEST_KEY, description="As of this one; null is now.")
    limit: int = Field(1000, ge=1, le=MOST_ROWS, description="At most so many rows; `more` says whether there are.")
    sql: bool = Field(False, description="Whether to show the statement that gave the rows.")

    def query(self) -> Query:
        """The question of the semantic layer; 422 where it makes no sense. Asks for one row more than wanted."""
        for field, names, known in (
            ("metrics", self.metrics, catalog().metric),
            ("dimensions", self.dimensions, catalog().dimension),
        ):
            for at, name in enumerate(names):
                _known(f"{field}.{at}", name, known)
        try:
            return Query(tuple(self.metrics), tuple(self.dimensions), self.grain, self.start, self.end,
                         self.semantic_filters(), limit=self.limit + 1, compare=self._compare())  # fmt: skip
        except UsageError as error:
            raise Refused(422, str(error)) from None

    def _compare(self) -> Compare | None:
        if self.compare is None:
            return None
        if isinstance(self.compare.to, tuple):
            return Compare(Versus.RANGE, *self.compare.to)
        return Compare(Versus(self.compare.to))


def _filter(name: str, match: Match, members: tuple[Any, ...]) -> Filter:
    field = f"filters.{name}"
    _known(field, name, catalog().dimension)
    keys = [key for key in members if key is not None]
    number = catalog().dimension(name).unit is Unit.INTEGER
    if match is not Match.SEARCH and any(isinstance(key, int) is not number for key in keys):
        rule = f"members of {name!r} are {'whole numbers' if number else 'texts'}"
        raise Refused(422, rule, field=field)
    if any(isinstance(key, str) and "\0" in key for key in keys):
        raise Refused(422, "a text cannot hold a zero character", field=field)
    try:
        return Filter(name, members, match)
    except InvalidFilter as error:
        raise Refused(422, str(error), field=field) from None


def _known(field: str, name: str, find: Any) -> None:
    try:
        find(name)
    except UnknownName as error:
        raise Refused(422, str(error), field=field) from None
