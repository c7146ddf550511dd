"""Targets: what net sales are wanted of each department in each month, and how far they were attained."""

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.past.banner import now_only
from dashboard.reference.acting import messages, refusal
from dashboard.reference.draft_bar import current_draft, draft_bar
from dashboard.reference.target_page import attained, show_targets, spread_form, year_picker
from dashboard.states import footer
from data.changes.editable import editable_table
from data.changes.targets import target_grid
from data.queries.freshness import freshness

user = require("manager")
st.title("Targets", anchor=False)
st.caption("Net sales wanted by department and month. Paste a block, fill, or spread a year; the review saves it.")
now_only()

table = editable_table("targets")
with load.reading(user.scope) as conn:
    fresh = freshness(conn)
    refused = refusal(user, table)
    messages()
    if refused:
        st.info(refused, icon=":material/lock:")
    draft = current_draft(user, table)
    draft_bar(table, draft)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="targets-bar"):
        year = year_picker(conn, fresh)
        grid = target_grid(conn, year=year)
        if not refused:
            spread_form(table, grid, draft, scope=user.scope)
    show_targets(table, grid, draft, editable=not refused)
    attained(conn, grid, draft, scope=user.scope)
    footer(fresh)
