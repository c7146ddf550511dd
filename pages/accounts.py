"""Accounts: who may log in, as what, and what they may see; who is logged in; and what was done with accounts."""

import streamlit as st

from dashboard import load
from dashboard.administration.account_list import accounts_section
from dashboard.administration.acting import messages
from dashboard.administration.every_session import sessions_section
from dashboard.administration.shown_once import shown_once
from dashboard.administration.trail import trail_section
from dashboard.auth import require
from dashboard.states import footer
from data.queries.freshness import freshness

user = require("admin")
st.title("Accounts", anchor=False)
st.caption("Who may log in, as what, and what they may see. What you change holds from the account's next action on.")

with load.reading(user.scope) as conn:
    fresh = freshness(conn)
sections = {"Accounts": accounts_section, "Who is logged in": sessions_section, "Audit trail": trail_section}
shown = st.segmented_control(
    "Section",
    list(sections),
    default="Accounts",
    required=True,
    key="section",
    bind="query-params",
    label_visibility="collapsed",
)
messages()
shown_once()
sections[shown](zone=fresh.time_zone)
footer(fresh)
