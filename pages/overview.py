"""How sales are going: six figures, their trend, and who they come from. A click on a bar filters everything."""

from functools import partial

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.filters import ask_for, filter_bar, in_words, read_choices
from dashboard.freshness import kept_freshness
from dashboard.overview import kept_overview
from dashboard.overview_panels import by_interval, products_panel, ranking_panels
from dashboard.overview_shown import BY_INTERVAL, Shown
from dashboard.past.banner import past_banner
from dashboard.past.chooser import revision_chooser
from dashboard.past.pin import pin_in_link, pin_of_link
from dashboard.periods import Period
from dashboard.selection import Filters
from dashboard.states import footer, nothing_loaded, nothing_sold

user = require("analyst")
st.title("Overview", anchor=False)
st.caption("How sales are going, and whom they come from. Click a bar to filter the page by it.")

with load.charting(user.scope) as conn:
    pin, unknown = pin_of_link(conn)
    fresh = kept_freshness(conn, revision=pin.revision)
    first, last, zone = fresh.first_business_date, fresh.last_business_date, fresh.time_zone
    past_banner(pin, zone=zone, on_return=partial(pin_in_link, None))
    if first is None or last is None:
        nothing_loaded(revision=pin.revision)
        st.stop()
    choices = read_choices(conn, scope=user.scope, first=first, last=last, revision=pin.revision)
    chooser = partial(revision_chooser, conn, pin, zone=zone, choose=pin_in_link)
    filters = filter_bar(choices, more=chooser, ignored=unknown, by_interval=BY_INTERVAL)
    overview = kept_overview(conn, filters, fresh, scope=user.scope, revision=pin.revision)

if overview.is_empty:
    asked = in_words(filters, choices, overview.span)
    nothing_sold(asked, widen="Show everything", on_widen=partial(ask_for, Filters(Period.ALL)))
    footer(fresh)
    st.stop()

shown = Shown(user, pin, fresh, choices, overview)
with shown.drawing():
    by_interval(shown)
    ranking_panels(shown)
    products_panel(shown)
    footer(fresh)
