"""History: every load and edit as a numbered revision, what it did to which rows, and the way to undo it."""

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.reference.acting import messages
from dashboard.reference.history_page import asked_revision, asked_row, list_page, revision_page, row_page
from dashboard.states import footer
from data.queries.freshness import freshness

user = require("analyst")
st.title("History", anchor=False)
st.caption("Every load and every edit is a numbered revision: who, when, what and why.")
messages()

with load.reading(user.scope) as conn:
    fresh = freshness(conn)
    number, row = asked_revision(), asked_row()
    if number is not None:
        revision_page(conn, number, user=user, zone=fresh.time_zone)
    elif row is not None:
        row_page(conn, *row, user=user, zone=fresh.time_zone)
    else:
        list_page(conn, user=user, zone=fresh.time_zone)
    footer(fresh)
