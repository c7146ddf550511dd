"""The list of accounts, and the form for a new one."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard.administration.acting import tried
from dashboard.administration.one_account import one_account
from dashboard.administration.scope_fields import Places, picked, places, scope_fields
from dashboard.administration.shown_once import show_later
from dashboard.administration.words import state_of
from dashboard.load import database
from data.accounts.accounts import create_account
from data.accounts.audit import Actor
from data.accounts.overview import AccountOverview, accounts_overview
from data.accounts.passwords import generated
from data.accounts.scopes import scope_text, set_scope
from data.models.accounts import ROLES

PICKED = "account"  # how links name it
_LIST, _ROUND = "accounts-list", "accounts.round"
_NEW = "new-account"


def accounts_section(*, zone: str) -> None:
    """Every account in a table; the one that is picked is opened below it."""
    with database().accounts() as conn:
        found = accounts_overview(conn)
    where = places()
    _new_account(where)
    st.dataframe(
        _frame(found, where, zone),
        hide_index=True,
        key=_LIST,
        on_select=partial(_pick, [one.account.username for one in found]),
        selection_mode="single-row",
        column_config={
            "May see": st.column_config.TextColumn(width="medium"),
            "Last login": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm", help=f"In {zone}"),
        },
        alt="Accounts by user name; pick one to change it",
        placeholder="–",
    )
    names = [one.account.username for one in found]
    name = st.selectbox("Account to change", names, index=None, key=PICKED, bind="query-params", width=320,
                        placeholder="Choose an account")  # fmt: skip
    chosen = next((one for one in found if one.account.username == name), None)
    if chosen is not None:
        one_account(chosen, where, zone=zone)


def _frame(found: list[AccountOverview], where: Places, zone: str) -> pd.DataFrame:
    rows = [
        {
            "User name": one.account.username,
            "Name": one.account.display_name,
            "Role": one.account.role,
            "May see": scope_text(one.account, where.regions),
            "State": state_of(one.account),
            "Last login": one.last_login_at,
            "Sessions": one.sessions,
        }
        for one in found
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(**{"Last login": pd.to_datetime(frame["Last login"], utc=True).dt.tz_convert(zone)})


def _pick(names: list[str]) -> None:
    rows = st.session_state[_LIST].selection.rows
    if rows and 0 <= rows[0] < len(names):
        st.session_state[PICKED] = names[rows[0]]


def _new_account(where: Places) -> None:
    key = f"{_NEW}-{st.session_state.get(_ROUND, 0)}"  # what was typed is gone, and the popover closed, once it is made
    with (
        st.popover("New account", icon=":material/person_add:", key=f"{key}-popover"),
        st.form(key, border=False, enter_to_submit=False),
    ):
        st.text_input("User name", key=f"{key}-username", max_chars=100, autocomplete="off", width=340)
        st.text_input("Name", key=f"{key}-name", max_chars=200, autocomplete="off", width=340,
                      help="As it is shown; the user name where it is left out.")  # fmt: skip
        st.selectbox("Role", ROLES, key=f"{key}-role", width=340)
        scope_fields(where, key=key)
        st.caption("A password is made and shown to you once; the first login asks for another.")
        st.form_submit_button("Create account", type="primary", on_click=_create, args=(key,))


def _create(key: str) -> None:
    held = st.session_state
    asked = {name: held.get(f"{key}-{name}") for name in ("username", "name", "role")}
    password = generated()
    if tried(partial(_made, asked, picked(key), password)):
        held[_ROUND] = held.get(_ROUND, 0) + 1
        show_later((asked["username"] or "").strip(), password)


def _made(asked: dict[str, Any], limits: dict[str, list[int]], password: str, conn: sa.Connection, by: Actor) -> str:
    made = create_account(
        conn,
        username=asked["username"] or "",
        password=password,
        role=asked["role"],
        display_name=asked["name"] or None,
        must_change=True,
        by=by,
    )
    if any(limits.values()):
        set_scope(conn, username=made.username, by=by, **limits)
    return f"Made {made.username} ({made.role})."
