"""The panels of the overview: the trend, who it comes from, the best-selling products, and the files of all of them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard.downloads import download_button
from dashboard.explain.leading import explain_links
from dashboard.explore.address import explore_address, state_of
from dashboard.exports import CSV_TYPE, XLSX_TYPE, csv_file, xlsx_file
from dashboard.filters import toggle
from dashboard.overview import RANKED
from dashboard.overview_shown import BY_INTERVAL, Shown
from dashboard.overview_tables import export_notes
from dashboard.panels import Origin, panel, show_kept_table
from dashboard.past.pin import Pin
from dashboard.selection import PLAIN, Filters
from dashboard.states import freshness_text
from dashboard.usual import BANDED, usual_switch
from dashboard.visits import last_visit
from data.semantic.types import PERIOD


@st.fragment(key=BY_INTERVAL)
def by_interval(shown: Shown) -> None:
    """All that another interval changes, and that is drawn again without the rest: the tiles and the trend."""
    shown.follow()
    filters, pin = shown.filters, shown.pin
    st.html(shown.drawn.tiles)
    with st.container():
        if shown.overview.note:
            st.caption(shown.overview.note)
        state = state_of(filters, "net_sales", revision=pin.revision)
        explain_links(state, seen=last_visit(shown.user), newest=pin.newest)
    _trend_panel(shown)


def _trend_panel(shown: Shown) -> None:
    """Net sales over time, with events and the usual range."""
    drawn, grain = shown.drawn, shown.filters.grain
    chart = drawn.charts["trend"]
    panel(
        f"Net sales by {grain}",
        lambda: chart.figure,
        drawn.tables["trend"],
        alt=chart.alt,
        key="trend",
        origin=_origin(shown.filters, PERIOD, shown.pin),
        note=chart.note,
        switch=partial(usual_switch, "trend") if grain in BANDED else None,
    )


def ranking_panels(shown: Shown) -> None:
    """Net sales by each of the ranked dimensions; a click on a bar filters by it."""
    for column, name in zip(st.columns(len(RANKED)), RANKED, strict=True):
        chart = shown.drawn.charts[name]
        with column:
            panel(
                f"Net sales by {name}",
                partial(getattr, chart, "figure"),
                shown.drawn.tables[name],
                alt=chart.alt,
                key=name,
                # A ranking has no interval; the page's may be another by the time that its link is followed.
                origin=_origin(replace(shown.filters, grain=PLAIN.grain), name, shown.pin),
                note=chart.note,
                on_pick=partial(_pick, shown, name),
            )


def products_panel(shown: Shown) -> None:
    """The best-selling products, and everything on the page as files."""
    overview, fresh, products = shown.overview, shown.fresh, shown.drawn.tables["product"]
    st.header("Best-selling products", anchor=False)
    show_kept_table(products, key="products", alt=f"The {len(overview.products)} best-selling products")
    file = f"overview-{overview.span.last}{shown.pin.suffix}"
    with st.container(horizontal=True):
        workbook = partial(_workbook, shown)
        download_button("Download all as XLSX", workbook, f"{file}.xlsx", XLSX_TYPE, revision=fresh.revision)
        as_csv = partial(csv_file, products)
        download_button("Download products as CSV", as_csv, f"{file}.csv", CSV_TYPE, revision=fresh.revision)


def _pick(shown: Shown, dimension: str, key: object) -> None:
    toggle(shown.filters, dimension, key)


def _workbook(shown: Shown) -> bytes:
    """What is shown when the file is asked for, which may be by another interval than when the page was drawn."""
    notes = export_notes(shown.overview, freshness_text(shown.fresh), shown.asked, shown.pin.notes)
    return xlsx_file(list(shown.drawn.tables.values()), notes)


def _origin(filters: Filters, key: str, pin: Pin) -> Origin:
    return Origin(explore_address(filters, "net_sales", key, revision=pin.revision), pin.revision or pin.newest)
