"""The gate of every page: no session, no page. Asked anew at every rerun, so that what is revoked is gone at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from html import escape
from time import sleep
from typing import TypeVar

import streamlit as st

from dashboard.auth.cookies import SESSION, cookie_value
from dashboard.auth.routes import LOGOUT_PATH, SCRIPT_PATH, SESSION_PATH
from dashboard.load import database
from data.accounts.audit import Actor
from data.accounts.sessions import holder_of, note_seen, revoke_session, session_account, token_digest
from data.accounts.user import User, user_of
from data.errors import NotAllowed
from data.scope import Scope

HANDED_OVER_S = 0.2
_Made = TypeVar("_Made")
_this_run = threading.local()


def session_token() -> str | None:
    """The session's token that this browser tab was opened with."""
    https = (st.context.url or "").startswith("https:")  # as the browser sees it: a proxy's word does not get here
    return cookie_value(st.context.cookies.to_dict(), SESSION, https=https)


def current_user() -> User | None:
    """The person behind this rerun; None where nobody is logged in (any more)."""
    token = session_token()
    if token is None:
        return None
    holder = database().at_once(partial(holder_of, token=token))
    if holder is None:
        return None
    if holder.unseen:
        with database().accounts() as conn:
            note_seen(conn, token=token)
    return user_of(holder.account, database())


def acting_user() -> User | None:
    """The person for whom a callback acts, since callbacks run before the page asks; None where nobody may act."""
    user = current_user()
    return None if user is None or user.must_change_password else user


def actor_of(user: User) -> Actor:
    """The person as the audit trail names them, and where from."""
    return Actor(user.account_id, user.username, "page", st.context.ip_address)


@contextmanager
def asked_for_run(user: User) -> Iterator[None]:
    """Around a page that the entry script draws: it has just asked who is there, and the page need not ask again."""
    _this_run.user = user
    try:
        yield
    finally:
        _this_run.user = None


def require(role: str = "analyst") -> User:
    """The user, where their role is `role` or above; anyone else sees nothing of the page. First line of every page."""
    user = getattr(_this_run, "user", None) or current_user()
    if user is None:
        st.info("Please log in to see this page.")
        st.stop()
    if user.must_change_password:
        st.info("Choose your own password to see this page.")
        st.stop()
    if not user.may(role):
        st.warning(f"This page is for the role {role}; yours is {user.role}. An admin can change that.")
        st.stop()
    return user


def while_allowed(make: Callable[[], _Made], *, scope: Scope) -> Callable[[], _Made]:
    """What makes a file, refused to who may no longer see `scope`: a file is made long after its page was."""
    token = session_token()

    def made() -> _Made:
        with database().accounts() as conn:
            account = None if token is None else session_account(conn, token=token)
        if account is None or user_of(account, database()).scope != scope:
            raise NotAllowed("you are logged out, or may see other stores now: load the page again")
        return make()

    return made


def log_out() -> None:
    """End the session of this browser: in the database and in its cookie, by a browser that does not help, too."""
    token = session_token()
    hand_over(LOGOUT_PATH)
    sleep(HANDED_OVER_S)  # the page is closed with its session, and shall have been told where to go
    if token is not None:
        with database().accounts() as conn:
            revoke_session(conn, token_hash=token_digest(token))
    st.stop()


def hand_over(action: str = SESSION_PATH, *, ticket: str = "", target: str = "") -> None:
    """Let the browser post a form to one of the auth routes, which answers with a cookie and a navigation."""
    st.html(
        f'<div data-daybook-action="{escape(action)}" data-ticket="{escape(ticket)}" data-next="{escape(target)}">'
        f'</div><script src="{SCRIPT_PATH}"></script>',
        unsafe_allow_javascript=True,
    )
