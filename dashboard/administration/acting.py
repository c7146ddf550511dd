"""What is done to accounts from a page: as who is logged in now, and told on the page where it cannot be."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
import streamlit as st

from dashboard.auth import User, acting_user
from dashboard.auth.gate import actor_of
from dashboard.load import database
from data.accounts.audit import Actor
from data.errors import DataError

PROBLEM, DONE = "administration.problem", "administration.done"
ENDED = "You are logged out; nothing was changed. Log in again to go on."


Act = Callable[[sa.Connection, Actor], str]


def trying(act: Act, *, role: str = "admin") -> None:
    """`tried`, for a button."""
    tried(act, role=role)


def tried(act: Act, *, role: str = "admin") -> bool:
    """Act in one transaction as who is logged in now, because callbacks run before the page asks; whether it was done.

    `act` says what it did. That the role still holds is asked again, under a lock, by what it calls.
    """
    user = acting_user()
    if user is None:
        st.session_state[PROBLEM] = ENDED
        return False
    if not user.may(role):
        st.session_state[PROBLEM] = _refusal(user, role)
        return False
    try:
        with database().accounts() as conn:
            done = act(conn, actor_of(user))
    except DataError as error:
        st.session_state[PROBLEM] = f"{str(error)[:1].upper()}{str(error)[1:]}. Nothing was changed."
        return False
    st.session_state[DONE] = done
    return True


def messages() -> None:
    """Show what went wrong, and what was done, once."""
    problem = st.session_state.pop(PROBLEM, "")
    if problem:
        st.error(problem, icon=":material/error:")
    done = st.session_state.pop(DONE, "")
    if done:
        st.success(done, icon=":material/check:")


def _refusal(user: User, role: str) -> str:
    return f"This is for the role {role}; yours is {user.role} now. Nothing was changed."
