"""Your account: another password, the browsers that are logged in, and tokens for programs."""

import streamlit as st

from dashboard.auth import require
from dashboard.auth.change import change_form
from dashboard.auth.gate import session_token
from dashboard.auth.tokens import tokens_section
from dashboard.load import database
from data.accounts.sessions import revoke_session, session_list, token_digest

user = require("analyst")
here = token_digest(session_token() or "")

st.title("Account")
st.write(f"{user.display_name}, user name **{user.username}**, role **{user.role}**.")

st.subheader("Change the password")
if change_form(user):
    st.success("Changed. Every other browser has been logged out.")

st.subheader("Where you are logged in")
with database().accounts() as conn:
    sessions = session_list(conn, account_id=user.account_id)
for number, session in enumerate(sessions):
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.text(session.user_agent or "Unknown browser")  # as it was sent: it could hold Markdown
        st.caption(f"{session.address or 'unknown address'}, last used {session.last_seen_at:%d %b %Y %H:%M} UTC")
        if session.token_hash == here:
            st.badge("This browser")
        elif st.button("End session", key=f"end-{number}"):
            with database().accounts() as conn:
                revoke_session(conn, token_hash=session.token_hash)
            st.rerun()

tokens_section(user)
