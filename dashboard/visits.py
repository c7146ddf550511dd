"""The visit that somebody is on: noted while pages are looked at, and what was seen at the end of the one before."""

from __future__ import annotations

from time import monotonic

import streamlit as st

from dashboard.auth import User
from dashboard.load import database, reading
from data.accounts.visits import Seen, note_visit
from data.queries.revisions import current_revision

_SEEN, _NOTED = "visit.seen", "visit.noted"
_EVERY_S = 60.0


def last_visit(user: User) -> Seen | None:
    """What this person saw at the end of the visit before this one; notes that they are here, once a minute."""
    held = st.session_state
    if _NOTED not in held or monotonic() - held[_NOTED] > _EVERY_S:
        with reading(user.scope) as conn:
            newest = current_revision(conn)
        if newest:
            with database().accounts() as conn:
                held[_SEEN] = note_visit(conn, account_id=user.account_id, revision=newest)
            held[_NOTED] = monotonic()
    seen: Seen | None = held.get(_SEEN)
    return seen
