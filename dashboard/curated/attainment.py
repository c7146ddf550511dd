"""Attainment: net sales against targets by department and month, and where the month ends at the rate so far."""

from __future__ import annotations

from functools import partial

import pandas as pd

from dashboard import format as fmt
from dashboard.charts.grid import Grid, grid_alt, grid_chart
from dashboard.charts.layout import rows_of
from dashboard.curated.asked import Asked
from dashboard.curated.piece import Piece
from dashboard.exports import Table
from dashboard.periods import buckets
from data.queries.run_rate import COLUMNS, attainment_by_month, in_all, month_of, run_rates
from data.semantic.types import PERIOD, ColumnSpec, Grain, Unit

_COLUMNS = (
    ColumnSpec("department", "Department", Unit.TEXT),
    ColumnSpec("period", "Month from", Unit.DATE),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS),
    ColumnSpec("target", "Target", Unit.CENTS),
    ColumnSpec("attainment", "Attainment", Unit.RATIO),
)


def by_month(asked: Asked) -> Piece | None:
    """Departments by month, blue where the target was met and orange where it was missed; None without targets."""
    frame = attainment_by_month(asked.conn, in_all(asked.slice), cache=asked.cache)
    known = frame.dropna(subset=["attainment"])
    if known.empty:
        return None
    cells = pd.DataFrame(
        [
            {
                "row": row.department,
                "column": fmt.bucket(row.period, Grain.MONTH),
                "value": float(row.attainment),
                "words": f"{row.attainment * 100:.0f}",
                "told": f"{fmt.percent(row.attainment)} of {fmt.exact(row.target, Unit.CENTS)}\n"
                f"{fmt.exact(row.net_sales, Unit.CENTS)} net sales",
            }
            for row in rows_of(known)
        ]
    )
    months = [fmt.bucket(start, Grain.MONTH) for start in buckets(asked.span, Grain.MONTH)]
    largest = known.groupby("department")["target"].sum().sort_values(ascending=False)
    grid = Grid(cells, "Attainment by department and month", tuple(map(str, largest.index)), tuple(months), middle=1.0,
                reach=0.2)  # fmt: skip
    note = (
        "Percent of the target, largest department first. Blue: met. Orange: missed. A month that the period cuts off "
    )
    note += "is held against the target of those days."
    return Piece("attainment", "Attainment by department and month", Table("Attainment", known, _COLUMNS),
                 partial(grid_chart, grid), grid_alt(grid), note,
                 asked.origin("attainment", "department", PERIOD))  # fmt: skip


def at_this_rate(asked: Asked) -> tuple[str, Table]:
    """The month of the last date that has facts: its name with how far it is, and each department's run rate."""
    last = asked.facts[1]
    start, end = month_of(last)
    frame = run_rates(asked.conn, in_all(asked.slice), last=last, cache=asked.cache)
    gone, days = (last - start).days + 1, (end - start).days
    name = fmt.bucket(start, Grain.MONTH)
    so_far = f"{name}: {gone} of {days} days" if gone < days else f"{name}, whole"
    return so_far, Table(f"Run rate, {name}", frame, COLUMNS, signed=frozenset({"missing"}))
