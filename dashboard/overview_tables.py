"""The figures of the overview as tables: what "as table" shows and what the files hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from dashboard import format as fmt
from dashboard.exports import Table
from dashboard.kept import kept_with
from dashboard.overview import Overview
from dashboard.past.words import file_suffix
from dashboard.summary import TILES, metric
from data.semantic.types import ColumnSpec, Unit

_BUCKETS = {"day": "Day", "week": "Week from", "month": "Month from"}


def overview_tables(overview: Overview) -> Mapping[str, Table]:
    """By the name that a panel uses: totals, trend, department, store and product."""
    tables = {"totals": _totals(overview), "trend": _trend(overview)}
    shared: Mapping[str, Table] = kept_with(overview.parts, "tables", lambda: _of_parts(overview))
    return {**_at_revision(overview, tables), **shared}


def _of_parts(overview: Overview) -> dict[str, Table]:
    tables = {
        "department": _ranking(overview, "department", "Departments"),
        "store": _ranking(overview, "store", "Stores"),
        "product": _products(overview),
    }
    return _at_revision(overview, tables)


def _at_revision(overview: Overview, tables: Mapping[str, Table]) -> dict[str, Table]:
    return {name: replace(table, suffix=file_suffix(overview.revision)) for name, table in tables.items()}


def export_notes(overview: Overview, freshness: str, members: str, past: list[str]) -> list[str]:
    """What a workbook says about itself: what was asked for, as of when (`past`), and how fresh the answer is."""
    notes = [f"Overview, {overview.span}", *past]
    if overview.compared:
        notes.append(f"Compared with {overview.compared}")
    if overview.note:
        notes.append(overview.note)
    return [*notes, members, f"Money in {overview.currency}", freshness]


def _spec(name: str) -> ColumnSpec:
    declared = metric(name)
    return ColumnSpec(name, declared.label, declared.unit, declared.description)


def _totals(overview: Overview) -> Table:
    """One row a period, so that every column has one unit."""
    rows = [{"dates": str(overview.span), **overview.totals}]
    if overview.compared:
        rows.append({"dates": str(overview.compared), **overview.before})
    return Table("Totals", pd.DataFrame(rows), (ColumnSpec("dates", "Dates", Unit.TEXT), *map(_spec, TILES)))


def _trend(overview: Overview) -> Table:
    grain = overview.filters.grain
    frame = overview.series.assign(bucket=[fmt.bucket(day, grain) for day in overview.series["period"]])
    columns = [ColumnSpec("period", _BUCKETS[grain], Unit.DATE), *map(_spec, TILES)]
    if overview.compared:
        before = overview.trend.frame
        frame = frame.assign(before=before["before"], before_period=before["before_period"])
        columns[2:2] = [
            ColumnSpec("before", "Net sales before", Unit.CENTS_RATIO),
            ColumnSpec("before_period", "Compared with", Unit.DATE),
        ]
    return Table(f"By {grain}", frame, tuple(columns))


def _ranking(overview: Overview, dimension: str, title: str) -> Table:
    frame = overview.rankings[dimension].frame
    total = frame["value"].sum()
    frame = frame.assign(share=frame["value"] / total if total > 0 else float("nan"))
    columns = [
        ColumnSpec("label", dimension.capitalize(), Unit.TEXT),
        ColumnSpec("value", "Net sales", Unit.CENTS_RATIO, metric("net_sales").description),
        ColumnSpec("share", "Share", Unit.RATIO, "Share of all that is listed."),
    ]
    return _compared(Table(title, frame, tuple(columns)), overview)


def _products(overview: Overview) -> Table:
    frame = overview.products.assign(
        value=overview.products["net_sales"].astype("float64"), before=overview.products["before"].astype("Float64")
    )
    columns = (
        ColumnSpec("product_label", "Product", Unit.TEXT),
        ColumnSpec("value", "Net sales", Unit.CENTS_RATIO, metric("net_sales").description),
        _spec("units"),
        _spec("baskets"),
        ColumnSpec("department", "Department", Unit.TEXT),
    )
    return _compared(Table("Products", frame, columns), overview)


def _compared(table: Table, overview: Overview) -> Table:
    """With what each row was in the comparison and how much it moved, beside what it is now."""
    if overview.compared is None:
        return table
    before = table.frame["before"].astype("float64")
    moved = (table.frame["value"] / before - 1).where(before > 0)
    columns = list(table.columns)
    columns[2:2] = [
        ColumnSpec("before", "Before", Unit.CENTS_RATIO, f"Net sales in {overview.compared}."),
        ColumnSpec("moved", "Change", Unit.RATIO, "A dash where nothing was sold before."),
    ]
    return Table(table.title, table.frame.assign(before=before, moved=moved), tuple(columns), frozenset({"moved"}))
