"""Eager aggregation: rows of a rollup added up by their keys before tables are joined to them, where that is less work.

The planner joins every row and adds up afterwards. Rows of days and loads are many, and what they are joined by is of a
few members.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from data.scope import Scope
from data.semantic.expressions import columns_of, tables_of
from data.semantic.question import Query
from data.semantic.streams import Stream
from data.semantic.types import Dimension


def eager_keys(stream: Stream, query: Query, scope: Scope) -> frozenset[str] | None:
    """The keys of the stream's rollup that its answer needs; None where rows had better be joined as they are.

    That is where dates are told apart, where a filter leaves few rows, and where nothing is joined.
    """
    kept = [stream.subject.dimensions[name] for name in query.dimensions if stream.keeps(name)]
    is_plain = query.grain is None and not query.filters and scope.stores is None
    if stream.rollup is None or stream.counter is not None or stream.distinct or not is_plain:
        return None
    if not any(_is_joined(stream, dimension) for dimension in kept):
        return None
    found = _columns_read(stream, kept)
    return None if stream.subject.subject.business_date in found else frozenset(column.name for column in found)


def _is_joined(stream: Stream, dimension: Dimension) -> bool:
    return any(table is not stream.graph.facts for table in tables_of(stream.graph.nearest(dimension.grouped_by)))


def _columns_read(stream: Stream, dimensions: Iterable[Dimension]) -> set[sa.Column[object]]:
    """The columns of the facts that lead to the dimensions, and those that say of a row what it adds up."""
    graph = stream.graph
    read = [graph.nearest(dimension.grouped_by) for dimension in dimensions]
    read += [step.left for expression in read for table in tables_of(expression) for step in graph.path(table)]
    found = {column for expression in read for column in columns_of(expression)}
    assert stream.rollup is not None  # noqa: S101  for the type checker; the caller has asked
    keys = {column.name for column in stream.rollup.table.primary_key}
    for measure in stream.measures:
        if measure.expression is not None and not stream.counts(measure):
            found |= {column for column in columns_of(measure.expression) if column.name in keys}
    return {column for column in found if column.table is graph.facts}
