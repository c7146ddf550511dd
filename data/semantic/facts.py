"""The rows a query starts from: facts, with the joins, the conditions and the aggregates that it needs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.errors import InvalidFilter
from data.scope import Scope
from data.semantic.expressions import Expression, Source, over, tables_of
from data.semantic.members import members_named
from data.semantic.registry import CheckedSubject
from data.semantic.types import Dimension, Filter, Grain, Measure, Query, Unit


class FactRows:
    """The facts of a subject, joined to as few reference tables as what is read from them needs."""

    def __init__(self, subject: CheckedSubject, source: Source) -> None:
        self.subject = subject
        self.source = source
        self._tables: dict[sa.Table, None] = {}

    def read(self, expression: Expression) -> sa.ColumnElement[Any]:
        """The expression over the sources; what it reads is joined."""
        nearest = self.subject.graph.nearest(expression)
        for table in tables_of(nearest):
            self._tables[table] = None
        return over(nearest, self.source)

    def aggregate(self, measure: Measure) -> sa.ColumnElement[Any]:
        """The measure's aggregate; integer whatever it adds up, and zero where there is nothing."""
        if measure.expression is None:
            return sa.func.count()
        return sa.cast(sa.func.coalesce(sa.func.sum(self.read(measure.expression)), 0), sa.BigInteger)

    def conditions(self, query: Query, scope: Scope) -> list[sa.ColumnElement[bool]]:
        """Period, scope and filters as conditions on the facts."""
        subject = self.subject.subject
        dated = self.read(subject.business_date)
        found: list[sa.ColumnElement[bool]] = []
        if query.start is not None:
            found.append(dated >= query.start)
        if query.end is not None:
            found.append(dated < query.end)
        if scope.stores is not None:
            if subject.scope_column is None:
                found.append(sa.false())
            else:
                found.append(self.read(subject.scope_column).in_(sorted(scope.stores)))
        return found + [self._filtered(item) for item in query.filters]

    def from_clause(self) -> sa.FromClause:
        """The facts and every join that what was read needs, each once."""
        graph = self.subject.graph
        joined = self.source(graph.facts)
        done: set[sa.Table] = set()
        for table in self._tables:
            for step in graph.path(table):
                target = next(iter(tables_of(step.right)))
                if target not in done:
                    done.add(target)
                    joined = joined.join(
                        self.source(target), over(step.left, self.source) == over(step.right, self.source)
                    )
        return joined

    def _filtered(self, item: Filter) -> sa.ColumnElement[bool]:
        dimension = self.subject.dimensions[item.dimension]
        keys = [_key_of(dimension, member) for member in item.members]
        if dimension.member is None:
            return self.read(dimension.key).in_(keys)
        if self.subject.graph.nearest(dimension.key) is self.subject.graph.nearest(dimension.member):
            return self.read(dimension.member).in_(keys)
        return self.read(dimension.member).in_(members_named(dimension, keys, self.subject.graph, self.source))


def bucket_of(day: sa.ColumnElement[Any], grain: Grain) -> sa.ColumnElement[Any]:
    """The first day of the bucket that the day falls in."""
    if grain is Grain.DAY:
        return day
    return sa.cast(sa.func.date_trunc(str(grain), sa.cast(day, sa.DateTime)), sa.Date)


def _key_of(dimension: Dimension, member: Any) -> Any:
    if dimension.unit is Unit.TEXT:
        if isinstance(member, str):
            return member
        raise InvalidFilter(f"members of {dimension.name!r} are text; got {member!r}")
    if isinstance(member, bool) or not isinstance(member, int):
        raise InvalidFilter(f"members of {dimension.name!r} are whole numbers; got {member!r}")
    return member
