"""Attainment: net sales against targets by department and month, and where the month ends at the rate so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import format as fmt
from dashboard.charts.grid import Grid, grid_alt, grid_chart
from dashboard.charts.layout import rows_of
from dashboard.curated.asked import Asked
from dashboard.curated.piece import Piece
from dashboard.explain.words import amount
from dashboard.exports import Table
from dashboard.periods import Span, buckets
from data.queries.run_rate import COLUMNS, attainment_by_month, attainment_of_all, in_all, month_of, run_rates
from data.semantic.types import PERIOD, ColumnSpec, Grain, Unit

ALL = "All departments"
_MONTHS = 12
_COLUMNS = (
    ColumnSpec("department", "Department", Unit.TEXT),
    ColumnSpec("period", "Month from", Unit.DATE),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS),
    ColumnSpec("target", "Target", Unit.CENTS),
    ColumnSpec("attainment", "Attainment", Unit.RATIO),
)
_TILES = "<style>.st-key-month > * { flex: 1 1 9rem; min-width: 9rem; }</style>"  # two by two on a phone
_NOTE = (
    "Percent of the target, largest department first, in the months up to the end of the period. Blue: met. Orange: "
    "missed. A month that is not over is held against the target of the days so far."
)


def by_month(asked: Asked) -> Piece | None:
    """Departments by month, blue where the target was met and orange where it was missed; None without targets."""
    span = _months(asked)
    whole = replace(in_all(asked.slice), start=span.start, end=span.end)
    each = attainment_by_month(asked.conn, whole, cache=asked.cache).dropna(subset=["attainment"])
    if each.empty:
        return None
    together = attainment_of_all(asked.conn, whole, cache=asked.cache).dropna(subset=["attainment"])
    known = pd.concat([together.assign(department=ALL), each], ignore_index=True)
    largest = each.groupby("department")["target"].sum().sort_values(ascending=False, kind="stable")
    months = tuple(fmt.bucket(start, Grain.MONTH) for start in buckets(span, Grain.MONTH))
    shown = Grid(pd.DataFrame([_cell(row) for row in rows_of(known)]), "Attainment by department and month",
                 (ALL, *map(str, largest.index)), months, middle=1.0, reach=0.2,
                 labels=tuple((month, month.split()[0]) for month in months))  # fmt: skip
    return Piece("attainment", "Attainment by department and month", Table("Attainment", known, _COLUMNS),
                 partial(grid_chart, shown), grid_alt(shown), _NOTE,
                 asked.origin("attainment", "department", PERIOD), dense=True)  # fmt: skip


def _months(asked: Asked) -> Span:
    """The months up to the end of the period, as far as there are facts."""
    end = asked.span.last.year * 12 + asked.span.last.month
    year, month = divmod(end - _MONTHS, 12)
    return Span(max(date(year, month + 1, 1), asked.facts[0].replace(day=1)), asked.span.end)


def _cell(row: Any) -> dict[str, object]:
    return {
        "row": row.department,
        "column": fmt.bucket(row.period, Grain.MONTH),
        "value": float(row.attainment),
        "words": f"{row.attainment * 100:.0f}",
        "told": f"{fmt.percent(row.attainment)} of {fmt.exact(row.target, Unit.CENTS)}\n"
        f"{fmt.exact(row.net_sales, Unit.CENTS)} net sales",
    }


def at_this_rate(asked: Asked) -> tuple[str, Table]:
    """The month of the last date that has facts: its name with how far it is, and each department's run rate."""
    last = asked.facts[1]
    start, end = month_of(last)
    frame = run_rates(asked.conn, in_all(asked.slice), last=last, cache=asked.cache)
    gone, days = (last - start).days + 1, (end - start).days
    name = fmt.bucket(start, Grain.MONTH)
    so_far = f"{name}: {gone} of {days} days" if gone < days else f"{name}, whole"
    return so_far, Table(f"Run rate, {name}", frame, COLUMNS, signed=frozenset({"missing"}))


def show_month(asked: Asked, so_far: str, table: Table) -> None:
    """The month in all: so far, wanted, and where it ends at this rate."""
    sums = table.frame[["net_sales", "target", "run_rate", "missing"]].sum()
    if not sums["target"]:
        return
    behind = int((table.frame["missing"] < 0).sum())
    net, target, rate = (fmt.short(float(sums[name]), Unit.CENTS, asked.currency)
                         for name in ("net_sales", "target", "run_rate"))  # fmt: skip
    st.html(_TILES)
    with st.container(horizontal=True, key="month"):
        st.metric(f"Net sales, {so_far}", net, f"{fmt.percent(sums['net_sales'] / sums['target'])} of target",
                  delta_color="off", delta_arrow="off", border=True)  # fmt: skip
        st.metric("Target of the month", target, f"of {len(table.frame)} departments", delta_color="off",
                  delta_arrow="off", border=True)  # fmt: skip
        st.metric("At this rate", rate, amount(Decimal(int(sums["missing"])), Unit.CENTS, sign=True), delta_color="off",
                  delta_arrow="off", border=True)  # fmt: skip
        st.metric("Departments behind", f"{behind}", f"of {len(table.frame)}", delta_color="off", delta_arrow="off",
                  border=True)  # fmt: skip
