"""Households by how recently, how often and for how much they bought."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from data.cache import ResultCache
from data.models import SalesLine
from data.queries.metrics import Result
from data.queries.slices import Slice, answer
from data.semantic.types import ColumnSpec, Grain, Unit

WEEKS = 52
SCORES = 5
CHAMPIONS, LOYAL, OCCASIONAL, AT_RISK, LAPSED = "Champions", "Loyal", "Occasional", "At risk", "Lapsed"
SEGMENTS = {
    CHAMPIONS: "recent and frequent: recency and frequency of 4 or 5",
    LOYAL: "neither long ago nor seldom: recency and frequency of 3 at least, one of them 3",
    OCCASIONAL: "recent but seldom: recency of 3 at least, frequency of 1 or 2",
    AT_RISK: "frequent but long ago: recency of 1 or 2, frequency of 3 at least",
    LAPSED: "seldom and long ago: recency and frequency of 1 or 2",
}
COLUMNS = (
    ColumnSpec("recency", "Recency", Unit.INTEGER, "fifth of the households by their last purchase: 5 is most recent"),
    ColumnSpec("frequency", "Frequency", Unit.INTEGER, "fifth of the households by their baskets: 5 is most often"),
    ColumnSpec("segment", "Segment", Unit.TEXT),
    ColumnSpec("households", "Households", Unit.COUNT),
    ColumnSpec("baskets", "Baskets", Unit.COUNT),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS),
)
SEGMENT_COLUMNS = (
    ColumnSpec("segment", "Segment", Unit.TEXT),
    ColumnSpec("households", "Households", Unit.COUNT),
    ColumnSpec("share", "Of all households", Unit.RATIO),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS),
    ColumnSpec("net_share", "Of all net sales", Unit.RATIO),
    ColumnSpec("days_since", "Days since", Unit.NUMBER, "days from the last purchase to the last date, on average"),
    ColumnSpec("baskets_each", "Baskets each", Unit.NUMBER, "baskets per household"),
    ColumnSpec("value_each", "Net sales each", Unit.CENTS_RATIO, "net sales per household"),
    ColumnSpec(
        "best_share",
        "Best customers",
        Unit.RATIO,
        "share of the segment that is in the fifth of all households with most net sales",
    ),
)


def loyalty_grid(conn: sa.Connection, asked: Slice, *, cache: ResultCache | None = None) -> Result:
    """Households by the fifths of recency and frequency that they fall in, over the 52 weeks to the slice's end.

    One row is a pair of fifths that households fall in; columns as in COLUMNS, most recent and most frequent first.
    Households of equal recency, or frequency, are in the same fifth: the one of the best of them. Empty where nothing
    was sold. Source: sales_lines. Raises UnknownName and InvalidFilter.
    """
    scored = _scored(_year(asked))
    stmt = (
        sa.select(
            scored.c.recency,
            scored.c.frequency,
            scored.c.segment,
            sa.func.count().label("households"),
            sa.cast(sa.func.sum(scored.c.baskets), sa.BigInteger).label("baskets"),
            sa.cast(sa.func.sum(scored.c.net), sa.BigInteger).label("net_sales"),
        )
        .group_by(scored.c.recency, scored.c.frequency, scored.c.segment)
        .order_by(scored.c.recency.desc(), scored.c.frequency.desc())
    )
    return answer(conn, asked, stmt, COLUMNS, cache)


def loyalty_segments(conn: sa.Connection, asked: Slice, *, cache: ResultCache | None = None) -> Result:
    """The same households by segment, which SEGMENTS describes: what they are worth and how near they are.

    One row is a segment that has households; columns as in SEGMENT_COLUMNS, in the order of SEGMENTS.
    """
    scored = _scored(_year(asked))
    households, net = sa.func.count(), sa.cast(sa.func.sum(scored.c.net), sa.BigInteger)
    # A segment may have been given everything for nothing; its share is then of nothing.
    all_net = sa.func.nullif(sa.cast(sa.func.sum(net).over(), sa.Float), 0.0)
    stmt = (
        sa.select(
            scored.c.segment,
            households.label("households"),
            (households / sa.cast(sa.func.sum(households).over(), sa.Float)).label("share"),
            net.label("net_sales"),
            (net / all_net).label("net_share"),
            sa.cast(sa.func.avg(scored.c.days_since), sa.Float).label("days_since"),
            (sa.func.sum(scored.c.baskets) / sa.cast(households, sa.Float)).label("baskets_each"),
            (net / sa.cast(households, sa.Float)).label("value_each"),
            (households.filter(scored.c.value == SCORES) / sa.cast(households, sa.Float)).label("best_share"),
        )
        .group_by(scored.c.segment)
        .order_by(sa.func.array_position(sa.cast(list(SEGMENTS), sa.ARRAY(sa.Text)), scored.c.segment))
    )
    return answer(conn, asked, stmt, SEGMENT_COLUMNS, cache)


def _year(asked: Slice) -> Slice:
    return replace(asked, start=asked.end - timedelta(weeks=WEEKS))


def _scored(asked: Slice) -> sa.Subquery:
    """A household a row, with its fifths."""
    each = _bought(asked)
    last = sa.literal(asked.end, sa.Date) - sa.literal(1, sa.Integer)
    bought = sa.select((last - each.c.on).label("days_since"), each.c.baskets, each.c.net).subquery("bought")
    fifths = sa.select(
        bought,
        _fifth(bought.c.days_since.desc()).label("recency"),
        _fifth(bought.c.baskets).label("frequency"),
        _fifth(bought.c.net).label("value"),
    ).subquery("fifths")
    return sa.select(fifths, _segment(fifths.c.recency, fifths.c.frequency).label("segment")).subquery("scored")


def _bought(asked: Slice) -> sa.Subquery:
    """A household a row: the date `on` which it last bought, its baskets, and `net` sales."""
    columns = {"household": SalesLine.household_id, "basket": SalesLine.basket_id}
    more = {"sold_on": SalesLine.sold_on, "net": SalesLine.net_cents}
    rows = asked.added_up("basket_count", Grain.DAY, **columns, **more).subquery("lines")
    again = asked.repeated("basket_count", Grain.DAY, **columns)
    on, net = sa.func.max(rows.c.sold_on).label("on"), sa.func.sum(rows.c.net).label("net")
    if again is None:
        by = (rows.c.household, rows.c.basket)
        visits = sa.select(*by, on, net).group_by(*by).subquery("visits")
        found = (sa.func.max(visits.c.on).label("on"), sa.func.count().label("baskets"), sa.func.sum(visits.c.net))
        return sa.select(found[0], found[1], found[2].label("net")).group_by(visits.c.household).subquery("each")
    # Nearly every row is a basket: what the few others are too many is taken off, in place of telling all apart.
    counted = sa.select(rows.c.household, on, net, sa.func.count().label("rows")).group_by(rows.c.household)
    households, extra = counted.subquery("households"), _too_many(again.subquery("again"))
    baskets = (households.c.rows - sa.func.coalesce(extra.c.too_many, 0)).label("baskets")
    joined = households.outerjoin(extra, extra.c.household == households.c.household)
    return sa.select(households.c.on, baskets, households.c.net).select_from(joined).subquery("each")


def _too_many(again: sa.Subquery) -> sa.Subquery:
    """How many rows of a household are of a basket that has another."""
    too_many = sa.func.count() - sa.func.count(again.c.basket.distinct())
    return sa.select(again.c.household, too_many.label("too_many")).group_by(again.c.household).subquery("extra")


def _fifth(order: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """1 to 5, by exact arithmetic: how many are not better, in fifths of all, rounded up."""
    not_better = sa.func.count().over(order_by=order, range_=(None, 0))
    everybody = sa.func.count().over()
    return sa.cast((not_better * SCORES + everybody - 1) // everybody, sa.Integer)


def _segment(recency: sa.ColumnElement[int], frequency: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    return sa.case(
        (sa.and_(recency >= 4, frequency >= 4), sa.literal(CHAMPIONS)),
        (sa.and_(recency >= 3, frequency >= 3), sa.literal(LOYAL)),
        (recency >= 3, sa.literal(OCCASIONAL)),
        (frequency >= 3, sa.literal(AT_RISK)),
        else_=sa.literal(LAPSED),
    )
