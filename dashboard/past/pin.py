"""The revision that a page is drawn at: now, or one that the link pins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import streamlit as st

from dashboard.load import database
from dashboard.past.words import PARAM, file_suffix, revision_in
from data.queries.past import revision_opened_at
from data.queries.revisions import current_revision
from data.revisions.reading import NamedRevision, name_of_revision


@dataclass(frozen=True)
class Pin:
    """Which revision is shown; None for now. `opened_at` (UTC) and `named` are of a pinned one."""

    newest: int
    revision: int | None = None
    opened_at: datetime | None = None
    named: NamedRevision | None = None

    @property
    def suffix(self) -> str:
        """What files are called besides their name."""
        return file_suffix(self.revision)

    @property
    def notes(self) -> list[str]:
        """What files say about it."""
        if self.revision is None:
            return []
        called = "" if self.named is None else f", {self.named.name}{', certified' if self.named.certified else ''}"
        return [f"As of revision {self.revision}{called}; the newest was {self.newest}"]


def read_pin(conn: sa.Connection, revision: int | None) -> Pin:
    """The pin to a revision that is there, with what is known of it; None for now."""
    newest = current_revision(conn)
    if revision is None:
        return Pin(newest)
    opened_at = revision_opened_at(conn, revision=revision)
    with database().accounts() as accounts:
        named = name_of_revision(accounts, revision=revision)
    return Pin(newest, revision, opened_at, named)


def pin_of_link(conn: sa.Connection) -> tuple[Pin, list[str]]:
    """The pin that the link asks for, and what it named in vain; the link then says what is shown."""
    ignored: list[str] = []
    word = st.query_params.get(PARAM, "")
    revision = revision_in(word, current_revision(conn), ignored)
    if word != ("" if revision is None else str(revision)):
        pin_in_link(revision)
    return read_pin(conn, revision), ignored


def pin_in_link(revision: int | None) -> None:
    """Let the link pin a revision, or nothing."""
    if revision is None:
        st.query_params.pop(PARAM, None)
    else:
        st.query_params[PARAM] = str(revision)
