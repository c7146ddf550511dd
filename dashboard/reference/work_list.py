"""The managers' part of the data-quality list: to the rows that are open, and suggestions to accept one by one."""

from __future__ import annotations

from functools import partial

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard import format as fmt
from dashboard.auth import User
from dashboard.reference.acting import DONE, refusal, trying
from dashboard.reference.draft_bar import (
    DRAFT,
    REFERENCE_PAGE,
    REVIEW_PAGE,
    CurrentDraft,
    current_draft,
    drafting,
    grid_words,
)
from data.changes.editable import editable_table
from data.changes.suggestions import category_suggestions
from data.changes.types import RowChange
from data.queries.quality import check_named
from data.semantic.types import Unit

_SHOWN = 8
_READ = 100


def to_the_rows(check: str, *, user: User) -> None:
    """The way to the grid with just the rows of this point, for who may edit them."""
    found = check_named(check)
    table = editable_table(found.table)
    if not user.may(table.editors) or refusal(user, table):
        return
    words = grid_words(table, **{f"{table.name}-work": found.label})
    st.page_link(REFERENCE_PAGE, label="Edit these rows", icon=":material/table_edit:", query_params=words)


def suggestions(conn: sa.Connection, *, user: User) -> None:
    """Categories for products without one, those that hold the most money first; accepted ones go into the draft."""
    table = editable_table("products")
    if not user.may(table.editors) or refusal(user, table):
        return
    draft = current_draft(user, table)
    drafted = {change.row for change in draft.changes if "category" in change.set}
    frame = category_suggestions(conn, scope=user.scope, limit=_READ + len(drafted))
    frame = frame[~frame["product"].astype(str).isin(drafted)].head(_READ)
    if frame.empty and not drafted:
        return
    with st.container(border=True, key="suggestions"):
        st.subheader("Suggested categories", anchor=False)
        st.caption("From products with the same or nearly the same type. What you accept goes into your draft.")
        if drafted and draft.record is not None:
            st.page_link(REVIEW_PAGE, label=f"Review your draft: {draft.count:,} changes", icon=":material/fact_check:",
                         query_params={DRAFT: str(draft.record.draft_id)})  # fmt: skip
        for row in frame.head(_SHOWN).to_dict("records"):
            _suggestion(pd.Series(row), draft)
        if len(frame) > _SHOWN:
            st.caption(f"and {len(frame) - _SHOWN:,}{' or more' if len(frame) == _READ else ''} further suggestions")


def _suggestion(row: pd.Series, draft: CurrentDraft) -> None:
    number = int(row["product"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"suggestion-{number}"):
        change = RowChange(row=str(number), version=int(row["version"]), set={"category": str(row["suggestion"])})
        st.button("Accept", key=f"accept-{number}", icon=":material/check:",
                  on_click=partial(_accept, change, str(row["label"]), draft))  # fmt: skip
        because = f"{row['because']} · {fmt.exact(int(row['net_sales']), Unit.CENTS)} of net sales"
        st.markdown(f"**{row['label']}** → {row['suggestion']}  \n:gray[{because}]")


def _accept(change: RowChange, label: str, draft: CurrentDraft) -> None:
    def act(user: User) -> None:
        drafting(user, editable_table("products"), draft.record.draft_id if draft.record else None, [change])
        st.session_state[DONE] = f"{label}: {change.set['category']} is in your draft."

    trying(act)
