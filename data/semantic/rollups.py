"""Which table answers: the coarsest rollup that holds all that is asked for, or the facts themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from data.models.versioned import ROLLUP_OF
from data.scope import Scope
from data.semantic.expressions import Source
from data.semantic.graph import JoinGraph
from data.semantic.question import Query
from data.semantic.streams import Stream
from data.semantic.types import Measure, Rollup

if TYPE_CHECKING:
    from data.semantic.checked import CheckedSubject

COUNT = "line_count"


def routed(stream: Stream, query: Query, scope: Scope) -> list[Stream]:
    """The stream over the coarsest rollup that answers it; in two where sums can be had from one and counts cannot.

    Members are ranked by one stream, so a query with a top is never parted.
    """
    if stream.plan is not None or not stream.measures:
        return [stream]
    at_once = _coarsest(stream, stream.measures, query, scope)
    if at_once is not None:
        return [replace(stream, rollup=at_once)]
    if query.top or not stream.distinct or not stream.additive:
        return [stream]
    sums = _coarsest(stream, stream.additive, query, scope)
    if sums is None:
        return [stream]
    counts = _coarsest(stream, stream.distinct, query, scope)
    return [
        replace(stream, measures=tuple(stream.additive), rollup=sums),
        replace(stream, measures=tuple(stream.distinct), rollup=counts),
    ]


def rows_of(stream: Stream, source: Source) -> Source:
    """`source` with the rows of the stream's rollup in place of the facts."""
    if stream.rollup is None:
        return source
    facts, rollup = stream.graph.facts, stream.rollup.table

    def rows(table: sa.Table) -> sa.FromClause:
        return source(rollup if table is facts else table)

    return rows


def facts_of(table: sa.Table) -> str:
    """The name of the table whose revisions tell of this one: a rollup's facts, or its own."""
    return str(table.info.get(ROLLUP_OF, table.name))


def members_of(rollup: Rollup, graph: JoinGraph) -> sa.Table | None:
    """The table whose members others stand in for; None where every key is what it is."""
    for table in graph.tables:
        if rollup.stands_for is not None and graph.path(table)[-1].left is rollup.stands_for:
            return table
    return None


def is_stood_for(table: sa.Table, subject: CheckedSubject) -> bool:
    """Whether a rollup of the subject says of one row of the table what holds for several as they are in a revision."""
    return any(members_of(rollup, subject.graph) is table for rollup in subject.subject.rollups)


def _coarsest(stream: Stream, measures: Iterable[Measure], query: Query, scope: Scope) -> Rollup | None:
    asked = {name for name in query.dimensions if stream.keeps(name)}
    asked |= {item.dimension for item in query.filters if stream.keeps(item.dimension)}
    wanted = {measure.name for measure in measures}
    for rollup in stream.subject.subject.rollups:
        fits = asked.issubset(rollup.dimensions) and wanted.issubset(rollup.measures)
        if fits and (scope.stores is None or _has_scope(rollup, stream)):
            return rollup
    return None


def _has_scope(rollup: Rollup, stream: Stream) -> bool:
    column = stream.subject.subject.scope_column
    return isinstance(column, sa.Column) and column.name in rollup.table.columns
