"""What is asked, in words: for the empty state and for the files."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from dashboard.explore.explored import Explored
from dashboard.explore.filtering import in_words
from dashboard.explore.marks import compared_in_words
from dashboard.explore.state import State
from dashboard.periods import Period
from dashboard.states import freshness_text
from data.queries.freshness import Freshness
from data.scope import Scope


def asked_in_words(conn: sa.Connection, explored: Explored, *, scope: Scope) -> str:
    """The dates and the filters."""
    state = explored.state
    filters = "; ".join(in_words(conn, state, item, scope=scope) for item in state.filters)
    return ", ".join(filter(None, (str(explored.span), filters or "everything")))


def export_notes(explored: Explored, fresh: Freshness, asked: str, past: list[str]) -> list[str]:
    """What a file says about itself; `past` is what it says of its revision."""
    against = compared_in_words(explored.state, explored.span)
    notes = [explored.title, *past, asked, *([f"Compared with {against}"] if against else [])]
    return [*notes, f"Money in {fresh.currency}", freshness_text(fresh)]


def widened(state: State) -> State:
    """The same question without anything that could have left nothing."""
    return replace(state, period=Period.ALL, dates=None, filters=(), lines=None)
