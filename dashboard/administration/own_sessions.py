"""Where a person is logged in, and how to end it there."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa
import streamlit as st

from dashboard.administration.acting import messages, trying
from dashboard.administration.words import browser_of, session_line
from dashboard.auth import User
from dashboard.auth.gate import session_token
from dashboard.load import database, reading
from data.accounts.audit import Actor
from data.accounts.sessions import revoke_session, revoke_sessions, session_list, token_digest
from data.queries.freshness import freshness


def own_sessions(user: User) -> None:
    """Every browser that is logged in as this person; each but this one can be ended, or all of them at once."""
    messages()
    here = token_digest(session_token() or "")
    with reading(user.scope) as conn:
        zone = freshness(conn).time_zone
    with database().accounts() as conn:
        sessions = session_list(conn, account_id=user.account_id)
    for session in sessions:
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"session-{session.number}"):
            with st.container(gap=None):
                st.text(browser_of(session.user_agent), help=session.user_agent)
                st.caption(session_line(session, zone))
            if session.token_hash == here:
                st.badge("This browser")
            else:
                st.button("End session", key=f"end-{session.number}", on_click=trying, kwargs={"role": "analyst"},
                          args=(partial(end_one, session.token_hash),))  # fmt: skip
    if len(sessions) > 2:
        st.button("End all other sessions", key="end-others", on_click=trying, kwargs={"role": "analyst"},
                  args=(partial(_end_others, user.username, here),))  # fmt: skip


def end_one(token_hash: bytes, conn: sa.Connection, by: Actor) -> str:
    """End one session, in whichever browser it is."""
    ended = revoke_session(conn, token_hash=token_hash, by=by)
    return "Ended. That browser is logged out." if ended else "That session was over already."


def _end_others(username: str, here: bytes, conn: sa.Connection, by: Actor) -> str:
    ended = revoke_sessions(conn, username=username, by=by, but=here)
    return f"Ended {ended} other session{'' if ended == 1 else 's'}."
