"""How each department stands against its target of the month, and where it ends at the rate so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.cache import ResultCache
from data.frames import frame_of
from data.queries.metrics import metric_result
from data.queries.slices import Slice
from data.semantic.question import Query
from data.semantic.types import ColumnSpec, Grain, Unit

COLUMNS = (
    ColumnSpec("department", "Department", Unit.TEXT),
    ColumnSpec("net_sales", "Net sales so far", Unit.CENTS),
    ColumnSpec("target", "Target of the month", Unit.CENTS),
    ColumnSpec("attained", "Attained so far", Unit.RATIO, "net sales so far as a share of the month's whole target"),
    ColumnSpec(
        "run_rate", "At this rate", Unit.CENTS, "net sales of the whole month, should each day be as those before"
    ),
    ColumnSpec("at_rate", "Attained at this rate", Unit.RATIO, "the run rate as a share of the target"),
    ColumnSpec("missing", "To spare or missing", Unit.CENTS, "the run rate less the target"),
)


def month_of(day: date) -> tuple[date, date]:
    """The month that a day lies in, `[start, end)`."""
    start = day.replace(day=1)
    return start, (start + timedelta(days=32)).replace(day=1)


def run_rates(conn: sa.Connection, asked: Slice, *, last: date, cache: ResultCache | None = None) -> pd.DataFrame:
    """Departments with a target in the month of `last`, the last date that has facts: so far, and at this rate.

    One row is a department; columns as in COLUMNS, the most missing first. The run rate is net sales so far times the
    days of the month over the days gone, rounded to the cent. Empty where the month has no targets. The slice's dates
    are not looked at. Sources: sales_lines, targets and products. Raises UsageError where the slice keeps some stores
    only: targets are not set by store.
    """
    start, end = month_of(last)
    gone, days = (last - start).days + 1, (end - start).days
    sold = _by_department(conn, asked, "net_sales", (start, last + timedelta(days=1)), cache)
    wanted = _by_department(conn, asked, "target", (start, end), cache)
    rows = [_row(name, sold.get(name, 0), target, gone, days) for name, target in wanted.items() if target]
    return frame_of(sorted(rows, key=lambda row: (row[-1], row[0])), COLUMNS)


def attainment_by_month(conn: sa.Connection, asked: Slice, *, cache: ResultCache | None = None) -> pd.DataFrame:
    """Net sales, target and attainment by department and month, over the slice's dates; columns as the metrics give.

    One row is a department in a month, with `period` the month's first day. A month that the dates cut off is held
    against the target of those days. Raises as `run_rates`.
    """
    return _attainment(conn, asked, ("department",), cache)


def attainment_of_all(conn: sa.Connection, asked: Slice, *, cache: ResultCache | None = None) -> pd.DataFrame:
    """The same for all departments together: one row is a month."""
    return _attainment(conn, asked, (), cache)


def in_all(asked: Slice) -> Slice:
    """The slice without filters on anything but departments, by which alone targets are set."""
    return replace(asked, filters=tuple(f for f in asked.filters if f.dimension == "department"))


def _attainment(
    conn: sa.Connection, asked: Slice, dimensions: tuple[str, ...], cache: ResultCache | None
) -> pd.DataFrame:
    query = Query(("net_sales", "target", "attainment"), dimensions, grain=Grain.MONTH, start=asked.start,
                  end=asked.end, filters=asked.filters)  # fmt: skip
    return metric_result(conn, query, scope=asked.scope, cache=cache, revision=asked.revision).frame


def _by_department(
    conn: sa.Connection, asked: Slice, metric: str, dates: tuple[date, date], cache: ResultCache | None
) -> dict[str, int]:
    query = Query((metric,), ("department",), start=dates[0], end=dates[1], filters=asked.filters)
    frame = metric_result(conn, query, scope=asked.scope, cache=cache, revision=asked.revision).frame.dropna()
    return dict(zip(frame["department"].tolist(), map(int, frame[metric]), strict=True))


def _row(department: str, net: int, target: int, gone: int, days: int) -> tuple[Any, ...]:
    rate = (2 * net * days + gone) // (2 * gone)  # half a cent goes up
    return (department, net, target, net / target, rate, rate / target, rate - target)
