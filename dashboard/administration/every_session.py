"""Who is logged in: the live sessions of all accounts, and how to end them."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.administration.acting import trying
from dashboard.administration.one_account import end_all
from dashboard.administration.own_sessions import end_one
from dashboard.administration.words import browser_of, session_line, sessions_text
from dashboard.auth.gate import session_token
from dashboard.load import database
from dashboard.past.words import plain
from data.accounts.sessions import session_list, token_digest

MOST = 50


def sessions_section(*, zone: str) -> None:
    """The sessions, last used first, of one account or of all."""
    here = token_digest(session_token() or "")
    with database().accounts() as conn:
        every = session_list(conn)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox("Of account", sorted({one.username for one in every}), index=None, key="sessions-of",
                            placeholder="All accounts", width=320)  # fmt: skip
        found = [one for one in every if name in {None, one.username}]
        if name is not None:
            st.button(f"End all of {plain(name)}", icon=":material/logout:", key="end-all", on_click=trying,
                      args=(partial(end_all, name),))  # fmt: skip
    whose = len({one.username for one in found})
    st.caption(f"{sessions_text(len(found))} of {whose:,} account{'' if whose == 1 else 's'}.")
    for session in found[:MOST]:
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"session-{session.number}"):
            with st.container(gap=None):
                st.markdown(f"**{plain(session.username)}** · {browser_of(session.user_agent)}")
                st.caption(session_line(session, zone))
            if session.token_hash == here:
                st.badge("This browser")
            else:
                st.button("End session", key=f"end-{session.number}", help=f"Log {session.username} out there",
                          on_click=trying, args=(partial(end_one, session.token_hash),))  # fmt: skip
    if len(found) > MOST:
        st.caption(f"The {MOST} that were used last; choose an account to see all of its.")
