"""A stream's rows on one side of a comparison: grouped once, folded to the top, then added up for each level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from data.scope import Scope
from data.semantic.buckets import BUCKET
from data.semantic.eager import eager_keys
from data.semantic.expressions import Source
from data.semantic.facts import FactRows, bucket_of
from data.semantic.question import Query
from data.semantic.sides import Side
from data.semantic.streams import Stream
from data.semantic.types import PERIOD

DAY, LINES_FOUND = "business_date", "lines_found"


class Grouping:
    """Groups rows by every key that a level may need; rows behind a bridge are grouped apart, as they count anew."""

    def __init__(
        self,
        query: Query,
        stream: Stream,
        side: Side,
        source: Source,
        scope: Scope,
        number: int,
    ) -> None:
        self.query = query
        self.stream = stream
        self.side = side
        self.source = source
        self.scope = scope
        self.ending = f"_{number}" if number else ""
        self._grouped: dict[frozenset[str], sa.CTE] = {}
        self._folded: dict[frozenset[str], sa.CTE] = {}

    def level(self, at: int, keys: tuple[str, ...], tops: Mapping[str, sa.CTE]) -> sa.FromClause:
        """One row for each combination of `keys`, with every measure of the stream; `tops` are the members kept."""
        here = {name: ranks for name, ranks in tops.items() if self.stream.keeps(name)}
        grouped = self._fold(self._bridged(keys), here)
        every = tuple(key for key in self.query.keys if self.stream.keeps(key))
        if keys == every and not self.stream.distinct and not here:
            return grouped
        return self._added_up(grouped, [_column(key) for key in keys], f"{self.ending}_{at}" if at else self.ending)

    def by(self, dimension: str) -> sa.FromClause:
        """One row for each member of a dimension, whatever else is asked for."""
        return self._added_up(self._rows(self._bridged((dimension,))), [_column(dimension)], self.ending)

    def _bridged(self, keys: tuple[str, ...]) -> frozenset[str]:
        dimensions = self.stream.subject.dimensions
        return frozenset(key for key in keys if key != PERIOD and dimensions[key].bridge is not None)

    def _rows(self, bridged: frozenset[str]) -> sa.CTE:
        if bridged not in self._grouped:
            ending = self.ending + "".join(f"_{name}" for name in sorted(bridged))
            self._grouped[bridged] = self._group(bridged, f"grouped{ending}")
        return self._grouped[bridged]

    def _group(self, bridged: frozenset[str], name: str) -> sa.CTE:
        stream, dimensions = self.stream, self.stream.subject.dimensions
        kept = [key for key in self.query.dimensions if stream.keeps(key)]
        touched = frozenset(key for key in kept if dimensions[key].bridge is not None) - bridged
        keys = None if bridged or touched else eager_keys(stream, self.query, self.scope)
        rows = FactRows(stream, self.source, bridged=bridged, touched=touched, dates=self.side, keys=keys)
        columns: list[sa.ColumnElement[Any]] = [
            rows.read(dimensions[key].grouped_by).label(_column(key)) for key in kept if key not in touched
        ]
        if self.query.grain:
            columns.append(bucket_of(rows.day(), self.query.grain).label(BUCKET))
        columns += [rows.read(m.expression).label(m.name) for m in stream.distinct if m.expression is not None]
        if self._by_day:
            columns.append(rows.day().label(DAY))
        sums = [rows.aggregate(measure).label(measure.name) for measure in stream.additive]
        filters = tuple(item for item in self.query.filters if stream.keeps(item.dimension))
        conditions = rows.conditions(self.side.since, self.side.until, filters, self.scope)
        # Without any measure, the rows still have to be counted as there or not.
        stmt = sa.select(*columns, *(sums or [sa.func.count().label(LINES_FOUND)]))
        stmt = stmt.select_from(rows.from_clause()).where(*conditions)
        if columns:
            stmt = stmt.group_by(*(sa.literal_column(str(place)) for place in range(1, len(columns) + 1)))
        return stmt.cte(name)

    @property
    def _by_day(self) -> bool:
        """Whether entities that have one date each are grouped by it, too: rollups are kept in that order."""
        counted = [PERIOD in measure.fixes for measure in self.stream.distinct]
        return self.stream.rollup is not None and not self.stream.additive and counted == [True]

    def _fold(self, bridged: frozenset[str], tops: Mapping[str, sa.CTE]) -> sa.CTE:
        """The grouped rows with null in place of members that are not of the top."""
        grouped = self._rows(bridged)
        if not tops:
            return grouped
        if bridged not in self._folded:
            joined: sa.FromClause = grouped
            kept: dict[str, sa.ColumnElement[Any]] = {column.name: column for column in grouped.c}
            for name in map(_column, tops):
                ranks = tops[name.removesuffix("_member")]
                joined = joined.join(ranks, ranks.c[name] == grouped.c[name], isouter=True)
                kept[name] = ranks.c[name].label(name)
            folded = sa.select(*kept.values()).select_from(joined).cte(f"folded_{grouped.name}")
            self._folded[bridged] = folded
        return self._folded[bridged]

    def _added_up(self, grouped: sa.CTE, by: list[str], ending: str) -> sa.FromClause:
        if len(self.stream.measures) == 1 and self.stream.distinct:
            return self._counted(grouped, by, self.stream.distinct[0].name).subquery(f"measured{ending}")
        keys = [grouped.c[key] for key in by]
        sums = [self._sum(grouped, m.name, plan=m.plan is not None) for m in self.stream.additive]
        totals = sa.select(*keys, *sums, sa.func.count().label("groups")).select_from(grouped)
        joined: sa.FromClause = totals.group_by(*keys).subquery(f"totals{ending}")
        if not self.stream.distinct:
            return joined
        first = joined
        counts: list[sa.ColumnElement[Any]] = []
        for measure in self.stream.distinct:
            count = self._counted(grouped, by, measure.name).subquery(f"each_{measure.name}{ending}")
            same = [_same(count.c[key], first.c[key], nullable=key in self._nulls) for key in by]
            joined = joined.join(count, sa.and_(sa.true(), *same))
            counts.append(count.c[measure.name])
        kept = [first.c[key] for key in by] + [first.c[m.name] for m in self.stream.additive]
        return sa.select(*kept, *counts).select_from(joined).subquery(f"measured{ending}")

    def _counted(self, grouped: sa.CTE, by: list[str], entity: str) -> sa.Select[Any]:
        """How many entities there are by the keys; rows that were grouped by these alone are counted as they are."""
        rows: sa.FromClause = grouped
        as_grouped = any(grouped is each for each in self._grouped.values())  # folded, a basket is there again
        if not as_grouped or {*by, entity} != {*grouped.c.keys()} - {LINES_FOUND, DAY}:
            wanted = [grouped.c[name] for name in (*by, entity)]
            rows = sa.select(*wanted).group_by(*wanted).subquery()
        keys = [rows.c[key] for key in by]
        return sa.select(*keys, sa.func.count().label(entity)).select_from(rows).group_by(*keys)

    @property
    def _nulls(self) -> set[str]:
        return {_column(top.dimension) for top in self.query.top}

    @staticmethod
    def _sum(grouped: sa.CTE, name: str, *, plan: bool) -> sa.ColumnElement[Any]:
        total = sa.func.sum(grouped.c[name])
        return (sa.cast(total, sa.BigInteger) if plan else whole(total)).label(name)


def whole(total: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A sum as a bigint, zero where there is nothing to add up."""
    return sa.cast(sa.func.coalesce(total, 0), sa.BigInteger)


def same_key(left: sa.ColumnElement[Any], right: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether two keys are equal, the others (null) equal to each other; in a form that can still be hashed."""
    return sa.and_(
        sa.func.coalesce(sa.cast(left, sa.Text), "") == sa.func.coalesce(sa.cast(right, sa.Text), ""),
        left.is_(None) == right.is_(None),
    )


def _same(left: sa.ColumnElement[Any], right: sa.ColumnElement[Any], *, nullable: bool) -> sa.ColumnElement[bool]:
    return same_key(left, right) if nullable else left == right


def _column(key: str) -> str:
    return BUCKET if key == PERIOD else f"{key}_member"
