"""How sales are going: six figures, their trend, and who they come from. A click on a bar filters everything."""

from functools import partial

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.explain.leading import explain_links
from dashboard.explore.address import state_of
from dashboard.filters import ask_for, filter_bar, in_words, read_choices
from dashboard.overview import read_overview
from dashboard.overview_panels import products_panel, ranking_panels, trend_panel
from dashboard.overview_tables import overview_tables
from dashboard.panels import colours
from dashboard.past.banner import past_banner
from dashboard.past.chooser import revision_chooser
from dashboard.past.pin import pin_in_link, pin_of_link
from dashboard.periods import Period
from dashboard.selection import Filters
from dashboard.states import footer, nothing_loaded, nothing_sold
from dashboard.tiles import show_tiles
from dashboard.visits import last_visit
from data.queries.freshness import freshness

user = require("analyst")
st.title("Overview", anchor=False)
st.caption("How sales are going, and whom they come from. Click a bar to filter the page by it.")

with load.charting(user.scope) as conn:
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
trend_panel(overview, tables, filters, pin, look)
ranking_panels(overview, tables, filters, pin, look)
products_panel(overview, tables, fresh, asked, pin)
footer(fresh)
