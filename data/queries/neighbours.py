"""What is bought with one member: what else its baskets hold, and how much more often than by chance."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.cache import ResultCache
from data.errors import UsageError
from data.models import SalesLine
from data.queries.metrics import Result
from data.queries.pairs import PAIRED
from data.queries.slices import Slice, answer
from data.semantic.expressions import Statement
from data.semantic.members import key_literal
from data.semantic.types import ColumnSpec, Dimension, Unit


def neighbour_columns(dimension: Dimension) -> tuple[ColumnSpec, ...]:
    """The columns of what is bought with a member of the dimension."""
    return (
        ColumnSpec("key", dimension.label, dimension.unit),
        ColumnSpec("label", dimension.label, Unit.TEXT),
        ColumnSpec("baskets", "Baskets", Unit.COUNT, "baskets that hold both"),
        ColumnSpec("share", "Of its baskets", Unit.RATIO, "share of the member's baskets that hold the other, too"),
        ColumnSpec("lift", "Lift", Unit.NUMBER, "how many times as often as if they were bought independently"),
    )


def bought_with(
    conn: sa.Connection, asked: Slice, *, dimension: str, key: Any, limit: int = 12, cache: ResultCache | None = None
) -> Result:
    """The members of a dimension that most of the baskets with the member `key` hold, too.

    One row is another member; columns as `neighbour_columns`: its natural key and label, then figures. Most baskets
    first, then by member; at most `limit` rows, none where its baskets hold nothing else. Business dates and filters of
    the slice; sources: sales_lines and the dimension's tables. Raises UsageError for dimensions that are not paired.
    """
    if dimension not in PAIRED:
        raise UsageError(f"what is bought together is told of {', '.join(PAIRED)}; got {dimension!r}")
    stmt = _neighbours_stmt(asked, dimension, key, limit)
    return answer(conn, asked, stmt, neighbour_columns(asked.dimension(dimension)), cache)


def _neighbours_stmt(asked: Slice, dimension: str, key: Any, limit: int) -> Statement:
    declared = asked.dimension(dimension)
    held = asked.lines(basket=SalesLine.basket_id, member=declared.grouped_by).distinct().cte("held")
    named = asked.names(dimension, "asked_for")
    own = sa.select(named.c.member).where(named.c.key == key_literal(declared, key)).scalar_subquery()
    its = sa.select(held.c.basket).where(held.c.member == own).cte("its")
    count = sa.func.count()
    met = (
        sa.select(held.c.member, count.label("baskets"))
        .join_from(held, its, its.c.basket == held.c.basket)
        .where(held.c.member != own)
        .group_by(held.c.member)
        .order_by(count.desc(), held.c.member)
        .limit(limit)
        .cte("met")
    )
    all_of = (
        sa.select(held.c.member, count.label("baskets"))
        .where(held.c.member.in_(sa.select(met.c.member)))
        .group_by(held.c.member)
        .cte("all_of")
    )
    ours = sa.cast(sa.select(count).select_from(its).scalar_subquery(), sa.Float)
    every = sa.select(sa.func.count(held.c.basket.distinct())).scalar_subquery()
    names = asked.names(dimension, "names")
    return (
        sa.select(
            names.c.key,
            names.c.label,
            met.c.baskets,
            (met.c.baskets / ours).label("share"),
            (met.c.baskets * sa.cast(every, sa.Float) / (ours * all_of.c.baskets)).label("lift"),
        )
        .select_from(met.join(all_of, all_of.c.member == met.c.member).join(names, names.c.member == met.c.member))
        .order_by(met.c.baskets.desc(), met.c.member)
    )
