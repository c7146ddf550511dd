"""The rows of a rollup as they are read: whole weeks or months with the days beside them, or what repeats an entity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from data.semantic.expressions import Expression, Source, over
from data.semantic.sides import Dates, Day
from data.semantic.streams import Stream
from data.semantic.types import Rollup
from data.semantic.whole import whole_buckets

if TYPE_CHECKING:
    from data.semantic.checked import CheckedSubject

COUNT, ROW_COUNT = "line_count", "row_count"


def rows_of(stream: Stream, source: Source, dates: Dates, *, keys: frozenset[str] | None = None) -> Source:
    """`source` with the rows of the stream's rollup in place of the facts, as far as the dates need them.

    With `keys`, they are of these dates alone, and added up by those keys.
    """
    facts, dated = stream.graph.facts, column_name(stream.subject.subject.business_date)
    if stream.counter is not None:
        read = _repeating(stream, stream.counter, source, dated, dates)
    elif stream.rollup is not None:
        read = _rolled_up(stream.rollup, source, dated, dates)
        read = (
            read
            if keys is None
            else _added_up(stream.rollup, read, keys, _within(read.c[dated], dates.since, dates.until))
        )
    else:
        return source

    def rows(table: sa.Table) -> sa.FromClause:
        return read if table is facts else source(table)

    return rows


def _rolled_up(rollup: Rollup, source: Source, dated: str, dates: Dates) -> sa.FromClause:
    """Whole weeks or months from the rollup, and the days before and after them from its table by day."""
    if rollup.days is None:
        return source(rollup.table)
    first, after = whole_buckets(rollup.grain, dates.start, dates.end)
    if (first, after) == (dates.start, dates.end):
        return source(rollup.table)
    since, until = dates.since, dates.until
    whole_since, whole_until = dates.whole(rollup.grain)
    names = [column.name for column in rollup.table.columns]

    def part(table: sa.Table, first_day: Day | None, end: Day | None) -> sa.Select[Any]:
        rows = source(table)
        return sa.select(*(_column(rows, name, rollup) for name in names)).where(
            *_within(rows.c[dated], first_day, end)
        )

    if first is not None and after is not None and first >= after:
        return part(rollup.days, since, until).subquery(rollup.name)
    parts = [part(rollup.table, whole_since, whole_until)]
    parts += [part(rollup.days, since, whole_since)] if first != dates.start else []
    parts += [part(rollup.days, whole_until, until)] if after != dates.end else []
    return sa.union_all(*parts).subquery(rollup.name)


def _repeating(stream: Stream, counter: Rollup, source: Source, dated: str, dates: Dates) -> sa.FromClause:
    """The rows of entities that have several, each looked for by its key.

    They are few. The fence keeps the planner, which cannot know that, from reading all rows to find them.
    """
    counted_in = finer_of(counter, stream.subject)
    assert counted_in is not None  # noqa: S101  the rules have asked
    assert counted_in.repeats is not None  # noqa: S101  the rules have asked
    rows = source(stream.graph.facts if stream.rollup is None else stream.rollup.table)
    repeats = source(counted_in.repeats)
    same = [rows.c[key.name] == repeats.c[key.name] for key in counted_in.repeats.primary_key]
    found = (
        sa.select(rows).where(*same, *_within(rows.c[dated], dates.since, dates.until)).offset(sa.literal_column("0"))
    )
    each = found.lateral("repeated")
    joined = repeats.join(each, sa.true())
    return (
        sa.select(*each.c)
        .select_from(joined)
        .where(*_within(repeats.c[dated], dates.since, dates.until))
        .subquery("repeating")
    )


def _added_up(
    rollup: Rollup, rows: sa.FromClause, keys: frozenset[str], conditions: list[sa.ColumnElement[bool]]
) -> sa.FromClause:
    by = [rows.c[name] for name in sorted(keys)]
    names = [column.name for column in rollup.table.columns if not column.primary_key]
    sums = [sa.cast(sa.func.sum(rows.c[name]), sa.BigInteger).label(name) for name in names]
    return sa.select(*by, *sums).where(*conditions).group_by(*by).subquery(f"{rollup.name}_added_up")


def _within(day: sa.ColumnElement[Any], since: Day | None, until: Day | None) -> list[sa.ColumnElement[bool]]:
    found = [] if since is None else [day >= since]
    return found if until is None else [*found, day < until]


def _column(rows: sa.FromClause, name: str, rollup: Rollup) -> sa.ColumnElement[Any]:
    """The column of that name; a fact is one line, and counts where it is the first."""
    if name in rows.c:
        return rows.c[name]
    one = sa.literal_column("1", sa.BigInteger)
    if name == COUNT or rollup.first is None:
        return one.label(name)
    return sa.case((over(rollup.first, lambda _: rows), one), else_=0).label(name)


def finer_of(rollup: Rollup, subject: CheckedSubject) -> Rollup | None:
    """The rollup whose rows it counts; one that knows its repeats counts its own."""
    if rollup.repeats is not None:
        return rollup
    return next((one for one in subject.subject.rollups if one.table is rollup.counted_in), None)


def column_name(expression: Expression | None) -> str:
    """The name of a declared column; empty for what is none."""
    return expression.name if isinstance(expression, sa.Column) else ""
