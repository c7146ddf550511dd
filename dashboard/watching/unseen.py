"""How much watches have told that was not seen yet."""

from __future__ import annotations

import streamlit as st

from dashboard.anchors import anchor, show_lines
from dashboard.auth import User
from dashboard.load import database
from data.watches.keeping import unseen_count

_LOOK_S = 15


@st.fragment(run_every=_LOOK_S)
def unseen_link(user: User) -> None:
    """A line that leads to the watches, where they have something new; looks again now and then."""
    with database().accounts() as conn:
        count = unseen_count(conn, account_id=user.account_id)
    if count:
        words = f"{count} watch{'es have' if count > 1 else ' has'} something to tell"
        show_lines([anchor(words, "/watches")], name="unseen")
