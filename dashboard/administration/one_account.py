"""One account opened: its role, name and stores, its password, its state and its sessions."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa
import streamlit as st

from dashboard.administration.acting import tried, trying
from dashboard.administration.scope_fields import Places, picked, scope_fields
from dashboard.administration.shown_once import show_later
from dashboard.administration.words import sessions_text, state_of
from dashboard.explain.words import moment
from dashboard.past.words import plain
from data.accounts.accounts import disable_account, enable_account, set_display_name, set_password, set_role
from data.accounts.audit import Actor
from data.accounts.overview import AccountOverview
from data.accounts.passwords import generated
from data.accounts.scopes import set_scope
from data.accounts.sessions import revoke_sessions
from data.models.accounts import ROLES


def one_account(one: AccountOverview, where: Places, *, zone: str) -> None:
    """What can be done with it; every act is confirmed in a popover that says what it ends."""
    account = one.account
    with st.container(border=True, key="account-opened"):
        st.subheader(plain(account.display_name), anchor=False)
        parts = (account.username, account.role, state_of(account), f"made {moment(account.created_at, zone)}")
        st.caption(plain(" · ".join(parts)))
        # The key has what the form shows: what somebody else saved meanwhile is shown, and not overwritten unseen.
        shown = (account.account_id, account.display_name, account.role, account.scope_stores, account.scope_regions)
        key = f"account-{hash(shown)}"
        with st.form(f"{key}-form", border=False, enter_to_submit=False):
            left, right = st.columns(2, gap="medium")
            with left:
                st.text_input("Name", account.display_name, key=f"{key}-name", max_chars=200, autocomplete="off")
                st.selectbox("Role", ROLES, ROLES.index(account.role), key=f"{key}-role")
            with right:
                scope_fields(where, key=key, account=account)
            st.form_submit_button("Save", type="primary", on_click=_save, args=(account.username, key))
        with st.container(horizontal=True, gap="small"):
            _reset(one)
            _turn(one)
            _log_out(one)


def _reset(one: AccountOverview) -> None:
    with st.popover("Reset password", icon=":material/password:", key=f"reset-{one.account.account_id}"):
        st.markdown(
            f"A new password is made and shown to you once. {sessions_text(one.sessions).capitalize()} of "
            f"**{plain(one.account.username)}** will end, and the next login asks for another password."
        )
        st.button("Make a new password", type="primary", key="reset-password",
                  on_click=_new_password, args=(one.account.username,))  # fmt: skip


def _turn(one: AccountOverview) -> None:
    username = one.account.username
    if one.account.disabled_at is not None:
        st.button(
            "Enable", icon=":material/lock_open:", key="enable", on_click=trying, args=(partial(_enable, username),)
        )
        return
    with st.popover("Disable", icon=":material/block:", key=f"disable-{one.account.account_id}"):
        st.markdown(
            f"**{plain(username)}** is refused from the next action on, and {sessions_text(one.sessions)} will end. "
            "What it did, its views and dashboards stay; enabling gives it all back."
        )
        st.button(
            "Disable the account", type="primary", key="disable", on_click=trying, args=(partial(_disable, username),)
        )


def _log_out(one: AccountOverview) -> None:
    if one.sessions:
        st.button(f"End {sessions_text(one.sessions)}", icon=":material/logout:", key="end-sessions", on_click=trying,
                  args=(partial(end_all, one.account.username),))  # fmt: skip


def _save(username: str, key: str) -> None:
    held = st.session_state
    trying(partial(_saved, username, held[f"{key}-name"], held[f"{key}-role"], picked(key)))


def _saved(username: str, name: str, role: str, limits: dict[str, list[int]], conn: sa.Connection, by: Actor) -> str:
    set_display_name(conn, username=username, display_name=name, by=by)
    set_scope(conn, username=username, by=by, **limits)
    set_role(conn, username=username, role=role, by=by)  # last: whoever gives up their own role may do the rest before
    return f"Saved {username}; it holds from its next action on."


def _new_password(username: str) -> None:
    password = generated()
    if tried(partial(_given, username, password)):
        show_later(username, password)


def _given(username: str, password: str, conn: sa.Connection, by: Actor) -> str:
    set_password(conn, username=username, password=password, must_change=True, by=by)
    return f"Reset the password of {username}; its sessions are over."


def _disable(username: str, conn: sa.Connection, by: Actor) -> str:
    disable_account(conn, username=username, by=by)
    return f"Disabled {username}; its sessions are over."


def _enable(username: str, conn: sa.Connection, by: Actor) -> str:
    enable_account(conn, username=username, by=by)
    return f"Enabled {username}."


def end_all(username: str, conn: sa.Connection, by: Actor) -> str:
    """End every session of the account."""
    return f"Ended {sessions_text(revoke_sessions(conn, username=username, by=by))} of {username}."
