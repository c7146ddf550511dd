"""The overview that a reader has before them, so that parts of it can be drawn again from the same figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
import streamlit as st

from dashboard import auth
from dashboard.auth import User
from dashboard.filters import Choices, asked_by, in_words
from dashboard.load import charted
from dashboard.overview import Overview, kept_overview
from dashboard.overview_drawn import Drawn, drawn_of
from dashboard.panels import colours
from dashboard.past.pin import Pin
from dashboard.past.words import PARAM
from dashboard.selection import Filters
from dashboard.usual import is_shown
from data.queries.freshness import Freshness
from data.queries.revisions import current_revision

BY_INTERVAL = "overview-by-interval"


@dataclass(eq=False)
class Shown:
    """What the whole page was drawn from last; `overview` is newer where its interval alone was changed since."""

    user: User
    pin: Pin
    fresh: Freshness
    choices: Choices
    overview: Overview
    link: str = field(default_factory=lambda: st.query_params.get(PARAM, ""))
    usual: bool = field(default_factory=is_shown)
    _is_drawing: bool = False
    _is_whole: bool = False

    @property
    def filters(self) -> Filters:
        """What is asked for."""
        return self.overview.filters

    @property
    def asked(self) -> str:
        """The same in words."""
        return in_words(self.filters, self.choices, self.overview.span)

    @property
    def drawn(self) -> Drawn:
        """Its tables and figures, in the reader's colours."""
        return drawn_of(self.overview, colours())

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Around everything that is drawn of it; a page that is broken off by the next click is not whole."""
        self._is_drawing = True
        try:
            yield
            self._is_whole = True
        finally:
            self._is_drawing = False

    def follow(self) -> None:
        """Read another interval, where a part is drawn again on its own.

        The whole page is drawn again where anything else has changed: the rest of it would be of other figures.
        """
        if self._is_drawing:
            return
        user, filters = auth.require("analyst"), asked_by(self.choices)
        link = st.query_params.get(PARAM, "")
        if not self._is_whole or (user, link) != (self.user, self.link) or not self._is_interval(filters):
            st.rerun()
        if (filters, is_shown()) == (self.filters, self.usual):
            return
        newest, overview = charted(user.scope, lambda conn: (current_revision(conn), self._read(conn, filters)))
        if newest != self.pin.newest:
            st.rerun()
        self.overview, self.usual = overview, is_shown()

    def _is_interval(self, filters: Filters) -> bool:
        return replace(filters, grain=self.filters.grain) == self.filters

    def _read(self, conn: sa.Connection, filters: Filters) -> Overview:
        return kept_overview(conn, filters, self.fresh, scope=self.user.scope, revision=self.pin.revision)
