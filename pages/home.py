"""Home: what is new since the last visit, and what needs a look today. Each card leads to where it is shown in full."""

from functools import partial

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.favourites import favourites_row
from dashboard.freshness import kept_freshness
from dashboard.home.cards import begin, show_cards
from dashboard.home.morning import Morning, stay_at
from dashboard.past.banner import past_banner
from dashboard.past.chooser import revision_chooser
from dashboard.past.pin import pin_of_link
from dashboard.states import footer, ignored_notice, nothing_loaded

user = require("analyst")
with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute", key="home-top"):
    st.title("Home", anchor=False)
    chooser = st.container(width="content")
st.caption("What is new since you were here, and what needs a look today.")
favourites_row(user)

with load.charting(user.scope) as conn:
    pin, unknown = pin_of_link(conn)
    fresh = kept_freshness(conn, revision=pin.revision)
    past_banner(pin, zone=fresh.time_zone, on_return=partial(stay_at, None))
    ignored_notice(unknown)
    with chooser:
        revision_chooser(conn, pin, zone=fresh.time_zone, choose=stay_at)
    if fresh.first_business_date is None or fresh.last_business_date is None:
        nothing_loaded(revision=pin.revision)
    else:
        morning = Morning(conn, user, fresh, pin, (fresh.first_business_date, fresh.last_business_date))
        show_cards(morning, begin(morning))
footer(fresh)
