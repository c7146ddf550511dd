"""Stores: their ranking, each one's line, and how size and growth go together."""

from __future__ import annotations

from functools import partial

import pandas as pd

from dashboard import format as fmt
from dashboard.charts.layout import rows_of
from dashboard.charts.multiples import Multiples, multiples_alt, multiples_chart
from dashboard.charts.plot import Plot, plot_alt
from dashboard.charts.ranking import Ranking, others_note, ranking_alt, ranking_chart
from dashboard.charts.scatter import scatter_chart
from dashboard.curated.asked import Asked
from dashboard.curated.piece import Piece
from dashboard.exports import Table
from dashboard.periods import Span, buckets, next_bucket
from data.queries.metrics import Result
from data.semantic.question import Compare, Filter, Query, Versus
from data.semantic.types import PERIOD, ColumnSpec, Unit

LINES = 12
MOST_GROWTH = 1.0
_HEIGHT = 320


def ranking(asked: Asked) -> Piece:
    """Stores by net sales, each against what it was."""
    result = _stores(asked, without="store")
    frame = _figures(result)
    before = str(asked.compared) if asked.compared else None
    picked = asked.filters.picked("store")
    shown = Ranking(frame, "Net sales", "store", Unit.CENTS, picked, before, asked.currency)
    return Piece("stores", "Stores by net sales", Table("Stores", result.frame, result.columns),
                 partial(ranking_chart, shown), ranking_alt(shown), others_note(shown),
                 asked.origin("net_sales", "store"))  # fmt: skip


def each(asked: Asked) -> Piece:
    """The largest stores, each with its own line on one scale."""
    best = _figures(_stores(asked)).head(LINES)
    query = Query(("net_sales",), ("store",), grain=asked.filters.grain,
                  filters=(Filter("store", tuple(best["key"].tolist())),) if len(best) else ())  # fmt: skip
    result = asked.ask(query, without="store")
    totals = dict(zip(best["label"], best["value"], strict=True))
    shown = Multiples(_by_store(asked, result, best), f"Net sales by {asked.filters.grain}", Unit.CENTS,
                      asked.filters.grain, asked.currency, totals)  # fmt: skip
    highest = fmt.short(float(shown.frame["value"].max()), Unit.CENTS, asked.currency)
    note = f"The {len(best)} stores with most net sales, by {asked.filters.grain}, {asked.span}."
    note = f"{note} One scale for all, from zero to {highest}." if len(best) > 1 else ""
    return Piece("each-store", "Each store", Table("Each store", result.frame, result.columns),
                 partial(multiples_chart, shown), multiples_alt(shown), note,
                 asked.origin("net_sales", PERIOD, "store"))  # fmt: skip


def size_and_growth(asked: Asked, before: Span) -> Piece | None:
    """Net sales against their change, a point for each store that sold in both periods; None where none did."""
    result = _stores(asked)
    rows = result.frame.dropna(subset=["net_sales_change_rate"])
    rows = rows[(rows["net_sales_before"] > 0) & (rows["net_sales"] > 0)].reset_index(drop=True)
    if rows.empty:
        return None
    frame = pd.DataFrame({
        "x": rows["store_label"].astype("str"),
        "series": "",
        "value": rows["net_sales"].astype("float64"),
        "before": float("nan"),
        "kind": "member",
        "mark": range(len(rows)),
        "complete": True,
        "y": rows["net_sales_change_rate"].astype("float64").clip(upper=MOST_GROWTH),
    })  # fmt: skip
    plot = Plot(frame, "Net sales", Unit.CENTS, "Store", "", None, str(asked.span), currency=asked.currency,
                y_label=f"Change on {before}", y_unit=Unit.RATIO, clickable=False)  # fmt: skip
    columns = (
        ColumnSpec("store_label", "Store", Unit.TEXT),
        ColumnSpec("net_sales", "Net sales", Unit.CENTS),
        ColumnSpec("net_sales_before", "Before", Unit.CENTS),
        ColumnSpec("net_sales_change_rate", "Change", Unit.RATIO),
    )
    table = Table("Size and growth", rows, columns, signed=frozenset({"net_sales_change_rate"}))
    left, above = len(result.frame) - len(rows), int((rows["net_sales_change_rate"] > MOST_GROWTH).sum())
    notes = [f"{above:,} that more than doubled are drawn at the top; the table has their growth." if above else "",
             f"{left:,} that sold in one of the periods alone have none and are left out." if left else ""]  # fmt: skip
    return Piece("growth", "Size and growth", table, partial(scatter_chart, plot, height=_HEIGHT),
                 plot_alt(plot, "scatter"), " ".join(filter(None, notes)))  # fmt: skip


def _stores(asked: Asked, *, without: str | None = None) -> Result:
    before = asked.compared
    compare = None if before is None else Compare(Versus.RANGE, before.start, before.end)
    span = asked.span
    query = Query(("net_sales",), ("store",), start=span.start, end=span.end, compare=compare)
    return asked.ask(query, without=without)


def _figures(result: Result) -> pd.DataFrame:
    found = result.frame
    held = found["net_sales_before"].astype("float64") if "net_sales_before" in found else float("nan")
    frame = pd.DataFrame({
        "key": found["store"],
        "label": found["store_label"].astype("str"),
        "value": found["net_sales"].astype("float64"),
        "before": held,
    })  # fmt: skip
    return frame.sort_values(["value", "key"], ascending=[False, True], ignore_index=True)


def _by_store(asked: Asked, result: Result, best: pd.DataFrame) -> pd.DataFrame:
    """Every bucket of every store, zero where nothing was sold."""
    grain, span = asked.filters.grain, asked.span
    known = {(row.store, row.period.date()): float(row.net_sales) for row in rows_of(result.frame)}
    rows = [
        (row.label, pd.Timestamp(start), known.get((row.key, start), 0.0),
         start >= span.start and next_bucket(start, grain) <= span.end)
        for row in rows_of(best) for start in buckets(span, grain)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["label", "period", "value", "complete"])
