"""The rows a query starts from: facts or plans, with the joins, conditions and aggregates that are read from them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from data.scope import Scope
from data.semantic.expressions import Expression, Source, over, tables_of
from data.semantic.members import key_matches, members_matching
from data.semantic.question import Filter, Match
from data.semantic.rollup_rows import COUNT, ROW_COUNT, rows_of
from data.semantic.sides import ANY_DATE, Dates
from data.semantic.streams import Stream
from data.semantic.types import Dimension, Grain, Measure, Rollup

_MONDAY: sa.ColumnElement[Any] = sa.literal_column("date '0001-01-01'")
_DAY: sa.ColumnElement[Any] = sa.literal_column("interval '1 day'")


class FactRows:
    """The rows of a stream, joined to as few reference tables as what is read from them needs.

    `bridged` are the dimensions behind a bridge that rows are multiplied by: a row counts once for each member. Of
    those in `touched`, a row must have some member that the filters allow, and counts once however many it has.
    A rollup is read as far as the half-open `dates` need it; with `keys`, it is added up by these first.
    """

    def __init__(
        self,
        stream: Stream,
        source: Source,
        *,
        bridged: frozenset[str] = frozenset(),
        touched: frozenset[str] = frozenset(),
        dates: Dates = ANY_DATE,
        keys: frozenset[str] | None = None,
    ) -> None:
        self.stream = stream
        self.source = rows_of(stream, source, dates, keys=keys)
        self._are_dated = keys is None
        self.bridged = bridged
        self.touched = touched
        self._tables: dict[sa.Table, None] = {}
        self._days = None if stream.plan is None else self._planned_days()

    def read(self, expression: Expression) -> sa.ColumnElement[Any]:
        """The expression over the sources; what it reads is joined."""
        nearest = self.stream.graph.nearest(expression)
        for table in tables_of(nearest):
            self._tables[table] = None
        return over(nearest, self.source)

    def day(self) -> sa.ColumnElement[Any]:
        """The business date of a row."""
        if self._days is not None:
            return sa.cast(self._days.c.day, sa.Date)
        return self.read(self.stream.subject.subject.business_date)

    def aggregate(self, measure: Measure) -> sa.ColumnElement[Any]:
        """The measure's aggregate, integer whatever it adds up; without rows zero, of a plan null."""
        if self.stream.counter is not None:
            return self._too_few(measure, self.stream.counter)
        if self.stream.counts(measure):
            return self._rows_counted(ROW_COUNT)
        if measure.expression is None:
            return self._rows_counted(COUNT)
        if self._days is not None:
            return sa.cast(sa.func.sum(self._share(self.read(measure.expression))), sa.BigInteger)
        return sa.cast(sa.func.coalesce(sa.func.sum(self.read(measure.expression)), 0), sa.BigInteger)

    def _rows_counted(self, column: str) -> sa.ColumnElement[Any]:
        if self.stream.rollup is None:
            return sa.func.count()
        counted = self.source(self.stream.graph.facts).c[column]
        return sa.cast(sa.func.coalesce(sa.func.sum(counted), 0), sa.BigInteger)

    def _too_few(self, measure: Measure, counter: Rollup) -> sa.ColumnElement[Any]:
        """Entities less the rows that the counter told of them: zero, or below."""
        assert measure.expression is not None  # noqa: S101  an entity has a key
        told = sa.func.count()
        entities = sa.func.count(self.read(measure.expression).distinct())
        return entities - (told if counter.first is None else told.filter(self.read(counter.first)))

    def conditions(
        self, start: Any, end: Any, filters: tuple[Filter, ...], scope: Scope
    ) -> list[sa.ColumnElement[bool]]:
        """Period, scope and filters as conditions on the rows."""
        found: list[sa.ColumnElement[bool]] = []
        if start is not None and self._are_dated:
            found.append(self.day() >= start)
        if end is not None and self._are_dated:
            found.append(self.day() < end)
        scope_column = self.stream.subject.subject.scope_column
        if scope.stores is not None:
            found.append(sa.false() if scope_column is None else self.read(scope_column).in_(sorted(scope.stores)))
        found += [self._filtered(item) for item in filters if item.dimension not in self.touched]
        for name in sorted(self.touched):
            dimension = self.stream.subject.dimensions[name]
            allowed = [self._across(item, dimension) for item in filters if item.dimension == name]
            found.append(self._bridge_exists(dimension, *allowed))
        return found

    def _filtered(self, item: Filter) -> sa.ColumnElement[bool]:
        dimension = self.stream.subject.dimensions[item.dimension]
        if dimension.bridge is None:
            kept = self._kept(item, dimension)
            return sa.not_(kept) if item.match is Match.NOT_IN else kept
        if dimension.name in self.bridged:
            return self._across(item, dimension)
        kept = self._bridge_exists(dimension, self._across(replace(item, match=_turned(item.match)), dimension))
        return sa.not_(kept) if item.match is Match.NOT_IN else kept

    def _across(self, item: Filter, dimension: Dimension) -> sa.ColumnElement[bool]:
        """The condition of a filter on the member that a bridge leads to."""
        kept = self._member_of(item, dimension, over(dimension.grouped_by, self.source))
        return sa.not_(kept) if item.match is Match.NOT_IN else kept

    def _bridge_exists(self, dimension: Dimension, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        assert dimension.bridge is not None  # noqa: S101  for the type checker; the caller has asked
        across = [self.source(table) for table in dimension.bridge.tables]
        on = self._on_bridge(dimension)
        return sa.exists(sa.select(sa.literal(1)).select_from(*across).where(on, *conditions).correlate_except(*across))

    def from_clause(self) -> sa.FromClause:
        """The rows and every join that what was read needs, each once."""
        subject = self.stream.subject
        bridges = [subject.dimensions[name] for name in sorted(self.bridged)]
        conditions = [self._on_bridge(dimension) for dimension in bridges]
        joined = self._joined()
        for dimension, condition in zip(bridges, conditions, strict=True):
            assert dimension.bridge is not None  # noqa: S101  only dimensions behind a bridge are asked for
            across, *others = (self.source(table) for table in dimension.bridge.tables)
            for table in others:
                across = across.join(table, sa.true())
            joined = joined.join(across, condition)
        return joined if self._days is None else joined.join(self._days, sa.true())

    def _joined(self) -> sa.FromClause:
        graph = self.stream.graph
        bridges = {t for name in self.bridged for t in _bridge_tables(self.stream.subject.dimensions[name])}
        joined = self.source(graph.facts)
        done: set[sa.Table] = set()
        for table in self._tables:
            for step in [] if table in bridges else graph.path(table):
                target = next(iter(tables_of(step.right)))
                if target not in done:
                    done.add(target)
                    on = over(step.left, self.source) == over(step.right, self.source)
                    joined = joined.join(self.source(target), on)
        return joined

    def _kept(self, item: Filter, dimension: Dimension) -> sa.ColumnElement[bool]:
        graph = self.stream.graph
        direct = dimension.member is None or graph.nearest(dimension.key) is graph.nearest(dimension.member)
        if direct and not (item.match is Match.SEARCH and dimension.display is not None):
            return key_matches(item, dimension, self.read(dimension.key), None)
        return self._member_of(item, dimension, self.read(dimension.grouped_by))

    def _member_of(self, item: Filter, dimension: Dimension, member: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        matching = members_matching(item, dimension, self.stream.graph, self.source)
        if self.stream.rollup is None or dimension.bridge is not None or self._joins_to(dimension) <= 1:
            return member.in_(matching)
        # Of members two tables away PostgreSQL expects an average share, and looks up rows one by one where it is half
        # of a rollup. It expects ten members in an array that it cannot see: too many rather than too few.
        return member == sa.any_(sa.func.array(matching.scalar_subquery()))

    def _joins_to(self, dimension: Dimension) -> int:
        graph = self.stream.graph
        return len(graph.path(next(iter(tables_of(graph.nearest(dimension.grouped_by))))))

    def _on_bridge(self, dimension: Dimension) -> sa.ColumnElement[bool]:
        bridge = dimension.bridge
        assert bridge is not None  # noqa: S101  for the type checker; the caller has asked
        for table in tables_of(bridge.condition) - set(bridge.tables):
            self._tables[table] = None
        return over(bridge.condition, self.source)

    def _planned_days(self) -> sa.TableValuedAlias:
        plan = self.stream.plan
        assert plan is not None  # noqa: S101  for the type checker; the caller has asked
        first, end = (sa.cast(over(bound, self.source), sa.DateTime) for bound in (plan.starts_on, plan.ends_on))
        days = sa.func.generate_series(first, end - _DAY, _DAY)
        return days.table_valued(sa.column("day", sa.DateTime)).render_derived(name="days")

    def _share(self, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """The day's part of a value, in whole cents: what is due up to that day less what was due before it."""
        plan = self.stream.plan
        assert plan is not None  # noqa: S101  for the type checker; the caller has asked
        first, end = (over(bound, self.source) for bound in (plan.starts_on, plan.ends_on))
        days = sa.type_coerce(end - first, sa.Integer)
        before = sa.type_coerce(self.day() - first, sa.Integer)
        whole = sa.cast(value, sa.BigInteger)
        return sa.func.div(whole * (before + 1), days) - sa.func.div(whole * before, days)


def bucket_of(day: sa.ColumnElement[Any], grain: Grain) -> sa.ColumnElement[Any]:
    """The first day of the bucket that the day falls in."""
    if grain is Grain.DAY:
        return day
    if grain is Grain.WEEK:  # counted from a Monday: cheaper than truncating a timestamp
        dated = sa.cast(day, sa.Date)  # of a literal that is shown, too
        after = sa.func.mod(dated.op("-", return_type=sa.Integer())(_MONDAY), 7)
        return sa.type_coerce(dated.op("-")(after), sa.Date)
    return sa.cast(sa.func.date_trunc(str(grain), sa.cast(day, sa.DateTime)), sa.Date)


def _turned(match: Match) -> Match:
    """What has to exist: a row without any of the members is one for which none of them exists."""
    return Match.IN if match is Match.NOT_IN else match


def _bridge_tables(dimension: Dimension) -> tuple[sa.Table, ...]:
    return () if dimension.bridge is None else dimension.bridge.tables
