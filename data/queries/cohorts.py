"""Households by the month in which they first bought, and how many of them came back in the months after."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from data.cache import ResultCache
from data.models import SalesLine
from data.queries.metrics import Result
from data.queries.slices import Slice, answer
from data.semantic.expressions import Statement
from data.semantic.types import ColumnSpec, Grain, Unit

COLUMNS = (
    ColumnSpec("cohort", "First bought", Unit.DATE, "first day of the month of the household's first purchase"),
    ColumnSpec("month", "Month", Unit.DATE, "first day of the month in which they bought"),
    ColumnSpec("households", "Households", Unit.COUNT, "households of the cohort that bought in the month"),
    ColumnSpec("retention", "Retention", Unit.RATIO, "as a share of the households of the cohort"),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS, "net sales of the cohort in the month"),
)


def monthly_cohorts(conn: sa.Connection, asked: Slice, *, cache: ResultCache | None = None) -> Result:
    """Who bought in which month, by the month of their first purchase, from the first facts to the end of the slice.

    One row is a cohort in a month in which some of it bought; columns as in COLUMNS, in the order of cohort and month.
    The slice's start is not looked at: a first purchase is one before which there is none. Its filters and scope are:
    filtered to a department, a cohort first bought there in its month. Empty where nothing was sold. Business dates
    before the slice's end; source: sales_lines, or a rollup of them by household. Raises UnknownName and InvalidFilter.
    """
    return answer(conn, asked, _cohorts_stmt(replace(asked, start=None)), COLUMNS, cache)


def _cohorts_stmt(asked: Slice) -> Statement:
    month = sa.cast(sa.func.date_trunc("month", sa.cast(SalesLine.sold_on, sa.DateTime)), sa.Date)
    columns = {"household": SalesLine.household_id, "month": month, "net": SalesLine.net_cents}
    lines = asked.added_up("household_count", Grain.MONTH, **columns).subquery("lines")
    bought = (
        sa.select(lines.c.household, lines.c.month, sa.func.sum(lines.c.net).label("net"))
        .group_by(lines.c.household, lines.c.month)
        .cte("bought")
    )
    first = sa.func.min(bought.c.month).over(partition_by=bought.c.household).label("cohort")
    placed = sa.select(first, bought.c.month, bought.c.net).subquery("placed")
    found = (
        sa.select(
            placed.c.cohort,
            placed.c.month,
            sa.func.count().label("households"),
            sa.cast(sa.func.sum(placed.c.net), sa.BigInteger).label("net_sales"),
        )
        .group_by(placed.c.cohort, placed.c.month)
        .cte("found")
    )
    # Everybody of a cohort bought in its first month, so that is how many they are.
    size = sa.func.first_value(found.c.households).over(partition_by=found.c.cohort, order_by=found.c.month)
    retention = sa.cast(found.c.households, sa.Float) / size
    told = (found.c.cohort, found.c.month, found.c.households, retention.label("retention"), found.c.net_sales)
    return sa.select(*told).order_by(found.c.cohort, found.c.month)
