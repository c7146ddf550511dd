"""Another password: the form on the account's page, and the page that stands before all others until it is done."""

from __future__ import annotations

import streamlit as st

from dashboard.auth.form import STYLE
from dashboard.auth.gate import actor_of, log_out, session_token
from dashboard.load import database
from data.accounts.accounts import set_password
from data.accounts.logins import log_in
from data.accounts.passwords import SHORTEST
from data.accounts.sessions import token_digest
from data.accounts.user import User
from data.errors import AccountError


def change_form(user: User) -> bool:
    """Show the form; whether this run has changed the password."""
    with st.form("password", clear_on_submit=True, width=480):
        current = st.text_input("Current password", type="password", autocomplete="current-password")
        new = st.text_input(
            "New password",
            type="password",
            autocomplete="new-password",
            help=f"At least {SHORTEST} characters; any will do. Other browsers are logged out.",
        )
        again = st.text_input("New password again", type="password", autocomplete="new-password")
        if not st.form_submit_button("Change password", type="primary"):
            return False
        problem = _change(user, current=current, new=new, again=again)
        if problem is not None:
            st.error(problem)
    return problem is None


def change_page(user: User) -> None:
    """Ask for a password that nobody else knows, and show nothing else; go on where the visit wanted to."""
    st.html(STYLE)
    with st.container(horizontal_alignment="center"), st.container(width=400, key="login_card"):
        st.title("Choose your own password", anchor=False)
        st.write(f"An administrator set the password of **{user.username}**. Choose one that only you know to go on.")
        if change_form(user):
            st.rerun()
        if st.button("Log out", icon=":material/logout:", type="tertiary"):
            log_out()


def _change(user: User, *, current: str, new: str, again: str) -> str | None:
    """Change it; what is wrong where it cannot be."""
    with database().accounts() as conn:
        outcome = log_in(conn, username=user.username, password=current, address=st.context.ip_address)
    if outcome.wait_s > 0:
        return f"Too many attempts. Try again in {outcome.wait_s} seconds; the old password still holds."
    if outcome.account is None:
        return "The current password is not right; it still holds."
    if new != again:
        return "The two new passwords differ; the old one still holds."
    if new == current:
        return "The new password is the current one; choose another."
    try:
        with database().accounts() as conn:
            here = token_digest(session_token() or "")
            set_password(conn, username=user.username, password=new, keep_session=here, by=actor_of(user))
    except AccountError as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}. The old password still holds."
    return None
