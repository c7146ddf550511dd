"""What the reference pages do for a person: as who is logged in now, told on the page when it cannot be done."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
import streamlit as st

from dashboard.auth import User, acting_user
from dashboard.load import database
from data.changes.editable import EditableTable
from data.changes.types import Editor
from data.drafts.reading import DraftRecord, draft_record
from data.drafts.writing import draft_to_edit
from data.errors import DataError
from data.models.accounts import ROLES

PROBLEM, EPOCH, DONE = "reference.problem", "reference.epoch", "reference.done"
ENDED = "You are logged out; what you typed last was not kept. Log in again to go on: the draft has the rest."


def editor_of(user: User) -> Editor:
    """The person as an editor."""
    return Editor(user.username, user.role, user.scope)


def refusal(user: User, table: EditableTable) -> str:
    """Why the person may not edit the table; empty where they may."""
    if ROLES.index(user.role) < ROLES.index(table.editors):
        return f"{table.label} are edited by the role {table.editors}; yours is {user.role}."
    if user.scope.stores is not None and table.store_column is None:
        return (
            f"{table.label} concern every store, and you are limited to {len(user.scope.stores):,}: look, but no edits."
        )
    return ""


def trying(act: Callable[[User], None]) -> None:
    """Act as who is logged in now, because callbacks run before the page asks; what goes wrong is told on the page."""
    user = acting_user()
    if user is None:
        st.session_state[PROBLEM] = ENDED
        return
    if not user.may("manager"):
        st.session_state[PROBLEM] = f"Editing is for the role manager; yours is {user.role}."
        return
    try:
        act(user)
    except DataError as error:
        st.session_state[PROBLEM] = str(error)


def in_draft(
    user: User, table: EditableTable, draft_id: int | None, act: Callable[[sa.Connection, DraftRecord], None]
) -> None:
    """Change the person's draft of the table, the one that is named or their newest; begins one where there is none."""
    with database().accounts() as conn:
        if draft_id is None:
            draft = draft_to_edit(conn, table=table.name, account_id=user.account_id)
        else:
            draft = draft_record(conn, draft_id=draft_id, account_id=user.account_id)
        act(conn, draft)


def redraw() -> None:
    """Let the grids begin anew from what is kept: after a save, an import, or an edit that was refused."""
    st.session_state[EPOCH] = st.session_state.get(EPOCH, 0) + 1


def epoch() -> int:
    """Which beginning of the grids this is. A popover that has it in its key is closed by the next: what was done in it
    would be behind it."""
    return int(st.session_state.get(EPOCH, 0))


def messages() -> None:
    """Show what went wrong, and what was done, once."""
    problem = st.session_state.pop(PROBLEM, "")
    if problem:
        st.error(problem, icon=":material/error:")
    done = st.session_state.pop(DONE, "")
    if done:
        st.success(done, icon=":material/check:")
