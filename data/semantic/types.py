"""What a catalog declares: measures, metrics, dimensions and how tables join. All frozen, all checked when declared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from data.errors import CatalogError
from data.semantic.expressions import Expression, plain

PERIOD = "period"
RESERVED_ENDINGS = ("_before", "_change", "_change_rate", "_target", "_kind", "_label")
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
    """An aggregate over fact rows: a sum, a number of rows, or a number of distinct entities.

    `ignores` names dimensions that it does not look at: broken down or filtered by them, it stays what it is without.
    `fixes` names dimensions that each entity of a distinct count belongs to once, so that the count adds up over them;
    `period` among them says that an entity has one business date.
    `plan` names the plan that its rows are of; absent, they are the subject's facts. `words` say what is added up or
    counted where the columns do not, as in "the sum of `words`".
    """

    name: str
    aggregation: Aggregation
    expression: Expression | None = None
    ignores: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    plan: str | None = None
    words: str = ""

    def __post_init__(self) -> None:
        _check_name("measure", self.name)
        if (self.expression is None) != (self.aggregation is Aggregation.ROWS):
            rule = "must not" if self.aggregation is Aggregation.ROWS else "must"
            raise CatalogError(f"measure {self.name!r}: a {self.aggregation} {rule} name an expression")
        if self.plan is not None and self.aggregation is not Aggregation.SUM:
            raise CatalogError(f"measure {self.name!r}: of a plan there are only sums; got {self.aggregation}")
        if self.fixes and self.aggregation is not Aggregation.DISTINCT:
            raise CatalogError(f"measure {self.name!r}: only a distinct count may fix dimensions")
        _plain_fields(self, "expression")


@dataclass(frozen=True)
class Metric:
    """A figure with a name: a measure as it is (`simple`), or one measure over another (`ratio`).

    `target` names the metric of the same unit that it is held against, `synonyms` are what else people call it.
    """

    name: str
    label: str
    unit: Unit
    description: str
    measure: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    target: str | None = None
    synonyms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_name("metric", self.name)
        if not self.label or not self.description:
            raise CatalogError(f"metric {self.name!r}: label and description must not be empty")
        if (self.measure is None) == (self.numerator is None) or (self.numerator is None) != (self.denominator is None):
            raise CatalogError(
                f"metric {self.name!r} must name either a measure, or a numerator and a denominator; "
                f"got measure={self.measure!r}, numerator={self.numerator!r}, denominator={self.denominator!r}"
            )
        allowed = _RATIO_UNITS if self.measure is None else _SIMPLE_UNITS
        if self.unit not in allowed:
            raise CatalogError(
                f"metric {self.name!r}: the unit of a {self.kind} metric must be one of "
                f"{', '.join(sorted(allowed))}; got {self.unit}"
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
class Bridge:
    """A step to any number of rows: a line's household has several campaigns, a line counts in each of them.

    `condition` joins the facts to `tables` and these to each other. A dimension behind a bridge does not add up.
    """

    tables: tuple[sa.Table, ...]
    condition: Expression

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", tuple(_table(table) for table in self.tables))
        _plain_fields(self, "condition")


@dataclass(frozen=True, eq=False)
class Dimension:
    """What a figure can be broken down by.

    `key` is the natural key that files, links and results use, never null; `member` is the column that identifies a
    member in the tables (absent: the key itself); `display` is what people read where the key does not say it, `names`
    the same for a dimension of few fixed members. `parent` is the next step up its hierarchy, `synonyms` are what else
    people call it.
    """

    name: str
    label: str
    description: str
    key: Expression
    unit: Unit = Unit.TEXT
    member: Expression | None = None
    display: Expression | None = None
    parent: str | None = None
    bridge: Bridge | None = None
    names: tuple[tuple[Any, str], ...] = ()
    synonyms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_name("dimension", self.name)
        if not self.label or not self.description:
            raise CatalogError(f"dimension {self.name!r}: label and description must not be empty")
        if self.unit not in {Unit.TEXT, Unit.INTEGER}:
            raise CatalogError(f"dimension {self.name!r}: the unit must be text or integer; got {self.unit!r}")
        if self.bridge is not None and self.member is None:
            raise CatalogError(f"dimension {self.name!r}: behind a bridge, the member column must be named")
        if self.names and (self.member is not None or self.display is not None):
            raise CatalogError(f"dimension {self.name!r}: names are for a key without a member or a display of its own")
        if self.display is not None and self.member is None:
            raise CatalogError(f"dimension {self.name!r}: with a display, the member column must be named")
        _plain_fields(self, "key", "member", "display")

    @property
    def grouped_by(self) -> Expression:
        """The expression that rows are grouped by before names are joined."""
        return self.key if self.member is None else self.member

    @property
    def is_labelled(self) -> bool:
        """Whether people read something else than the key."""
        return self.display is not None or bool(self.names)


@dataclass(frozen=True, eq=False)
class Detail:
    """A column of the single rows behind a figure."""

    name: str
    label: str
    unit: Unit
    expression: Expression
    description: str = ""

    def __post_init__(self) -> None:
        _check_name("detail", self.name)
        _plain_fields(self, "expression")


@dataclass(frozen=True, eq=False)
class Join:
    """A many-to-one step: every row on the left has exactly one row on the right."""

    left: Expression
    right: Expression

    def __post_init__(self) -> None:
        _plain_fields(self, "left", "right")


@dataclass(frozen=True, eq=False)
class Plan:
    """Rows that each stand for a span of days, `[starts_on, ends_on)`: targets, budgets.

    Their measures are spread over the days, to whole cents that add up to the row again, so that any period can be
    asked for.
    """

    name: str
    label: str
    table: sa.Table
    starts_on: Expression
    ends_on: Expression
    joins: tuple[Join, ...] = ()

    def __post_init__(self) -> None:
        _check_name("plan", self.name)
        object.__setattr__(self, "table", _table(self.table))
        _plain_fields(self, "starts_on", "ends_on")


@dataclass(frozen=True, eq=False)
class Rollup:
    """Facts added up by some of their columns, in a table that the database keeps right with every load and edit.

    `table` has those columns of the facts under their names, sums under the names of what is added up, and
    `line_count`. It answers queries by `dimensions` for `measures`, whose sums must be linear in what is added up.
    `stands_for` is the key under which one member stands for others, and `shared` what they have in common in every
    revision: of the members' table, nothing else may be read through it.
    One of a `grain` has the first day of its weeks or months as its date. `days` is then the rollup's table by day, or
    the facts themselves, read for what is asked for outside of whole ones.
    Nearly every row of one with `repeats` is another entity; that table tells which are in several. One that `counts`
    these entities has `row_count`, the number of rows of `counted_in` that it adds up: less the repeats, they are as
    many. Its dimensions must be such that all rows of an entity belong together. Where they do not, as products of a
    basket, `apart` is the dimension whose members entities are counted for one by one, and `first` which of the facts
    of an entity and a member counts; of the repeats, all facts are looked at.
    """

    table: sa.Table
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    stands_for: Expression | None = None
    shared: tuple[Expression, ...] = ()
    grain: Grain = Grain.DAY
    days: sa.Table | None = None
    repeats: sa.Table | None = None
    counts: tuple[str, ...] = ()
    counted_in: sa.Table | None = None
    apart: str = ""
    first: Expression | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", _table(self.table))
        if self.grain not in {Grain.DAY, Grain.WEEK, Grain.MONTH}:
            raise CatalogError(f"rollup {self.name!r}: a rollup is by day, week or month; got {self.grain}")
        if (self.days is None) != (self.grain is Grain.DAY):
            rule = "must not" if self.grain is Grain.DAY else "must"
            raise CatalogError(f"rollup {self.name!r}: one by {self.grain} {rule} name a table by day")
        if bool(self.counts) != (self.counted_in is not None):
            raise CatalogError(f"rollup {self.name!r}: counts and the table that they are counted in go together")
        if bool(self.apart) != (self.first is not None):
            raise CatalogError(f"rollup {self.name!r}: what is counted apart and which fact comes first go together")
        for name in ("days", "repeats", "counted_in"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _table(getattr(self, name)))
        object.__setattr__(self, "shared", tuple(plain(column) for column in self.shared))
        _plain_fields(self, "stands_for", "first")

    @property
    def name(self) -> str:
        """The name of its table."""
        return self.table.name


@dataclass(frozen=True)
class PriceVolume:
    """The metrics by which a change between periods is told as price, volume and mix.

    `amount` is what changed; `priced` the part of it that is of things that are counted, and `quantity` their number.
    """

    amount: str
    priced: str
    quantity: str


@dataclass(frozen=True, eq=False)
class Subject:
    """A fact table with the reference tables around it, and what is declared on them; the coarsest rollup first."""

    name: str
    label: str
    facts: sa.Table
    business_date: Expression
    scope_column: Expression | None
    joins: tuple[Join, ...]
    measures: tuple[Measure, ...]
    metrics: tuple[Metric, ...]
    dimensions: tuple[Dimension, ...]
    plans: tuple[Plan, ...] = ()
    rollups: tuple[Rollup, ...] = ()
    details: tuple[Detail, ...] = ()
    price_volume: PriceVolume | None = None

    def __post_init__(self) -> None:
        _check_name("subject", self.name)
        object.__setattr__(self, "facts", _table(self.facts))
        _plain_fields(self, "business_date", "scope_column")


@dataclass(frozen=True)
class ColumnSpec:
    """What a column of a result is; `reason` says why all of it is undefined, where that is so."""

    name: str
    label: str
    unit: Unit
    description: str = ""
    nullable: bool = False
    reason: str = ""

    @property
    def dtype(self) -> str:
        """The pandas dtype that the column always has, an empty result included."""
        dtype = _DTYPES[self.unit]
        return "Int64" if self.nullable and dtype == "int64" else dtype


_SIMPLE_UNITS = {Unit.CENTS, Unit.COUNT}
_RATIO_UNITS = {Unit.RATIO, Unit.CENTS_RATIO, Unit.NUMBER}
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


def _plain_fields(declaration: object, *names: str) -> None:
    """Let declarations be written with mapped attributes, and hold plain table columns from then on."""
    for name in names:
        value = getattr(declaration, name)
        if value is not None:
            object.__setattr__(declaration, name, plain(value))


def _table(table: Any) -> sa.Table:
    """The table of a mapped class, or the table that was given."""
    found = getattr(table, "__table__", table)
    if not isinstance(found, sa.Table):
        raise CatalogError(f"a table or a mapped class must be named; got {table!r}")
    return found


def _check_name(kind: str, name: str) -> None:
    if not _NAME.match(name):
        raise CatalogError(f"a {kind} name must be lower case letters, digits and underscores; got {name!r}")
    if name == PERIOD or name.endswith(RESERVED_ENDINGS):
        endings = ", ".join(RESERVED_ENDINGS)
        raise CatalogError(f"a {kind} name must not be {PERIOD!r} nor end in {endings}; got {name!r}")
