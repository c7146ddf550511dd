"""Files that leave a page, each with a line in the audit trail: who took what, and as of which revision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from dashboard.auth import gate
from dashboard.load import database
from data.accounts.audit import Actor, Kind, note
from data.accounts.sessions import session_account
from data.errors import NotAllowed
from data.queries.revisions import current_revision
from data.scope import Scope

_REVISION = "revision"  # how links name it


def download_button(  # noqa: PLR0913  # what Streamlit's has
    label: str,
    make: Callable[[], bytes],
    file: str,
    mime: str,
    *,
    key: str | None = None,
    help: str | None = None,
    type: Literal["primary", "secondary", "tertiary"] = "secondary",
    icon: str | None = None,
    revision: int | None = None,
) -> None:
    """A button for a file that is made when it is asked for, and noted then.

    `revision` is the one that its figures are of; without it the one that the link names, or else the newest.
    """
    made = noted(make, file=file, revision=revision or _linked())
    st.download_button(label, made, file, mime, key=key, help=help, type=type, icon=icon, on_click="ignore")


def noted(make: Callable[[], bytes], *, file: str, revision: int | None) -> Callable[[], bytes]:
    """What makes a file and notes it; refused to who has logged out since, for nobody could be named."""
    token, address = gate.session_token(), st.context.ip_address

    def made() -> bytes:
        if token is None:  # a script that is run without a browser
            return make()
        with database().accounts() as conn:
            account = session_account(conn, token=token)
        if account is None:
            raise NotAllowed("you are logged out: log in and load the page again")
        newest = revision or _newest()
        content = make()
        with database().accounts() as conn:
            by = Actor(account.account_id, account.username, address=address)
            note(conn, Kind.EXPORT, by=by, file=file, revision=newest, bytes=len(content))
        return content

    return made


def _linked() -> int | None:
    named = st.query_params.get(_REVISION, "")
    return int(named) if named.isascii() and named.isdigit() and len(named) < 12 else None


def _newest() -> int:
    with database().reading(Scope.everything()) as conn:
        return current_revision(conn)
