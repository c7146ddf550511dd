"""The words a question is made of: metrics, dimensions, grains, filters. All frozen, all checked when declared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from data.errors import CatalogError, InvalidFilter, UsageError
from data.semantic.expressions import Expression, plain

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


class Grain(StrEnum):
    """The length of a time bucket; weeks are ISO weeks, from Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Unit(StrEnum):
    """What a value is counted in; decides its dtype and how it is written."""

    CENTS = "cents"  # int64, money
    CENTS_RATIO = "cents_ratio"  # float64, money per something, in cents
    COUNT = "count"  # int64
    RATIO = "ratio"  # float64, a share of 1
    NUMBER = "number"  # float64, something per something
    TEXT = "text"
    INTEGER = "integer"  # a key that is a number
    DATE = "date"
    INSTANT = "instant"  # UTC


class Aggregation(StrEnum):
    """How the rows behind a measure become one value."""

    SUM = "sum"
    ROWS = "rows"
    DISTINCT = "distinct"


@dataclass(frozen=True, eq=False)
class Measure:
    """An aggregate over fact rows: a sum, a number of rows, or a number of distinct entities."""

    name: str
    aggregation: Aggregation
    expression: Expression | None = None

    def __post_init__(self) -> None:
        _check_name("measure", self.name)
        if (self.expression is None) != (self.aggregation is Aggregation.ROWS):
            rule = "must not" if self.aggregation is Aggregation.ROWS else "must"
            raise CatalogError(f"measure {self.name!r}: a {self.aggregation} {rule} name an expression")
        _plain_fields(self, "expression")


@dataclass(frozen=True)
class Metric:
    """A figure with a name: a measure as it is (`simple`), or one measure over another (`ratio`)."""

    name: str
    label: str
    unit: Unit
    description: str
    measure: str | None = None
    numerator: str | None = None
    denominator: str | None = None

    def __post_init__(self) -> None:
        _check_name("metric", self.name)
        if not self.label or not self.description:
            raise CatalogError(f"metric {self.name!r}: label and description must not be empty")
        if (self.measure is None) == (self.numerator is None) or (self.numerator is None) != (self.denominator is None):
            raise CatalogError(
                f"metric {self.name!r} must name either a measure, or a numerator and a denominator; "
                f"got measure={self.measure!r}, numerator={self.numerator!r}, denominator={self.denominator!r}"
            )

    @property
    def kind(self) -> str:
        """`simple` or `ratio`."""
        return "simple" if self.measure else "ratio"

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures it is made of."""
        return (self.measure,) if self.measure else (str(self.numerator), str(self.denominator))


@dataclass(frozen=True, eq=False)
class Dimension:
    """What a figure can be broken down by.

    `key` is the natural key that files, links and results use; `member` is the column that identifies a member in the
    tables (absent: the key itself); `label` is what people read where the key does not say it.
    """

    name: str
    label: str
    description: str
    key: Expression
    unit: Unit = Unit.TEXT
    member: Expression | None = None
    display: Expression | None = None
    parent: str | None = None

    def __post_init__(self) -> None:
        _check_name("dimension", self.name)
        if self.unit not in {Unit.TEXT, Unit.INTEGER}:
            raise CatalogError(f"dimension {self.name!r}: the unit must be text or integer; got {self.unit!r}")
        _plain_fields(self, "key", "member", "display")

    @property
    def grouped_by(self) -> Expression:
        """The expression that rows are grouped by before names are joined."""
        return self.key if self.member is None else self.member


@dataclass(frozen=True, eq=False)
class Join:
    """A many-to-one step: every row on the left has exactly one row on the right."""

    left: Expression
    right: Expression

    def __post_init__(self) -> None:
        _plain_fields(self, "left", "right")


@dataclass(frozen=True, eq=False)
class Subject:
    """A fact table with the reference tables around it, and what is declared on them."""

    name: str
    label: str
    facts: sa.Table
    business_date: Expression
    scope_column: Expression | None
    joins: tuple[Join, ...]
    measures: tuple[Measure, ...]
    metrics: tuple[Metric, ...]
    dimensions: tuple[Dimension, ...]

    def __post_init__(self) -> None:
        _plain_fields(self, "business_date", "scope_column")


@dataclass(frozen=True)
class Filter:
    """Keep the rows whose member of `dimension` is one of `members` (natural keys)."""

    dimension: str
    members: tuple[Any, ...]

    def __post_init__(self) -> None:
        if not self.members:
            raise InvalidFilter(f"a filter on {self.dimension!r} must name at least one member; got none")


@dataclass(frozen=True)
class Order:
    """Sort the result by a metric, a dimension or `period`."""

    by: str
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """A question: metrics, broken down by dimensions and time buckets, over `[start, end)` of the business date."""

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    grain: Grain | None = None
    start: date | None = None
    end: date | None = None
    filters: tuple[Filter, ...] = ()
    order_by: tuple[Order, ...] = field(default=())
    limit: int | None = None

    def __post_init__(self) -> None:
        if not self.metrics:
            raise UsageError("a query must name at least one metric; got none")
        for kind, names in (("metric", self.metrics), ("dimension", self.dimensions)):
            _check_unique(kind, names)
        _check_unique("filter on", tuple(item.dimension for item in self.filters))
        if self.grain is not None:
            object.__setattr__(self, "grain", _grain(self.grain))
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise UsageError(f"start must lie before end (end is exclusive); got {self.start} and {self.end}")
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"limit must be at least 1; got {self.limit}")


@dataclass(frozen=True)
class ColumnSpec:
    """What a column of a result is."""

    name: str
    label: str
    unit: Unit
    description: str = ""

    @property
    def dtype(self) -> str:
        """The pandas dtype that the column always has, an empty result included."""
        return _DTYPES[self.unit]


_DTYPES = {
    Unit.CENTS: "int64",
    Unit.COUNT: "int64",
    Unit.CENTS_RATIO: "float64",
    Unit.RATIO: "float64",
    Unit.NUMBER: "float64",
    Unit.TEXT: "str",
    Unit.INTEGER: "int64",
    Unit.DATE: "datetime64[s]",
    Unit.INSTANT: "datetime64[us, UTC]",
}


def _grain(value: str) -> Grain:
    try:
        return Grain(value)
    except ValueError:
        raise UsageError(f"grain must be one of {', '.join(Grain)}; got {value!r}") from None


def _plain_fields(declaration: object, *names: str) -> None:
    """Let declarations be written with mapped attributes, and hold plain table columns from then on."""
    for name in names:
        value = getattr(declaration, name)
        if value is not None:
            object.__setattr__(declaration, name, plain(value))


def _check_name(kind: str, name: str) -> None:
    if not _NAME.match(name):
        raise CatalogError(f"a {kind} name must be lower case letters, digits and underscores; got {name!r}")


def _check_unique(kind: str, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{kind} {twice[0]!r} is named more than once")
