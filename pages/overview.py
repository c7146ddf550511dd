"""How sales are going: six figures, their trend, and who they come from. A click on a bar filters everything."""

from functools import partial

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.charts.ranking import others_note, ranking_alt, ranking_chart
from dashboard.charts.trend import trend_alt, trend_chart
from dashboard.explain.leading import explain_links
from dashboard.explore.address import explore_address, state_of
from dashboard.exports import CSV_TYPE, XLSX_TYPE, csv_file, xlsx_file
from dashboard.filters import ask_for, filter_bar, in_words, read_choices, toggle
from dashboard.overview import RANKED, read_overview
from dashboard.overview_tables import export_notes, overview_tables
from dashboard.panels import Origin, colours, panel, show_table, trend_note
from dashboard.past.banner import past_banner
from dashboard.past.chooser import revision_chooser
from dashboard.past.pin import pin_in_link, pin_of_link
from dashboard.periods import Period
from dashboard.selection import Filters
from dashboard.states import footer, freshness_text, nothing_loaded, nothing_sold
from dashboard.tiles import show_tiles
from dashboard.usual import BANDED, usual_switch
from dashboard.visits import last_visit
from data.queries.freshness import freshness
from data.semantic.types import PERIOD

user = require("analyst")
st.title("Overview", anchor=False)
st.caption("How sales are going, and whom they come from. Click a bar to filter the page by it.")

with load.reading(user.scope) as conn:
    pin, unknown = pin_of_link(conn)
    fresh = freshness(conn, revision=pin.revision)
    first, last, zone = fresh.first_business_date, fresh.last_business_date, fresh.time_zone
    past_banner(pin, zone=zone, on_return=partial(pin_in_link, None))
    if first is None or last is None:
        nothing_loaded(revision=pin.revision)
        st.stop()
    choices = read_choices(conn, scope=user.scope, first=first, last=last, revision=pin.revision)
    chooser = partial(revision_chooser, conn, pin, zone=zone, choose=pin_in_link)
    filters = filter_bar(choices, more=chooser, ignored=unknown)
    overview = read_overview(conn, filters, fresh, scope=user.scope, revision=pin.revision)

asked = in_words(filters, choices, overview.span)
if overview.is_empty:
    nothing_sold(asked, widen="Show everything", on_widen=partial(ask_for, Filters(Period.ALL)))
    footer(fresh)
    st.stop()

tables, look = overview_tables(overview), colours()
show_tiles(overview, look)
with st.container():
    if overview.note:
        st.caption(overview.note)
    explain_links(state_of(filters, "net_sales", revision=pin.revision), seen=last_visit(user), newest=pin.newest)
panel(
    f"Net sales by {filters.grain}",
    partial(trend_chart, overview.trend, overview.events, look),
    tables["trend"],
    alt=trend_alt(overview.trend),
    key="trend",
    origin=Origin(explore_address(filters, "net_sales", PERIOD, revision=pin.revision), fresh.revision),
    note=trend_note(overview.trend, overview.events),
    switch=partial(usual_switch, "trend") if overview.filters.grain in BANDED else None,
)
for column, name in zip(st.columns(len(RANKED)), RANKED, strict=True):
    ranking = overview.rankings[name]
    with column:
        panel(
            f"Net sales by {name}",
            partial(ranking_chart, ranking, look),
            tables[name],
            alt=ranking_alt(ranking),
            key=name,
            origin=Origin(explore_address(filters, "net_sales", name, revision=pin.revision), fresh.revision),
            note=others_note(ranking),
            on_pick=partial(toggle, filters, name),
        )

st.header("Best-selling products", anchor=False)
show_table(tables["product"], key="products", alt=f"The {len(overview.products)} best-selling products")
with st.container(horizontal=True):
    notes = export_notes(overview, freshness_text(fresh), asked, pin.notes)
    file = f"overview-{overview.span.last}{pin.suffix}"
    workbook = partial(xlsx_file, list(tables.values()), notes)
    st.download_button("Download all as XLSX", workbook, f"{file}.xlsx", XLSX_TYPE, on_click="ignore")
    st.download_button(
        "Download products as CSV", partial(csv_file, tables["product"]), f"{file}.csv", CSV_TYPE, on_click="ignore"
    )
footer(fresh)
