"""The drafts that wait: the one that a link names, the list of them, and what was saved just now."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.auth import User
from dashboard.load import database
from dashboard.reference.draft_bar import DRAFT, HISTORY_PAGE, REFERENCE_PAGE, SAVED, SAVED_NOW
from data.changes.editable import editable_table
from data.changes.types import RowChange
from data.drafts.reading import DraftRecord, draft_changes, draft_record, drafts_for, needs_approval
from data.errors import UnknownDraft


@dataclass(frozen=True)
class AskedDraft:
    """The draft that the link names: the person's own, or one that is submitted."""

    record: DraftRecord
    changes: tuple[RowChange, ...]
    needs_approval: bool


def asked_draft(user: User) -> AskedDraft | None:
    """The draft that the link names; None where it names none that the person may see."""
    named = st.query_params.get(DRAFT, "")
    if not (named.isascii() and named.isdigit() and len(named) < 10):
        return None
    with database().accounts() as conn:
        try:
            record = draft_record(conn, draft_id=int(named), account_id=user.account_id)
        except UnknownDraft as error:
            if SAVED_NOW not in st.session_state:
                st.info(f"{str(error).capitalize()}.", icon=":material/info:")
            return None
        changes = draft_changes(conn, draft_id=record.draft_id)
        return AskedDraft(record, tuple(changes), needs_approval(conn, table=record.table))


def drafts_list(user: User) -> None:
    """The person's own drafts, and those that wait for somebody who approves."""
    with database().accounts() as conn:
        records = drafts_for(conn, account_id=user.account_id)
    if not records:
        with st.container(border=True, horizontal_alignment="center"):
            st.markdown("**No drafts**", text_alignment="center")
            st.markdown(
                ":gray[What you change in reference data waits here until it is saved.]", text_alignment="center"
            )
        return
    for record in records:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"draft-{record.draft_id}"):
            whose = "waits for approval" if record.is_submitted else "yours"
            by = f" by {record.author}" if record.author and record.author_id != user.account_id else ""
            label = editable_table(record.table).label
            rows = f"{record.rows:,} row{'s' if record.rows != 1 else ''}"
            st.markdown(f"**{label}** · {rows}{by} · {whose}" + (f" · {record.note}" if record.note else ""))
            # A link to the page that one is on would be forgotten at the next click.
            st.button("Review", key=f"draft-open-{record.draft_id}", on_click=_open, args=(record.draft_id,))


def _open(draft_id: int) -> None:
    st.query_params[DRAFT] = str(draft_id)


def saved_notice() -> None:
    """What was saved just now, with the ways to its history and back."""
    kept = st.session_state.pop(SAVED, None)
    st.session_state.pop(SAVED_NOW, None)
    if kept is None:
        return
    st.session_state[SAVED_NOW] = True
    name, saved = kept
    parts = [
        f"{n:,} {word}"
        for word, n in (("added", saved.added), ("changed", saved.changed), ("removed", saved.removed))
        if n
    ]
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="saved-notice"):
        st.markdown(f":material/check_circle: Saved as **revision {saved.revision}**: {', '.join(parts)}.")
        st.page_link(HISTORY_PAGE, label="See it, or undo it", query_params={"revision": str(saved.revision)})
        st.page_link(
            REFERENCE_PAGE, label=f"Back to {editable_table(name).label.lower()}", query_params={"table": name}
        )
