"""A draft before it is saved: what changes, what rests on it, what stands in the way, and why it is done."""

import streamlit as st

from dashboard import load
from dashboard.auth import require
from dashboard.reference.acting import messages
from dashboard.reference.draft_bar import REFERENCE_PAGE, grid_words
from dashboard.reference.drafts_page import asked_draft, drafts_list, saved_notice
from dashboard.reference.review_page import changes_table, conflicts, effect, faults, headline, saving
from dashboard.reference.reviewing import review_of
from dashboard.states import footer
from data.changes.editable import editable_table
from data.queries.freshness import freshness

user = require("manager")
st.title("Review", anchor=False)
messages()
saved_notice()
draft = asked_draft(user)
with load.reading(user.scope) as conn:
    if draft is None:
        drafts_list(user)
    else:
        table = editable_table(draft.record.table)
        own = draft.record.owner_id == user.account_id
        review = review_of(conn, table, draft.changes, user=user)
        st.markdown(f"**{table.label}**: {headline(review)}.")
        st.page_link(REFERENCE_PAGE, label="Back to the grid", icon=":material/arrow_back:",
                     query_params=grid_words(table, draft=str(draft.record.draft_id)))  # fmt: skip
        faults(review, draft.record)
        conflicts(review, draft.record)
        changes_table(review, draft.record, own=own)
        effect(conn, review, user=user)
        saving(review, draft.record, user=user, own=own, approval=draft.needs_approval)
    footer(freshness(conn))
