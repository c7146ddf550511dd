"""The rows of a query before they have names: every level and key with all measures, for each side of a comparison."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from data.errors import UsageError
from data.scope import Scope
from data.semantic.buckets import BUCKET, spine
from data.semantic.checked import CheckedSubject
from data.semantic.expressions import Source, Statement, type_of
from data.semantic.grouping import Grouping, whole
from data.semantic.question import Query, Top
from data.semantic.rollups import Terms, routed
from data.semantic.sides import Side, sides_of
from data.semantic.streams import Stream, streams_of
from data.semantic.types import PERIOD, Measure, Metric

LEVEL = "level"
Level = tuple[str, ...]


class LevelRows:
    """What the stages before the names know: streams, sides, levels, and the statements over them."""

    def __init__(
        self,
        query: Query,
        subject: CheckedSubject,
        source: Source,
        scope: Scope,
        *,
        by_rollups: bool = False,
        by_day: bool = False,
        edited: sa.Table | None = None,
    ) -> None:
        self.query = query
        self.subject = subject
        self.source = source
        self.scope = scope
        self.metrics = [subject.metrics[name] for name in query.metrics]
        self.dimensions = [subject.dimensions[name] for name in query.dimensions]
        self.sides = sides_of(query)
        self.levels: list[Level] = [query.keys, *query.totals]
        streams = streams_of(subject, self._needed())
        self.reasons = {m.name: s.why_not(query, scope) for s in streams for m in s.measures}
        usable = [stream for stream in streams if not stream.why_not(query, scope)]
        if by_rollups:
            terms = Terms(query, scope, self.sides, by_day, edited)
            usable = [part for stream in usable for part in routed(stream, terms)]
        self.wider = [stream for stream in usable if stream.ignores]
        self.streams = [stream for stream in usable if not stream.ignores] or [Stream(subject, subject.graph, ())]
        self.measures = list(dict.fromkeys(m for stream in self.streams for m in stream.measures))
        self._check_top()
        self._groupings: dict[tuple[str, int], Grouping] = {}

    def key_columns(self) -> list[str]:
        """The columns of the rows that tell one from another, the level aside."""
        return [key_column(key) for key in self.query.keys]

    @cached_property
    def buckets(self) -> sa.CTE | None:
        """The time buckets to answer in, where there are any."""
        if self.query.grain is None:
            return None
        needs_found = self.query.start is None or self.query.end is None
        return spine(self.query, self.sides, self._pieces if needs_found else None)

    @cached_property
    def rows(self) -> sa.FromClause:
        """One row for each level and combination of keys, with `level`, keys and every measure of each side."""
        if self.buckets is None and len(self._each_piece) == 1:
            return self._each_piece[0].subquery("found")
        together = [sa.select(self._pieces), *self._zeros()]
        return self._added_up(sa.union_all(*together).subquery("pieces"), self.measures, "found")

    def wide(self, stream: Stream) -> sa.FromClause:
        """The rows of a stream that looks at fewer keys, by level and those keys."""
        pieces = [
            self._piece(stream, side, at, stream.measures) for side in self.sides for at in range(len(self.levels))
        ]
        name = f"wide_{'_'.join(measure.name for measure in stream.measures)}"
        return self._added_up(sa.union_all(*pieces).subquery(f"{name}_pieces"), stream.measures, name)

    def _needed(self) -> list[Measure]:
        wanted = [*self.metrics, *(self.subject.metrics[top.by] for top in self.query.top)]
        wanted += [self.subject.metrics[m.target] for m in self.metrics if m.target and self._held_against_targets]
        names = dict.fromkeys(name for metric in wanted for name in metric.measures)
        return [self.subject.measures[name] for name in names]

    @property
    def _held_against_targets(self) -> bool:
        return self.query.compare is not None and len(self.sides) == 1

    def _check_top(self) -> None:
        facts = {m.name for stream in self.streams if stream.plan is None for m in stream.measures}
        for top in self.query.top:
            metric, dimension = self.subject.metrics[top.by], self.subject.dimensions[top.dimension]
            if not facts.issuperset(metric.measures):
                raise UsageError(f"top must be by a metric of the facts alone; got {top.by!r}")
            if dimension.bridge is not None:
                raise UsageError(
                    f"top cannot fold {top.dimension!r}: its members overlap, and the others would count twice"
                )

    @cached_property
    def _pieces(self) -> sa.CTE:
        """Every piece as it is: to be looked at for members and dates, and to be added up."""
        return sa.union_all(*self._each_piece).cte("found_pieces")

    @cached_property
    def _each_piece(self) -> list[Statement]:
        return [
            self._piece(stream, side, at, self.measures)
            for side in self.sides
            for stream in self.streams
            for at in range(len(self.levels))
        ]

    def _piece(self, stream: Stream, side: Side, at: int, measures: Iterable[Measure]) -> Statement:
        """A level of a stream on one side of the comparison; what is not its own is zero, or null of a plan."""
        level = tuple(key for key in self.levels[at] if stream.keeps(key))
        found = self._grouping(stream, side).level(at, level, self._tops)
        rows: sa.FromClause = found
        bucket: sa.ColumnElement[Any] = found.c[BUCKET] if PERIOD in level else _nothing(sa.Date())
        if PERIOD in level and len(self.sides) > 1:
            assert self.buckets is not None  # noqa: S101  a period is a key only where there is a grain
            rows = found.join(self.buckets, self.buckets.c[f"{PERIOD}{side.ending}"] == found.c[BUCKET])
            bucket = self.buckets.c[BUCKET]
        elif len(self.sides) > 1:
            bucket = _nothing(sa.BigInteger())
        columns: list[sa.ColumnElement[Any]] = [sa.literal_column(str(at), sa.Integer).label(LEVEL)]
        for key in self.query.keys:
            if key == PERIOD:
                columns.append(bucket.label(BUCKET))
            elif key in level:
                columns.append(found.c[key_column(key)].label(key_column(key)))
            else:
                columns.append(_nothing(type_of(self.subject.dimensions[key].grouped_by)).label(key_column(key)))
        own = {measure.name for measure in stream.measures}
        for each in self.sides:
            for measure in measures:
                name, here = f"{measure.name}{each.ending}", each == side and measure.name in own
                columns.append((found.c[measure.name] if here else _zero(measure)).label(name))
        return sa.select(*columns).select_from(rows)

    def _grouping(self, stream: Stream, side: Side) -> Grouping:
        key = (side.ending, id(stream))
        if key not in self._groupings:
            number = len(self._groupings)
            self._groupings[key] = Grouping(self.query, stream, side, self.source, self.scope, number)
        return self._groupings[key]

    @cached_property
    def _tops(self) -> dict[str, sa.CTE]:
        return {top.dimension: self._ranked(top) for top in self.query.top}

    def _ranked(self, top: Top) -> sa.CTE:
        """The members that are kept; ranked in the query's own period, ties broken by the member."""
        facts = next(stream for stream in self.streams if stream.plan is None)
        found = self._grouping(facts, self.sides[0]).by(top.dimension)
        column = found.c[key_column(top.dimension)]
        value = figure(self.subject.metrics[top.by], found)
        order = value.asc().nulls_last() if top.ascending else value.desc().nulls_last()
        return sa.select(column).order_by(order, column).limit(top.count).cte(f"top_{top.dimension}")

    def _zeros(self) -> list[Statement]:
        """A row of zeros for each bucket of each member that was seen, at every level with buckets."""
        if self.buckets is None:
            return []
        return [self._zeros_at(at, level) for at, level in enumerate(self.levels) if PERIOD in level]

    def _zeros_at(self, at: int, level: Level) -> Statement:
        buckets = self.buckets
        assert buckets is not None  # noqa: S101  the caller has asked
        members = [key_column(key) for key in level if key != PERIOD]
        rows: sa.FromClause = buckets
        if members:
            pieces = self._pieces
            here = pieces.c[LEVEL] == at
            seen = sa.select(*(pieces.c[name] for name in members)).where(here).distinct().subquery(f"seen_{at}")
            rows = buckets.join(seen, sa.true())
        columns: list[sa.ColumnElement[Any]] = [sa.literal_column(str(at), sa.Integer).label(LEVEL)]
        for key in self.query.keys:
            name = key_column(key)
            if key == PERIOD:
                columns.append(buckets.c[BUCKET].label(BUCKET))
            elif key in level:
                columns.append(seen.c[name].label(name))
            else:
                columns.append(_nothing(type_of(self.subject.dimensions[key].grouped_by)).label(name))
        zeros = [
            _zero(measure).label(f"{measure.name}{side.ending}") for side in self.sides for measure in self.measures
        ]
        return sa.select(*columns, *zeros).select_from(rows)

    def _added_up(self, pieces: sa.FromClause, measures: Iterable[Measure], name: str) -> sa.CTE:
        by = [pieces.c[LEVEL], *(pieces.c[key] for key in self.key_columns())]
        sums = []
        for side in self.sides:
            for measure in measures:
                column = f"{measure.name}{side.ending}"
                total = sa.func.sum(pieces.c[column])
                sums.append((sa.cast(total, sa.BigInteger) if measure.plan else whole(total)).label(column))
        return sa.select(*by, *sums).group_by(*by).cte(name)


def key_column(key: str) -> str:
    """The column that a key stands in until rows have names."""
    return BUCKET if key == PERIOD else f"{key}_member"


def figure(metric: Metric, rows: sa.FromClause, ending: str = "") -> sa.ColumnElement[Any]:
    """The metric's value in rows that hold its measures."""
    if metric.measure:
        return rows.c[f"{metric.measure}{ending}"]
    return ratio(rows.c[f"{metric.numerator}{ending}"], rows.c[f"{metric.denominator}{ending}"])


def ratio(numerator: sa.ColumnElement[Any], denominator: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """One over the other as a double; null where the denominator is zero."""
    return sa.cast(numerator, sa.Double).op("/", return_type=sa.Double())(sa.func.nullif(denominator, 0))


def _zero(measure: Measure) -> sa.ColumnElement[Any]:
    return sa.cast(sa.null() if measure.plan else sa.literal_column("0"), sa.BigInteger)


def _nothing(type_: Any) -> sa.ColumnElement[Any]:
    return sa.cast(sa.null(), type_)
