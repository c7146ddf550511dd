"""Your account: another password, and the browsers that are logged in."""

import streamlit as st

from dashboard.auth import require
from dashboard.auth.gate import session_token
from dashboard.load import database
from data.accounts.accounts import set_password
from data.accounts.logins import log_in
from data.accounts.passwords import SHORTEST
from data.accounts.sessions import revoke_session, session_list, token_digest
from data.errors import AccountError

user = require("analyst")
here = token_digest(session_token() or "")

st.title("Account")
st.write(f"{user.display_name}, user name **{user.username}**, role **{user.role}**.")

st.subheader("Change the password")
with st.form("password", clear_on_submit=True, width=480):
    current = st.text_input("Current password", type="password", autocomplete="current-password")
    new = st.text_input(
        "New password",
        type="password",
        autocomplete="new-password",
        help=f"At least {SHORTEST} characters; any will do. Other browsers are logged out.",
    )
    again = st.text_input("New password again", type="password", autocomplete="new-password")
    if st.form_submit_button("Change password", type="primary"):
        with database().accounts() as conn:
            outcome = log_in(conn, username=user.username, password=current, address=st.context.ip_address)
        if outcome.wait_s > 0:
            st.error(f"Too many attempts. Try again in {outcome.wait_s} seconds; the old password still holds.")
        elif outcome.account is None:
            st.error("The current password is not right; it still holds.")
        elif new != again:
            st.error("The two new passwords differ; the old one still holds.")
        else:
            try:
                with database().accounts() as conn:
                    set_password(conn, username=user.username, password=new, keep_session=here)
                st.success("Changed. Every other browser has been logged out.")
            except AccountError as error:
                st.error(f"{str(error)[:1].upper()}{str(error)[1:]}. The old password still holds.")

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
