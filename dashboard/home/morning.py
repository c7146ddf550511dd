"""What the home page is drawn from: one snapshot, whose stores it is of, and as of when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
import streamlit as st

from dashboard.auth import User
from dashboard.load import Resources
from dashboard.old_links import STAY
from dashboard.past.pin import Pin, pin_in_link
from data.cache import ResultCache
from data.queries.freshness import Freshness


@dataclass(frozen=True, eq=False)
class Morning:
    """Everything that cards are made from. `facts` are the first and the last date that there are facts for."""

    conn: sa.Connection
    user: User
    fresh: Freshness
    pin: Pin
    facts: tuple[date, date]

    @property
    def revision(self) -> int | None:
        """The past revision that is shown; None for now."""
        return self.pin.revision

    @property
    def cache(self) -> ResultCache | None:
        """The results of this process."""
        return Resources.cache


def stay_at(revision: int | None) -> None:
    """Let the link pin a revision of the home page, or nothing."""
    pin_in_link(revision)
    if revision is None:
        st.query_params.pop(STAY, None)
    else:
        st.query_params[STAY] = "past"
