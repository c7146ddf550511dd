"""What can be done on the review page, as callbacks of its buttons."""

from __future__ import annotations

import streamlit as st

from dashboard.auth import User
from dashboard.load import database
from dashboard.reference.acting import DONE, editor_of, redraw, trying
from dashboard.reference.draft_bar import SAVED
from dashboard.reference.reviewing import Review
from data.changes.saving import checked_reason
from data.changes.types import FieldConflict
from data.drafts.reading import DraftRecord
from data.drafts.saving import save_draft
from data.drafts.writing import (
    drop_fields,
    drop_rows,
    hand_over,
    keep_reason,
    move_to_version,
    send_back,
    submit,
)
from data.errors import ChangeError, EffectMoved

REASON, NOTE, TO = "review.reason", "review.note", "review.to"
SEEN = "review.seen"


def save(review: Review, draft: DraftRecord) -> None:
    """Save what the draft holds now, as who is logged in now; conflicts and faults are shown by the page again.

    Where the effect is another one than was looked at, the page shows it anew, and the next click confirms it.
    """

    def act(user: User) -> None:
        reason = str(st.session_state.get(REASON, ""))
        try:
            saved = save_draft(database(), draft_id=draft.draft_id, account_id=user.account_id,
                               editor=editor_of(user), reason=reason, seen=st.session_state.get(SEEN))  # fmt: skip
        except EffectMoved:
            st.session_state.pop(SEEN, None)
            raise
        st.session_state[SAVED] = (review.table.name, saved)
        redraw()

    trying(act)


def submit_draft(draft: DraftRecord) -> None:
    """Let a second manager decide about the draft, with the reason that was typed."""

    def act(user: User) -> None:
        reason = checked_reason(st.session_state[REASON])
        with database().accounts() as conn:
            submit(conn, draft_id=draft.draft_id, account_id=user.account_id, reason=reason)
        st.session_state[DONE] = "Submitted. It takes effect when a second manager approves it."

    trying(act)


def send_draft_back(draft: DraftRecord) -> None:
    """Open a submitted draft again, with a note on what has to change."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            send_back(conn, draft_id=draft.draft_id, account_id=user.account_id,
                      note=str(st.session_state.get(NOTE, "")))  # fmt: skip
        st.session_state[DONE] = "The draft is open again."

    trying(act)


def hand_draft_over(draft: DraftRecord, others: dict[int, str]) -> None:
    """Give the draft to whom was picked."""

    def act(user: User) -> None:
        to = st.session_state[TO]
        if to not in others:
            raise ChangeError("choose who goes on with the draft")
        with database().accounts() as conn:
            hand_over(conn, draft_id=draft.draft_id, account_id=user.account_id, to=to,
                      note=str(st.session_state[NOTE]))  # fmt: skip
        st.session_state[DONE] = f"{others[to]} has the draft now."
        redraw()

    trying(act)


def remember_reason(draft: DraftRecord) -> None:
    """Keep the reason as it is typed."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            keep_reason(conn, draft_id=draft.draft_id, account_id=user.account_id, reason=st.session_state[REASON])

    trying(act)


def take_out(draft: DraftRecord, rows: list[str]) -> None:
    """Take rows out of the draft."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            drop_rows(conn, draft_id=draft.draft_id, account_id=user.account_id, rows=rows)
        redraw()

    trying(act)


def keep_mine(draft: DraftRecord, clashes: tuple[FieldConflict, ...]) -> None:
    """Start from what they saved, and set it to mine all the same."""

    def act(user: User) -> None:
        versions = {clash.row: clash.revision for clash in clashes}
        with database().accounts() as conn:
            move_to_version(conn, draft_id=draft.draft_id, account_id=user.account_id, versions=versions.items())
        redraw()

    trying(act)


def keep_theirs(draft: DraftRecord, clashes: tuple[FieldConflict, ...]) -> None:
    """Let what they saved stay, and take mine out of the draft."""

    def act(user: User) -> None:
        fields = [(clash.row, clash.field) for clash in clashes]
        with database().accounts() as conn:
            drop_fields(conn, draft_id=draft.draft_id, account_id=user.account_id, fields=fields)
        redraw()

    trying(act)
