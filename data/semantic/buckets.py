"""The time buckets of a query, and the buckets that each of them is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from data.errors import UsageError
from data.semantic.facts import bucket_of
from data.semantic.question import Compare, Query, Versus
from data.semantic.types import PERIOD, Grain

BUCKET = "bucket"
_STEPS = {
    Grain.DAY: "interval '1 day'",
    Grain.WEEK: "interval '1 week'",
    Grain.MONTH: "interval '1 month'",
    Grain.QUARTER: "interval '3 months'",
    Grain.YEAR: "interval '1 year'",
}
_YEAR = timedelta(weeks=52)


@dataclass(frozen=True)
class Side:
    """One of the periods that a query looks at: its own, or the one that it is compared with (`_before`)."""

    ending: str
    start: date | None
    end: date | None


def sides_of(query: Query) -> list[Side]:
    """The query's own period, and after it the one that it is compared with, if there is one."""
    own = Side("", query.start, query.end)
    before = compared_dates(query.compare, query.start, query.end)
    return [own] if before is None else [own, Side("_before", *before)]


def compared_dates(compare: Compare | None, start: date | None, end: date | None) -> tuple[date, date] | None:
    """The dates `[start, end)` of a comparison in time; None where it is none."""
    if compare is None or compare.to is Versus.TARGET:
        return None
    if start is None or end is None:
        raise UsageError("a comparison needs a period with start and end")
    match compare.to:
        case Versus.PREVIOUS:
            return start - (end - start), start
        case Versus.SAME_WEEKS_LAST_YEAR:
            return start - _YEAR, end - _YEAR
    if compare.start is None or compare.end is None:
        raise UsageError(f"a comparison with a range names start and end; got {compare}")
    return compare.start, compare.end


def spine(query: Query, sides: list[Side], found: sa.FromClause | None) -> sa.CTE:
    """Every bucket of the period, in which something happened or not: `bucket`, `period`, and `period_before`.

    Buckets of two periods meet by their place: the third week with the third week. An open period reaches as far as
    the buckets in `found`.
    """
    grain = query.grain
    if grain is None:
        raise UsageError("buckets need a grain")
    if len(sides) == 1:
        series = _series(grain, *_bounds(sides[0], grain, found)).column_valued("day")
        day = sa.cast(series, sa.Date)
        return sa.select(day.label(BUCKET), day.label(PERIOD)).cte("spine")
    own, before = (_placed(side, grain) for side in sides)
    place = sa.func.coalesce(own.c.place, before.c.place).label(BUCKET)
    days = [
        sa.cast(part.c.day, sa.Date).label(f"{PERIOD}{side.ending}")
        for part, side in zip((own, before), sides, strict=True)
    ]
    joined = own.join(before, own.c.place == before.c.place, full=True)
    return sa.select(place, *days).select_from(joined).cte("spine")


def _placed(side: Side, grain: Grain) -> sa.TableValuedAlias:
    series = _series(grain, *_bounds(side, grain, None))
    columns: sa.TableValuedAlias = series.table_valued(sa.column("day", sa.DateTime), with_ordinality="place")
    placed: sa.TableValuedAlias = columns.render_derived(name=f"days{side.ending}")
    return placed


def _series(grain: Grain, first: Any, last: Any) -> Any:
    step: sa.ColumnElement[Any] = sa.literal_column(_STEPS[grain])
    return sa.func.generate_series(sa.cast(first, sa.DateTime), sa.cast(last, sa.DateTime), step)


def _bounds(side: Side, grain: Grain, found: sa.FromClause | None) -> tuple[Any, Any]:
    def reached(function: Any) -> Any:
        if found is None:
            raise UsageError("a comparison needs a period with start and end")
        return sa.select(function(found.c[BUCKET])).scalar_subquery()

    first = bucket_of(sa.literal(side.start, sa.Date), grain) if side.start else reached(sa.func.min)
    if side.end:
        return first, bucket_of(sa.literal(side.end - timedelta(days=1), sa.Date), grain)
    return first, reached(sa.func.max)
