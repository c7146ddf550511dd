"""The time buckets of a query, and the buckets that each of them is compared with."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.errors import UsageError
from data.semantic.facts import bucket_of
from data.semantic.question import Query
from data.semantic.sides import Side
from data.semantic.types import PERIOD, Grain

BUCKET = "bucket"
_STEPS = {
    Grain.DAY: "interval '1 day'",
    Grain.WEEK: "interval '1 week'",
    Grain.MONTH: "interval '1 month'",
    Grain.QUARTER: "interval '3 months'",
    Grain.YEAR: "interval '1 year'",
}


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

    first = reached(sa.func.min) if side.since is None else bucket_of(side.since, grain)
    return first, reached(sa.func.max) if side.last is None else bucket_of(side.last, grain)
