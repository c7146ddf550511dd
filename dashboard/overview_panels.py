"""The panels of the overview: the trend, who it comes from, the best-selling products, and the files of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from dashboard.charts.palette import Palette
from dashboard.charts.ranking import others_note, ranking_alt, ranking_chart
from dashboard.charts.trend import trend_alt, trend_chart
from dashboard.downloads import download_button
from dashboard.explore.address import explore_address
from dashboard.exports import CSV_TYPE, XLSX_TYPE, Table, csv_file, xlsx_file
from dashboard.filters import toggle
from dashboard.overview import RANKED, Overview
from dashboard.overview_tables import export_notes
from dashboard.panels import Origin, panel, show_table, trend_note
from dashboard.past.pin import Pin
from dashboard.selection import Filters
from dashboard.states import freshness_text
from dashboard.usual import BANDED, usual_switch
from data.queries.freshness import Freshness
from data.semantic.types import PERIOD

Tables = Mapping[str, Table]


def trend_panel(overview: Overview, tables: Tables, filters: Filters, pin: Pin, look: Palette) -> None:
    """Net sales over time, with events and the usual range."""
    panel(
        f"Net sales by {filters.grain}",
        partial(trend_chart, overview.trend, overview.events, look),
        tables["trend"],
        alt=trend_alt(overview.trend),
        key="trend",
        origin=_origin(filters, PERIOD, pin),
        note=trend_note(overview.trend, overview.events),
        switch=partial(usual_switch, "trend") if overview.filters.grain in BANDED else None,
    )


def ranking_panels(overview: Overview, tables: Tables, filters: Filters, pin: Pin, look: Palette) -> None:
    """Net sales by each of the ranked dimensions; a click on a bar filters by it."""
    for column, name in zip(st.columns(len(RANKED)), RANKED, strict=True):
        ranking = overview.rankings[name]
        with column:
            panel(
                f"Net sales by {name}",
                partial(ranking_chart, ranking, look),
                tables[name],
                alt=ranking_alt(ranking),
                key=name,
                origin=_origin(filters, name, pin),
                note=others_note(ranking),
                on_pick=partial(toggle, filters, name),
            )


def products_panel(overview: Overview, tables: Tables, fresh: Freshness, asked: str, pin: Pin) -> None:
    """The best-selling products, and everything on the page as files."""
    st.header("Best-selling products", anchor=False)
    show_table(tables["product"], key="products", alt=f"The {len(overview.products)} best-selling products")
    notes = export_notes(overview, freshness_text(fresh), asked, pin.notes)
    file, products = f"overview-{overview.span.last}{pin.suffix}", partial(csv_file, tables["product"])
    workbook = partial(xlsx_file, list(tables.values()), notes)
    with st.container(horizontal=True):
        download_button("Download all as XLSX", workbook, f"{file}.xlsx", XLSX_TYPE, revision=fresh.revision)
        download_button("Download products as CSV", products, f"{file}.csv", CSV_TYPE, revision=fresh.revision)


def _origin(filters: Filters, key: str, pin: Pin) -> Origin:
    return Origin(explore_address(filters, "net_sales", key, revision=pin.revision), pin.revision or pin.newest)
