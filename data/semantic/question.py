"""A question over the catalog: metrics by dimensions and time, filtered, compared, folded and totalled. All frozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from data.errors import InvalidFilter, UsageError
from data.semantic.types import PERIOD, Grain

_Word = TypeVar("_Word", bound=StrEnum)


class Match(StrEnum):
    """How a filter's members decide which rows are kept."""

    IN = "in"
    NOT_IN = "not_in"
    RANGE = "range"
    SEARCH = "search"


@dataclass(frozen=True)
class Filter:
    """Keep the rows whose member of `dimension` matches `members`, which are natural keys.

    `in` and `not_in` take any number of keys; `range` takes the first and the last key that are kept, either of which
    may be None; `search` takes one text that must be part of the key or the label, in any case.
    """

    dimension: str
    members: tuple[Any, ...]
    match: Match = Match.IN

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", tuple(self.members))
        object.__setattr__(self, "match", _word(Match, "match", self.match))
        count, where = len(self.members), f"a filter on {self.dimension!r}"
        if self.match in {Match.IN, Match.NOT_IN} and not count:
            raise InvalidFilter(f"{where} must name at least one member; got none")
        if self.match is Match.RANGE and (count != 2 or self.members == (None, None)):
            raise InvalidFilter(f"{where} by range must give the first and the last key; got {list(self.members)}")
        if self.match is Match.SEARCH and (count != 1 or not isinstance(self.members[0], str) or not self.members[0]):
            raise InvalidFilter(f"{where} by search must give one text, not empty; got {list(self.members)}")


class Versus(StrEnum):
    """What a figure is compared with."""

    PREVIOUS = "previous"
    SAME_WEEKS_LAST_YEAR = "same_weeks_last_year"
    RANGE = "range"
    TARGET = "target"


@dataclass(frozen=True)
class Compare:
    """Compare with as many days before, the same weeks 52 weeks earlier, the dates `[start, end)`, or the targets."""

    to: Versus
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "to", _word(Versus, "compare", self.to))
        given = self.start is not None and self.end is not None
        if (self.to is Versus.RANGE) != given or (self.start is None) != (self.end is None):
            raise UsageError(f"a comparison with a range, and no other, names start and end; got {self}")
        _check_dates("comparison", self.start, self.end)


@dataclass(frozen=True)
class Top:
    """Keep the `count` members of `dimension` with the most of the metric `by`; the rest becomes one: the others."""

    dimension: str
    count: int
    by: str
    ascending: bool = False

    def __post_init__(self) -> None:
        if self.count < 1:
            raise UsageError(f"top must keep at least 1 member of {self.dimension!r}; got {self.count}")


@dataclass(frozen=True)
class Order:
    """Sort the result by one of its columns."""

    by: str
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """A question: metrics, broken down by dimensions and time buckets, over `[start, end)` of the business date.

    `totals` asks for further rows: each entry lists the keys (dimensions, `period`) that such rows keep; all else is
    added up in them, or counted anew where it does not add up.
    """

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    grain: Grain | None = None
    start: date | None = None
    end: date | None = None
    filters: tuple[Filter, ...] = ()
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    compare: Compare | None = None
    top: tuple[Top, ...] = ()
    totals: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        if not self.metrics:
            raise UsageError("a query must name at least one metric; got none")
        for kind, names in (("metric", self.metrics), ("dimension", self.dimensions)):
            _check_unique(kind, names)
        _check_unique("top of", [top.dimension for top in self.top])
        _check_unique("filter on", [(item.dimension, item.match) for item in self.filters])
        if self.grain is not None:
            object.__setattr__(self, "grain", _word(Grain, "grain", self.grain))
        _check_dates("period", self.start, self.end)
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"limit must be at least 1; got {self.limit}")
        if self.limit is not None and self.totals:
            raise UsageError("limit cannot go with totals, which would not be of the rows shown; use top")
        if self.compare and self.compare.to is not Versus.TARGET and (self.start is None or self.end is None):
            raise UsageError("a comparison needs a period with start and end")
        object.__setattr__(self, "totals", tuple(self._level(names) for names in self.totals))
        _check_unique("total over", self.totals)
        for top in self.top:
            if top.dimension not in self.dimensions:
                raise UsageError(f"top must be of a dimension of the query; got {top.dimension!r}")

    @property
    def keys(self) -> tuple[str, ...]:
        """What tells one row from another: `period` where there is a grain, and the dimensions."""
        return ((PERIOD,) if self.grain else ()) + self.dimensions

    def _level(self, names: Sequence[str]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in self.keys]
        if unknown:
            raise UsageError(f"totals keep some of the keys {', '.join(self.keys) or 'none'}; got {unknown[0]!r}")
        level = tuple(key for key in self.keys if key in names)
        if level == self.keys:
            raise UsageError(f"totals must leave out a key; got all of {', '.join(level)}")
        return level


def _word(kind: type[_Word], what: str, value: str) -> _Word:
    try:
        return kind(value)
    except ValueError:
        raise UsageError(f"{what} must be one of {', '.join(kind)}; got {value!r}") from None


def _check_dates(what: str, start: date | None, end: date | None) -> None:
    if start is not None and end is not None and start >= end:
        raise UsageError(f"{what}: start must lie before end (end is exclusive); got {start} and {end}")


def _check_unique(kind: str, names: Sequence[Any]) -> None:
    twice = [name for at, name in enumerate(names) if name in names[:at]]
    if twice:
        name = twice[0][0] if kind == "filter on" else twice[0]
        raise UsageError(f"{kind} {name!r} is named more than once")
