"""Watches: what moved the figures of saved views that somebody keeps an eye on, each with its explanation."""

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.states import footer
from dashboard.watching.page import watches_page
from data.queries.freshness import freshness

user = require("analyst")
st.title("Watches", anchor=False)
st.caption("What a load or an edit did to the figures of your saved views, as soon as it is more than you allow.")

with load.reading(user.scope) as conn:
    fresh = freshness(conn)
watches_page(user, zone=fresh.time_zone)
footer(fresh)
