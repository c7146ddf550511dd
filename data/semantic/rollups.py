"""Which table answers: the coarsest rollup that holds all that is asked for, or the facts themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from data.models.versioned import REPEATS_OF, ROLLUP_OF
from data.scope import Scope
from data.semantic.expressions import plain, tables_of
from data.semantic.graph import JoinGraph
from data.semantic.question import Match, Query
from data.semantic.rollup_rows import column_name, finer_of
from data.semantic.sides import Side, number_read
from data.semantic.streams import Stream
from data.semantic.types import Grain, Measure, Rollup
from data.semantic.whole import whole_buckets

if TYPE_CHECKING:
    from data.semantic.checked import CheckedSubject

# The buckets that rows of a week or of a month fall into as a whole.
_TOLD = {
    Grain.DAY: frozenset(Grain),
    Grain.WEEK: frozenset({Grain.WEEK}),
    Grain.MONTH: frozenset({Grain.MONTH, Grain.QUARTER, Grain.YEAR}),
}


@dataclass(frozen=True)
class Terms:
    """What a rollup must suit: a question over the dates of its sides, for a scope.

    With `by_day`, only rollups whose rows are of one day are read; with `edited`, only those in which no member of that
    table stands for others.
    """

    query: Query
    scope: Scope
    sides: Sequence[Side]
    by_day: bool = False
    edited: sa.Table | None = None


def routed(stream: Stream, terms: Terms) -> list[Stream]:
    """The stream over the rollups that answer it: each measure is read from the coarsest that has it.

    Each distinct count reads for itself: grouping once by what each of them counts takes longer than reading again.
    One that is told by rows is added up with the sums; what repeats is taken off by a stream of its own.
    Members are ranked by one stream, so a query with a top is never parted.
    """
    if stream.plan is not None or not stream.measures:
        return [stream]
    if terms.query.top:
        return [at_once(stream, terms)]
    rollups = _usable(stream, terms)
    found: list[Stream] = []
    parts: dict[Rollup | None, list[Measure]] = {}
    for measure in stream.measures:
        rollup = next((one for one in rollups if measure.name in _told_by(one, terms.query)), None)
        alone = replace(stream, measures=(measure,), rollup=rollup)
        if alone.distinct and rollup is not None:
            found.append(alone)
            continue
        parts.setdefault(rollup, []).append(measure)
        if rollup is not None and alone.counts(measure):
            finer = None if rollup.apart else finer_of(rollup, stream.subject)
            found.append(replace(alone, rollup=finer, counter=rollup))
    return [replace(stream, measures=tuple(own), rollup=rollup) for rollup, own in parts.items()] + found


def at_once(stream: Stream, terms: Terms) -> Stream:
    """The stream over the coarsest rollup that has all of its measures."""
    rollups = _usable(stream, terms)
    wanted = {measure.name for measure in stream.measures}
    rollup = next((one for one in rollups if wanted.issubset(one.measures)), None)
    return replace(stream, rollup=rollup)


def repeats_of(stream: Stream) -> Stream | None:
    """What `stream` reads of entities that have several rows; None where it is not known which have."""
    if stream.rollup is None or stream.rollup.repeats is None:
        return None
    return replace(stream, counter=stream.rollup)


def _told_by(rollup: Rollup, query: Query) -> tuple[str, ...]:
    """The measures that the rollup has for the query; what it counts apart only where members are told one by one."""
    if rollup.apart and not _is_apart(rollup.apart, query):
        return rollup.measures
    return (*rollup.measures, *rollup.counts)


def _is_apart(dimension: str, query: Query) -> bool:
    one = any(f.dimension == dimension and f.match is Match.IN and len(f.members) == 1 for f in query.filters)
    return one or all(dimension in level for level in (query.keys, *query.totals))


def rollup_by(stream: Stream, column: sa.Column[Any], scope: Scope) -> Rollup | None:
    """The coarsest rollup with the stream's measures of which each row has one value of a column that facts lead to."""
    wanted = {measure.name for measure in stream.measures}
    fitting = (
        rollup
        for rollup in stream.subject.subject.rollups
        if wanted.issubset(rollup.measures)
        and (scope.stores is None or _has_scope(rollup, stream))
        and _tells(rollup, stream.graph, column)
    )
    return next(fitting, None)


def _tells(rollup: Rollup, graph: JoinGraph, column: sa.Column[Any]) -> bool:
    """Whether the rollup has what leads to the column, and those for whom one member stands in share the rest."""
    nearest = graph.nearest(column)
    read = [nearest, *(step.left for table in tables_of(nearest) for step in graph.path(table))]
    if nearest is rollup.stands_for:
        return False
    members = members_of(rollup, graph)
    return all(
        (
            found.name in rollup.table.columns
            if found.table is graph.facts
            else found.table is not members or found in set(rollup.shared)
        )
        for found in map(plain, read)
        if isinstance(found, sa.Column)
    )


def _usable(stream: Stream, terms: Terms) -> list[Rollup]:
    rollups = _fewest_first(_fitting(stream, terms), terms.sides)
    return [
        rollup
        for rollup in rollups
        if (not terms.by_day or rollup.grain is Grain.DAY)
        and (terms.edited is None or members_of(rollup, stream.graph) is not terms.edited)
    ]


def facts_of(table: sa.Table) -> str:
    """The name of the table whose revisions tell of this one: a rollup's facts, or its own."""
    return str(table.info.get(ROLLUP_OF) or table.info.get(REPEATS_OF) or table.name)


def rollups_among(tables: Iterable[sa.Table]) -> tuple[str, ...]:
    """The names of the rollups among tables that are read, now or past."""
    return tuple(sorted({table.name for table in tables if ROLLUP_OF in table.info}))


def members_of(rollup: Rollup, graph: JoinGraph) -> sa.Table | None:
    """The table whose members others stand in for; None where every key is what it is."""
    for table in graph.tables:
        if rollup.stands_for is not None and graph.path(table)[-1].left is rollup.stands_for:
            return table
    return None


def is_stood_for(table: sa.Table, subject: CheckedSubject) -> bool:
    """Whether a rollup of the subject says of one row of the table what holds for several as they are in a revision."""
    return any(members_of(rollup, subject.graph) is table for rollup in subject.subject.rollups)


def _fitting(stream: Stream, terms: Terms) -> list[Rollup]:
    """The rollups that have all that is asked for besides measures, the coarsest first."""
    query = terms.query
    asked = {name for name in query.dimensions if stream.keeps(name)}
    asked |= {item.dimension for item in query.filters if stream.keeps(item.dimension)}
    return [
        rollup
        for rollup in stream.subject.subject.rollups
        if asked.issubset(rollup.dimensions)
        and (query.grain is None or query.grain in _TOLD[rollup.grain])
        and (rollup.grain is Grain.DAY or any(_has_whole(rollup.grain, side) for side in terms.sides))
        and (terms.scope.stores is None or _has_scope(rollup, stream))
    ]


def _fewest_first(rollups: list[Rollup], sides: Sequence[Side]) -> list[Rollup]:
    """The rollups in their order; of those of the same days, the one first that reads the fewest dates.

    Thirteen weeks are thirteen dates by week; by month they are two months, and a month of days.
    """
    if any(side.start is None or side.end is None for side in sides):
        return rollups
    of_days: dict[sa.Table, list[Rollup]] = {}
    for rollup in rollups:
        of_days.setdefault(rollup.table if rollup.days is None else rollup.days, []).append(rollup)
    return [one for same in of_days.values() for one in sorted(same, key=lambda one: number_read(one.grain, sides))]


def _has_whole(grain: Grain, side: Side) -> bool:
    first, last = whole_buckets(grain, side.start, side.end)
    return first is None or last is None or first < last


def _has_scope(rollup: Rollup, stream: Stream) -> bool:
    name = column_name(stream.subject.subject.scope_column)
    return name in rollup.table.columns
