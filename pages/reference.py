"""Reference data: find rows, edit them in a draft, review, save. Every table from its one declaration."""

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.past.banner import now_only
from dashboard.reference.acting import messages, refusal
from dashboard.reference.draft_bar import current_draft, draft_bar, last_changes
from dashboard.reference.files import downloads, importer
from dashboard.reference.finder import finder, options_of, pager, table_picker
from dashboard.reference.grid import grid
from dashboard.reference.new_rows import new_rows
from dashboard.reference.tools import add_button, approval_rule, bulk_edit
from dashboard.states import footer
from data.queries.freshness import freshness

user = require("manager")
st.title("Reference data", anchor=False)
st.caption("What charts are broken down by. Edits go into your draft first, and are saved as one revision.")
now_only()

with load.reading(user.scope) as conn:
    table = table_picker()
    refused = refusal(user, table)
    draft = current_draft(user, table)
    draft_id = draft.record.draft_id if draft.record else None
    options = options_of(conn, table)
    messages()
    if refused:
        st.info(refused, icon=":material/lock:")
    draft_bar(table, draft)
    drafted = [change.row for change in draft.changes if change.version is not None]
    found = finder(conn, table, options, drafted, scope=user.scope)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="reference-tools"):
        if not refused:
            add_button()
            bulk_edit(table, found, options, draft_id)
        downloads(table, found, scope=user.scope)
        if not refused:
            importer(table, draft_id, user=user)
        approval_rule(table, user=user)
    grid(conn, table, found, options, draft.record, draft.changes, user=user, editable=not refused)
    pager(found)
    if not refused:
        new_rows(table, options, draft.record, draft.changes)
        last_changes(table, draft)
    footer(freshness(conn))
