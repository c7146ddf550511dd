"""The draft of a table: how much it holds, its last changes, and the way to the review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard.auth import User
from dashboard.load import database
from dashboard.reference.acting import DONE, in_draft, redraw, trying
from dashboard.reference.new_rows import OPEN
from data.changes.editable import EditableTable
from data.changes.types import RowChange
from data.drafts.reading import DraftRecord, draft_changes, draft_record, open_draft
from data.drafts.writing import discard, draft_to_edit, put_changes
from data.errors import UnknownDraft

_DISCARDED = "reference.discarded"
DRAFT = "draft"
_PAGES = Path(__file__).parents[2] / "pages"
REVIEW_PAGE, REFERENCE_PAGE, HISTORY_PAGE = (str(_PAGES / f"{name}.py") for name in ("review", "reference", "history"))
SAVED, SAVED_NOW = "reference.saved", "reference.saved-now"


@dataclass(frozen=True)
class CurrentDraft:
    """The draft that the page edits, and what it wants; none yet where nothing has been typed."""

    record: DraftRecord | None
    changes: tuple[RowChange, ...]

    @property
    def count(self) -> int:
        """How many values it changes; a new or a removed row counts as one."""
        return sum(1 if change.version is None or change.removed else len(change.set) for change in self.changes)


def grid_words(table: EditableTable, **words: str) -> dict[str, str]:
    """The words of a link to the grid of the table; bound widgets are named in links as people read them."""
    return {"table": table.label, **words}


def current_draft(user: User, table: EditableTable) -> CurrentDraft:
    """The draft that the link names, if it is the person's own open one of this table, or their newest open one."""
    with database().accounts() as conn:
        record = _named(conn, user, table) or open_draft(conn, table=table.name, account_id=user.account_id)
        return CurrentDraft(record, tuple(draft_changes(conn, draft_id=record.draft_id)) if record else ())


def _named(conn: sa.Connection, user: User, table: EditableTable) -> DraftRecord | None:
    named = st.query_params.get(DRAFT, "")
    if not (named.isascii() and named.isdigit() and len(named) < 10):
        return None
    try:
        record = draft_record(conn, draft_id=int(named), account_id=user.account_id)
    except UnknownDraft:
        return None
    own = record.owner_id == user.account_id and not record.is_submitted
    return record if own and record.table == table.name else None


def draft_bar(table: EditableTable, draft: CurrentDraft) -> None:
    """How many changes wait, and what can be done with them."""
    _discarded(table)
    if draft.record is None or not draft.changes:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="draft-bar"):
        rows = len(draft.changes)
        st.markdown(
            f":material/edit_note: **{_changes(draft.count)}** to {rows:,} row{'s' if rows != 1 else ''} in your draft"
        )
        if draft.record.author_id != draft.record.owner_id and draft.record.author:
            st.caption(
                f"handed to you by {draft.record.author}" + (f": {draft.record.note}" if draft.record.note else "")
            )
        if st.button(f"Review {_changes(draft.count)}", type="primary", icon=":material/fact_check:", key="to-review"):
            st.switch_page(REVIEW_PAGE, query_params={DRAFT: str(draft.record.draft_id)})
        with st.popover("Discard", icon=":material/delete:", key="draft-discard"):
            st.markdown(f"Throw away **{_changes(draft.count)}** to {rows:,} row{'s' if rows != 1 else ''}?")
            st.button("Discard the draft", key="discard", on_click=partial(throw_away, draft))


def throw_away(draft: CurrentDraft) -> None:
    """Discard the draft; the page then offers to bring it back."""

    def act(user: User) -> None:
        if draft.record is None:
            return
        with database().accounts() as conn:
            discard(conn, draft_id=draft.record.draft_id, account_id=user.account_id)
        st.session_state[_DISCARDED] = (draft.record.table, draft.changes, draft.count)
        st.session_state.pop(OPEN, None)
        redraw()

    trying(act)


def _discarded(table: EditableTable) -> None:
    kept = st.session_state.get(_DISCARDED)
    if kept is None or kept[0] != table.name:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="draft-discarded"):
        st.caption(f"Discarded {_changes(kept[2])}.")
        st.button("Undo", key="undiscard", on_click=partial(_bring_back, table, kept[1]))


def _bring_back(table: EditableTable, changes: Sequence[RowChange]) -> None:
    def act(user: User) -> None:
        with database().accounts() as conn:
            record = draft_to_edit(conn, table=table.name, account_id=user.account_id)
            put_changes(conn, draft_id=record.draft_id, account_id=user.account_id, changes=changes)
        st.session_state.pop(_DISCARDED, None)
        st.session_state[DONE] = "The draft is back."
        redraw()

    trying(act)


def last_changes(table: EditableTable, draft: CurrentDraft, *, most: int = 8) -> None:
    """The newest changes of the draft, so that what was typed is seen to be kept."""
    told = [
        (change.row if change.version is not None else "new row", table.field(name).label, _said(value))
        for change in draft.changes
        for name, value in change.set.items()
        if any(field.name == name for field in table.fields)
    ]
    if not told:
        return
    frame = pd.DataFrame(told[::-1][:most], columns=["Row", "Column", "New value"])
    with st.expander(f"What the draft holds: {_changes(draft.count)}", icon=":material/edit_note:", key="draft-holds"):
        st.dataframe(frame, hide_index=True, alt="The last changes in your draft")
        if len(told) > most:
            st.caption(f"The last {most} of {len(told):,}; the review has them all.")


def _said(value: object) -> str:
    return "(empty)" if value is None else ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _changes(count: int) -> str:
    return f"{count:,} change{'s' if count != 1 else ''}"


def drafting(user: User, table: EditableTable, draft_id: int | None, changes: Sequence[RowChange]) -> None:
    """Lay changes that a tool made (bulk, import, suggestion) over the draft, and let the grid show them."""

    def keep(conn: sa.Connection, record: DraftRecord) -> None:
        put_changes(conn, draft_id=record.draft_id, account_id=user.account_id, changes=changes)

    in_draft(user, table, draft_id, keep)
    redraw()
