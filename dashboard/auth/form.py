"""The login form: streamlit-authenticator's form over accounts in PostgreSQL, with our own check behind it.

Its cookie (a 30-day token that outlives log-out and password changes) and its check (which answers sooner for unknown
names) are replaced: the password is checked by `data.accounts`, and the session is the server's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st
import streamlit_authenticator as stauth

from dashboard.auth.cookies import browser_cookie
from dashboard.auth.gate import hand_over, session_token
from dashboard.load import database
from data.accounts.logins import log_in
from data.accounts.sessions import open_ticket

STYLE = Path(__file__).with_name("login.css")
MARK = str(Path(__file__).parents[1] / "static" / "icon.png")
FIELDS = {"Form name": "Log in", "Username": "User name", "Password": "Password", "Login": "Log in"}
_TICKET = "login_ticket"
_PROBLEM = "login_problem"


class _Check:
    """What the form asks when it is sent; sets the state that streamlit-authenticator's own check would set."""

    def login(self, username: str | None = None, password: str | None = None, *_: Any, **__: Any) -> bool:
        st.session_state["authentication_status"] = False
        if not username or not password:
            st.session_state[_PROBLEM] = "Enter your user name and your password."
            return False
        with database().accounts() as conn:
            outcome = log_in(conn, username=username, password=password, address=st.context.ip_address)
        if outcome.wait_s > 0:
            st.session_state[_PROBLEM] = f"Too many attempts. Try again in {_spoken(outcome.wait_s)}."
            return False
        if outcome.account is None:
            st.session_state[_PROBLEM] = "User name or password is not right, or the account is disabled."
            return False
        st.session_state["authentication_status"] = True
        st.session_state["username"] = outcome.account.username
        st.session_state["roles"] = [outcome.account.role]
        st.session_state["login_account"] = outcome.account.account_id
        return True


class _ServerSession:
    """Takes the place of streamlit-authenticator's cookie: a ticket for a session that the server keeps."""

    def get_cookie(self) -> None:
        return None

    def set_cookie(self) -> None:
        browser = browser_cookie(st.context.cookies.to_dict())
        if browser is None:
            st.session_state[_PROBLEM] = "This browser keeps no cookies, and without them nobody can stay logged in."
            return
        with database().accounts() as conn:
            st.session_state[_TICKET] = open_ticket(
                conn, account_id=st.session_state.pop("login_account"), browser=browser
            )

    def delete_cookie(self) -> None:
        return None


class _Login(stauth.Authenticate):  # type: ignore[misc]  # the package has no types
    def __init__(self) -> None:
        for name in ("authentication_status", "username", "name", "roles"):
            st.session_state.setdefault(name, None)
        self.attrs = {"login_sleep_time": 0}
        self.path = None
        self.cookie_controller = _ServerSession()
        self.authentication_controller = _Check()


def login_page(target: str) -> None:
    """Show the form; once the password is right, let the browser fetch its session and go on to `target`."""
    st.session_state["authentication_status"] = None
    st.html(STYLE)
    with st.container(horizontal_alignment="center"), st.container(width=400, key="login_card"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.image(MARK, width=44, alt="")
            st.title("Daybook", anchor=False, width="content")
        st.caption("Sales figures that can be pinned, replayed and explained.")
        if session_token() is not None and _PROBLEM not in st.session_state:
            st.info("Your session is over. Log in again to go on where you were.")
        _Login().login("main", fields=FIELDS, key="login")
        problem = st.session_state.pop(_PROBLEM, None)
        if problem:
            st.error(problem)
    ticket = st.session_state.pop(_TICKET, None)
    if ticket is not None:
        hand_over(ticket=ticket, target=target)


def asked_for(path: str) -> str:
    """The page and the query that this visit asked for, to come back to."""
    pairs = [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]
    return f"/{path}" + (f"?{urlencode(pairs)}" if pairs else "")


def _spoken(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return f"{minutes} minute" + ("s" if minutes > 1 else "")
