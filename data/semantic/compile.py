"""Compiles a query over metrics and dimensions into one SELECT. Pure: it reads no database.

The statement is built in four stages, each a CTE where it is needed:

1. `grouped`: facts in the period, scope and filters, grouped by members, bucket and distinct entities (baskets ...);
2. `totals`, and one count for each distinct entity: exact, because an entity is counted once whatever it spans;
3. `filled`: every bucket of the period for every member, so that a quiet week is a zero and not a gap;
4. the result: names are joined last, to few rows; ratios are ratios of totals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from data.errors import UsageError
from data.scope import Scope
from data.semantic.expressions import Source, Statement, all_tables_of
from data.semantic.facts import FactRows, bucket_of
from data.semantic.members import join_names, name_columns
from data.semantic.registry import Catalog, CheckedSubject
from data.semantic.types import Aggregation, ColumnSpec, Dimension, Grain, Metric, Order, Query, Unit

PERIOD = "period"
_STEPS = {
    Grain.DAY: "interval '1 day'",
    Grain.WEEK: "interval '1 week'",
    Grain.MONTH: "interval '1 month'",
    Grain.QUARTER: "interval '3 months'",
    Grain.YEAR: "interval '1 year'",
}


@dataclass(frozen=True, eq=False)
class Compiled:
    """A statement with the columns it answers in, and the tables it reads."""

    statement: Statement
    columns: tuple[ColumnSpec, ...]
    tables: tuple[str, ...]


def compile_query(query: Query, *, catalog: Catalog, source: Source, scope: Scope) -> Compiled:
    """The statement that answers `query` over the rows that `source` gives and `scope` allows."""
    return _Compiler(query, catalog.subject_of(query), source, scope).compile()


class _Compiler:
    def __init__(self, query: Query, subject: CheckedSubject, source: Source, scope: Scope) -> None:
        self.query = query
        self.subject = subject
        self.source = source
        self.scope = scope
        self.metrics = [subject.metrics[name] for name in query.metrics]
        self.dimensions = [subject.dimensions[name] for name in query.dimensions]
        needed = dict.fromkeys(name for metric in self.metrics for name in metric.measures)
        self.measures = [subject.measures[name] for name in needed]
        self.additive = [m for m in self.measures if m.aggregation is not Aggregation.DISTINCT]
        self.distinct = [m for m in self.measures if m.aggregation is Aggregation.DISTINCT]

    def compile(self) -> Compiled:
        members = [_member(dimension) for dimension in self.dimensions]
        keys = members + ([PERIOD] if self.query.grain else [])
        grouped = self._grouped(keys)
        values = self._values(grouped, keys)
        if self.query.grain:
            values = self._filled(values, members)
        statement = self._named(values)
        tables = tuple(sorted(table.name for table in all_tables_of(statement)))
        return Compiled(statement, self._columns(), tables)

    def _grouped(self, keys: list[str]) -> sa.CTE:
        facts = FactRows(self.subject, self.source)
        columns: list[sa.ColumnElement[Any]] = [
            facts.read(dimension.grouped_by).label(_member(dimension)) for dimension in self.dimensions
        ]
        if self.query.grain:
            columns.append(bucket_of(facts.read(self.subject.subject.business_date), self.query.grain).label(PERIOD))
        columns += [facts.read(m.expression).label(m.name) for m in self.distinct if m.expression is not None]
        sums = [facts.aggregate(measure).label(measure.name) for measure in self.additive]
        conditions = facts.conditions(self.query, self.scope)
        stmt = sa.select(*columns, *sums).select_from(facts.from_clause()).where(*conditions)
        if columns:
            stmt = stmt.group_by(*(sa.literal_column(str(place)) for place in range(1, len(columns) + 1)))
        return stmt.cte("grouped")

    def _values(self, grouped: sa.CTE, keys: list[str]) -> sa.CTE:
        """One row for each combination of keys, with every measure."""
        if not self.distinct:
            return grouped
        by = [grouped.c[key] for key in keys]
        sums = [_whole(sa.func.sum(grouped.c[m.name])).label(m.name) for m in self.additive]
        totals = sa.select(*by, *sums, sa.func.count().label("groups")).select_from(grouped).group_by(*by).cte("totals")
        joined: sa.FromClause = totals
        counts: list[sa.ColumnElement[Any]] = []
        for measure in self.distinct:
            once = sa.select(*by, grouped.c[measure.name]).group_by(*by, grouped.c[measure.name]).subquery()
            inner = [once.c[key] for key in keys]
            count = (
                sa.select(*inner, sa.func.count().label(measure.name))
                .select_from(once)
                .group_by(*inner)
                .cte(f"each_{measure.name}")
            )
            same = sa.and_(sa.true(), *(count.c[key] == totals.c[key] for key in keys))
            joined = joined.join(count, same)
            counts.append(count.c[measure.name])
        kept = [totals.c[key] for key in keys] + [totals.c[m.name] for m in self.additive]
        return sa.select(*kept, *counts).select_from(joined).cte("measured")

    def _filled(self, values: sa.CTE, members: list[str]) -> sa.CTE:
        """Add the buckets in which nothing happened."""
        grain = self.query.grain
        assert grain is not None  # noqa: S101  for the type checker; the caller has asked
        buckets = _buckets(self.query, grain, values)
        frame: sa.FromClause = buckets
        if members:
            seen = sa.select(*(values.c[name] for name in members)).distinct().cte("seen")
            frame = buckets.join(seen, sa.true())
            columns = [seen.c[name] for name in members]
        else:
            columns = []
        same = [values.c[PERIOD] == buckets.c[PERIOD]]
        same += [values.c[column.name] == column for column in columns]
        measured = [sa.func.coalesce(values.c[m.name], 0).label(m.name) for m in self.measures]
        joined = frame.outerjoin(values, sa.and_(*same))
        return sa.select(*columns, buckets.c[PERIOD], *measured).select_from(joined).cte("filled")

    def _named(self, values: sa.CTE) -> Statement:
        joined: sa.FromClause = values
        columns: list[sa.ColumnElement[Any]] = [values.c[PERIOD]] if self.query.grain else []
        for dimension in self.dimensions:
            grouped_by = values.c[_member(dimension)]
            joined, names = join_names(dimension, grouped_by, joined, self.subject.graph, self.source)
            columns += names
        figures = {metric.name: _figure(metric, values).label(metric.name) for metric in self.metrics}
        stmt = sa.select(*columns, *figures.values()).select_from(joined)
        named = {column.name: column for column in (*columns, *figures.values())}
        return self._sorted(stmt, named).limit(self.query.limit)

    def _sorted(self, stmt: Statement, named: dict[str, Any]) -> Statement:
        """As asked, and then by the keys, so that equal rows always come in the same order."""
        keys = ([PERIOD] if self.query.grain else []) + [d.name for d in self.dimensions]
        asked = [order.by for order in self.query.order_by]
        orders = [*self.query.order_by, *(Order(key) for key in keys if key not in asked)]
        for order in orders:
            if order.by not in named:
                raise UsageError(f"order must be by a column of the result ({', '.join(named)}); got {order.by!r}")
            column = named[order.by]
            stmt = stmt.order_by(column.desc().nulls_last() if order.descending else column.asc().nulls_last())
        return stmt

    def _columns(self) -> tuple[ColumnSpec, ...]:
        specs = [ColumnSpec(PERIOD, str(self.query.grain).capitalize(), Unit.DATE)] if self.query.grain else []
        for dimension in self.dimensions:
            specs += name_columns(dimension)
        specs += [ColumnSpec(m.name, m.label, m.unit, m.description) for m in self.metrics]
        return tuple(specs)


def _member(dimension: Dimension) -> str:
    return f"{dimension.name}_member"


def _whole(total: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A sum as a bigint, zero where there is nothing to add up."""
    return sa.cast(sa.func.coalesce(total, 0), sa.BigInteger)


def _figure(metric: Metric, values: sa.CTE) -> sa.ColumnElement[Any]:
    if metric.measure:
        return sa.func.coalesce(values.c[metric.measure], 0)
    denominator = sa.cast(sa.func.nullif(values.c[str(metric.denominator)], 0), sa.Double)
    return sa.cast(values.c[str(metric.numerator)], sa.Double) / denominator


def _buckets(query: Query, grain: Grain, values: sa.CTE) -> sa.CTE:
    """Every bucket from the first to the last of the period; of what was found, where the period is open."""
    found = sa.select(sa.func.min(values.c[PERIOD])), sa.select(sa.func.max(values.c[PERIOD]))
    first = bucket_of(sa.literal(query.start, sa.Date), grain) if query.start else found[0].scalar_subquery()
    if query.end:
        last: Any = bucket_of(sa.literal(query.end - timedelta(days=1), sa.Date), grain)
    else:
        last = found[1].scalar_subquery()
    series = sa.func.generate_series(
        sa.cast(first, sa.DateTime), sa.cast(last, sa.DateTime), sa.literal_column(_STEPS[grain])
    ).column_valued("bucket")
    return sa.select(sa.cast(series, sa.Date).label(PERIOD)).cte("buckets")
