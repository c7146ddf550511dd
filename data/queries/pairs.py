"""What is bought together: members of a dimension that meet in baskets, and how much more often than by chance."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from data.cache import ResultCache
from data.errors import UsageError
from data.models import SalesLine
from data.queries.metrics import Result
from data.queries.slices import Slice, answer
from data.semantic.expressions import Statement
from data.semantic.types import ColumnSpec, Dimension, Unit

PAIRED = ("product", "category", "department")
CANDIDATES = 100


def pairs_columns(dimension: Dimension) -> tuple[ColumnSpec, ...]:
    """The columns of the pairs of a dimension's members."""
    return (
        ColumnSpec("one", dimension.label, dimension.unit),
        ColumnSpec("one_label", dimension.label, Unit.TEXT),
        ColumnSpec("other", f"{dimension.label} with it", dimension.unit),
        ColumnSpec("other_label", f"{dimension.label} with it", Unit.TEXT),
        ColumnSpec("baskets", "Baskets", Unit.COUNT, "baskets that hold both"),
        ColumnSpec("of_one", "Of the first", Unit.RATIO, "share of the first one's baskets that hold the other, too"),
        ColumnSpec("of_other", "Of the second", Unit.RATIO, "share of the second one's baskets that hold the first"),
        ColumnSpec("lift", "Lift", Unit.NUMBER, "how many times as often as if they were bought independently"),
    )


def bought_together(
    conn: sa.Connection, asked: Slice, *, dimension: str = "product", limit: int = 50, cache: ResultCache | None = None
) -> Result:
    """The pairs of members that most baskets hold, among the 100 members that most baskets hold.

    One row is a pair, each once, the member in more baskets first; columns as `pairs_columns`: of both the natural key
    and the label, then figures. Most baskets first, then by key. Empty where no basket holds two of them. Business
    dates in the slice; sources: sales_lines and the dimension's tables. Raises UsageError for other dimensions.
    """
    if dimension not in PAIRED:
        raise UsageError(f"pairs are of {', '.join(PAIRED)}; got {dimension!r}")
    stmt = _pairs_stmt(asked, dimension, limit)
    return answer(conn, asked, stmt, pairs_columns(asked.dimension(dimension)), cache)


def _pairs_stmt(asked: Slice, dimension: str, limit: int) -> Statement:
    member = asked.dimension(dimension).grouped_by
    lines = asked.lines(basket=SalesLine.basket_id, member=member).subquery("lines")
    # A list a basket, rather than distinct pairs of basket and member: as many groups as lines is what spills.
    members = sa.func.array_agg(lines.c.member.distinct()).label("members")
    filled = sa.select(lines.c.basket, members).group_by(lines.c.basket).cte("filled")
    member_of = sa.func.unnest(filled.c.members).label("member")
    held = sa.select(filled.c.basket, member_of).subquery("held")
    count = sa.func.count()
    often = (
        sa.select(held.c.member, count.label("baskets"))
        .group_by(held.c.member)
        .order_by(count.desc(), held.c.member)
        .limit(CANDIDATES)
        .cte("often")
    )
    baskets = sa.select(sa.func.count()).select_from(filled).scalar_subquery()
    ranked = sa.select(
        often, sa.func.row_number().over(order_by=(often.c.baskets.desc(), often.c.member)).label("place")
    ).cte("ranked")
    # Pairs within each basket's own list: joining baskets with themselves would trust a planner's guess of how many.
    places = sa.func.array_agg(aggregate_order_by(ranked.c.place, ranked.c.place))
    lists = (
        sa.select(places.label("places"))
        .select_from(held.join(ranked, ranked.c.member == held.c.member))
        .group_by(held.c.basket)
        .having(sa.func.count() > 1)
        .subquery("lists")
    )
    ones, others = (
        sa.func.unnest(lists.c.places).table_valued("place").render_derived(name) for name in ("one", "other")
    )
    one, other = ones.c.place, others.c.place
    met = (
        sa.select(one.label("first"), other.label("second"), sa.func.count().label("baskets"))
        .select_from(lists.join(ones, sa.true()).join(others, one < other))
        .group_by(one, other)
        .order_by(sa.func.count().desc(), one, other)
        .limit(limit)
        .subquery("met")
    )
    first, second = ranked.alias("ranked_first"), ranked.alias("ranked_second")
    found = (
        sa.select(
            first.c.member.label("one"),
            second.c.member.label("other"),
            met.c.baskets,
            first.c.place.label("first"),
            second.c.place.label("second"),
            (met.c.baskets / sa.cast(first.c.baskets, sa.Float)).label("of_one"),
            (met.c.baskets / sa.cast(second.c.baskets, sa.Float)).label("of_other"),
            (sa.cast(met.c.baskets, sa.Float) * baskets / sa.cast(first.c.baskets * second.c.baskets, sa.Float)).label(
                "lift"
            ),
        )
        .join_from(met, first, first.c.place == met.c.first)
        .join(second, second.c.place == met.c.second)
        .subquery("found")
    )
    return _with_names(asked, dimension, found)


def _with_names(asked: Slice, dimension: str, found: sa.Subquery) -> Statement:
    one, other = asked.names(dimension, "one_names"), asked.names(dimension, "other_names")
    names = (one.c.key.label("one"), one.c.label.label("one_label"),
             other.c.key.label("other"), other.c.label.label("other_label"))  # fmt: skip
    figures = [found.c[name] for name in ("baskets", "of_one", "of_other", "lift")]
    joined = found.join(one, one.c.member == found.c.one).join(other, other.c.member == found.c.other)
    return (
        sa.select(*names, *figures).select_from(joined).order_by(found.c.baskets.desc(), found.c.first, found.c.second)
    )
