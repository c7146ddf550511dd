"""Customers: cohorts by first purchase, loyalty by recency and frequency, and the mix of segments."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from dashboard import format as fmt
from dashboard.charts.grid import Grid, grid_alt, grid_chart
from dashboard.charts.layout import rows_of
from dashboard.charts.ranking import Ranking, ranking_alt, ranking_chart
from dashboard.curated.asked import Asked
from dashboard.curated.piece import Piece
from dashboard.exports import Table
from data.models.households import SEGMENTS
from data.queries.cohorts import monthly_cohorts
from data.queries.loyalty import SEGMENTS as LOYALTY
from data.queries.loyalty import WEEKS, loyalty_grid, loyalty_segments
from data.semantic.catalog import catalog
from data.semantic.question import Query
from data.semantic.types import Grain, Unit

MIXED = SEGMENTS
_FIFTHS = (5, 4, 3, 2, 1)


def cohorts(asked: Asked) -> Piece:
    """How many of those who first bought in a month bought again in each month after."""
    result = monthly_cohorts(asked.conn, asked.slice, cache=asked.cache)
    frame = result.frame
    names: dict[Any, str] = {
        row.cohort: f"{fmt.bucket(row.cohort, Grain.MONTH)} ({row.households:,})"
        for row in rows_of(frame[frame["cohort"] == frame["month"]])
    }
    cells = pd.DataFrame([_cohort_cell(row, names) for row in rows_of(frame)])
    after = max((_months(row.cohort, row.month) for row in rows_of(frame)), default=0)
    # Everybody buys in the first month: without it, what differs is seen.
    drawn = cells[cells["column"] != "+0"]
    grid = Grid(drawn, "Households that bought again", tuple(names.values()),
                tuple(f"+{month}" for month in range(1, after + 1)))  # fmt: skip
    return Piece(
        "cohorts",
        "Who comes back",
        Table("Cohorts", frame, result.columns),
        partial(grid_chart, grid),
        grid_alt(grid),
        "Rows: the month of the first purchase, with how many households. Columns: months after it. Cells: percent of "
        "those households that bought in that month. All dates up to the end of the period count; the first rows hold "
        "everybody who already was a customer when the facts begin.",
    )


def _months(first: Any, month: Any) -> int:
    return int((month.year - first.year) * 12 + month.month - first.month)


def _cohort_cell(row: Any, names: dict[Any, str]) -> dict[str, object]:
    share = float(row.retention)
    return {
        "row": names[row.cohort],
        "column": f"+{_months(row.cohort, row.month)}",
        "value": share,
        "words": f"{share * 100:.0f}",
        "told": f"{fmt.percent(share)} of the cohort bought in {fmt.bucket(row.month, Grain.MONTH)}\n"
        f"{row.households:,} households\n{fmt.exact(row.net_sales, Unit.CENTS)} net sales",
    }


def loyalty(asked: Asked) -> Piece:
    """Households by recency and frequency."""
    result = loyalty_grid(asked.conn, asked.slice, cache=asked.cache)
    cells = pd.DataFrame(
        [
            {
                "row": _often(row.frequency),
                "column": _recent(row.recency),
                "value": float(row.households),
                "words": f"{row.households:,}",
                "told": f"{row.segment}\n{row.households:,} households\n{row.baskets:,} baskets\n"
                f"{fmt.exact(row.net_sales, Unit.CENTS)} net sales",
            }
            for row in rows_of(result.frame)
        ]
    )
    grid = Grid(cells, "Households by recency and frequency", tuple(map(_often, _FIFTHS)),
                tuple(_recent(score) for score in reversed(_FIFTHS)))  # fmt: skip
    return Piece(
        "loyalty",
        "How recently and how often",
        Table("Loyalty", result.frame, result.columns),
        partial(grid_chart, grid),
        grid_alt(grid, best="most households"),
        f"The {WEEKS} weeks to the end of the period. Each side cuts the households into fifths: the most recent are "
        "at the right, the most frequent at the top; households that are equal stay together.",
    )


def _often(score: int) -> str:
    return {5: "5, most often", 1: "1, least often"}.get(score, str(score))


def _recent(score: int) -> str:
    return {5: "5, latest", 1: "1, longest ago"}.get(score, str(score))


def segments(asked: Asked) -> Table:
    """What each segment of loyalty is worth."""
    result = loyalty_segments(asked.conn, asked.slice, cache=asked.cache)
    return Table("Segments", result.frame, result.columns)


def segment_words() -> str:
    """What the segments are, as one line each."""
    return "  \n".join(f"**{name}**: {meaning}" for name, meaning in LOYALTY.items())


def segment_label(dimension: str) -> str:
    """What a segment of the households is called."""
    return catalog().subject("sales").dimensions[dimension].label


def mix(asked: Asked, dimension: str) -> Piece:
    """Net sales by a segment of the households, as the surveys have it."""
    result = asked.ask(Query(("net_sales", "households"), (dimension,)))
    label = segment_label(dimension)
    values = result.frame["net_sales"].astype("float64")
    frame = pd.DataFrame({"key": result.frame[dimension], "label": result.frame[dimension], "value": values})
    frame = frame.assign(before=float("nan")).sort_values(["value", "key"], ascending=[False, True], ignore_index=True)
    ranking = Ranking(frame, "Net sales", label.lower(), Unit.CENTS, currency=asked.currency, clickable=False)
    return Piece(
        "mix",
        f"Net sales by {label.lower()}",
        Table("Mix", result.frame, result.columns),
        partial(ranking_chart, ranking),
        ranking_alt(ranking),
        "Unknown: households that no survey describes.",
        asked.origin("net_sales", dimension),
    )
