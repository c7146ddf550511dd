"""The views of a dashboard with their answers, from one snapshot. No widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

import pandas as pd
import sqlalchemy as sa
from psycopg.errors import QueryCanceled
from sqlalchemy.exc import OperationalError

from dashboard.dashboards.overlay import overlaid
from dashboard.explore.explored import Explored, explore, is_drawn
from dashboard.explore.figures import drawable
from dashboard.explore.filtering import in_words
from dashboard.explore.links import from_params, to_params
from dashboard.explore.state import Chart, State
from dashboard.selection import Filters
from data.dashboards.reading import Item, ViewsShown
from data.errors import DataError
from data.queries.calendar import calendar_events
from data.queries.freshness import Freshness, freshness
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.types import PERIOD
from data.views.reading import Hidden, SavedView

_PAGE = "explore"
_HIDDEN = {
    Hidden.PRIVATE: ("This view is private", "Only its owner can see it. Ask them to share it, or take it off."),
    Hidden.DELETED_OWN: ("You deleted this view", "It can be brought back as it was."),
    Hidden.DELETED: ("This view was deleted", "Its owner can bring it back. Until then, nothing is shown here."),
}


@dataclass(frozen=True, eq=False)
class Shown:
    """An item with what it shows: an answer, or why there is none (`missing`, and what to do about it as `advice`).

    `about` says what the figures are and over which dates, and what the view itself is filtered by.
    """

    item: Item
    title: str
    view: SavedView | None = None
    explored: Explored | None = None
    about: str = ""
    notes: tuple[str, ...] = ()
    events: pd.DataFrame = field(default_factory=pd.DataFrame)
    missing: str = ""
    advice: str = ""
    can_come_back: bool = False

    @property
    def width(self) -> int:
        """How many of twelve columns it takes up."""
        return self.item.width

    @property
    def is_empty(self) -> bool:
        """Whether it could show figures, and has none."""
        return self.explored is not None and self.explored.is_empty

    @property
    def address(self) -> str:
        """Where Explore shows the same, the filters of the bar included."""
        if self.explored is None or self.view is None:
            return ""
        words = to_params(self.explored.asked)
        return f"/{_PAGE}?{urlencode({**words, 'view': [str(self.view.view_id)]}, doseq=True)}"


@dataclass(frozen=True, eq=False)
class Reader:
    """One snapshot whose newest revision is `newest`, one caller, what the bar says, and the views that there are."""

    conn: sa.Connection
    scope: Scope
    filters: Filters
    revision: int | None
    found: ViewsShown
    newest: int
    _fresh: dict[tuple[str, int | None], Freshness] = field(default_factory=dict)

    def shown(self, item: Item) -> Shown:
        """The item with its answer; what goes wrong with one is said in its place, and leaves the others alone."""
        view = self.found.views.get(item.view_id)
        if view is None:
            hidden = self.found.hidden.get(item.view_id, Hidden.DELETED)
            missing, advice = _HIDDEN[hidden]
            return Shown(item, item.title or f"View {item.view_id}", missing=missing, advice=advice,
                         can_come_back=hidden is Hidden.DELETED_OWN)  # fmt: skip
        title = item.title or view.content.name
        problem = _unknown(view)
        if problem:
            return Shown(item, title, view, missing="This view cannot be drawn", advice=problem)
        try:
            with self.conn.begin_nested():
                return self._answered(item, title, view)
        except OperationalError as error:
            if not isinstance(error.orig, QueryCanceled):
                raise
            why = "Its question takes too long. Ask for fewer dates, or open it and ask for less."
            return Shown(item, title, view, missing="This view was not answered", advice=why)
        except DataError as error:
            return Shown(item, title, view, missing="This view cannot be drawn", advice=f"{error}.")

    def _answered(self, item: Item, title: str, view: SavedView) -> Shown:
        saved, lost = from_params(parse_qs(view.content.link), self.newest)
        under = overlaid(saved, self.filters, revision=self.revision)
        notes = [*under.notes]
        if lost:
            notes.append(f"The view also names {', '.join(word[:40] for word in lost[:3])}, not known here any more.")
        if self.revision is None and saved.revision is not None:
            notes.append(f"As of revision {saved.revision}, as the view was saved.")
        fresh = self._freshness(under.state)
        if fresh.first_business_date is None or fresh.last_business_date is None:
            label = under.state.subject.subject.label.lower()
            return Shown(item, title, view, missing="Nothing to show yet", advice=f"No {label} had been loaded.")
        span = under.state.span(fresh.first_business_date, fresh.last_business_date)
        explored = explore(self.conn, under.state, span, fresh, scope=self.scope)
        about = self._about(explored, saved, title)
        return Shown(item, title, view, explored, about, tuple(notes), self._events(explored))

    def _about(self, explored: Explored, saved: State, title: str) -> str:
        """`Net sales by week · 1 Jan - 31 Dec 2017 · Category: BREAD`."""
        state = explored.state
        own = [item for item in state.filters if item in saved.filters]
        words = [in_words(self.conn, state, item, scope=self.scope) for item in own]
        what = [explored.title] if state.keys and explored.title != title else []
        return " \N{MIDDLE DOT} ".join([*what, str(explored.span), *words])

    def _freshness(self, state: State) -> Freshness:
        key = (state.subject.subject.facts.name, state.revision)
        if key not in self._fresh:
            self._fresh[key] = freshness(self.conn, facts=key[0], revision=key[1])
        return self._fresh[key]

    def _events(self, explored: Explored) -> pd.DataFrame:
        """The events that its chart marks; none where it marks none."""
        state, drawing = explored.state, explored.drawing
        if drawing is None or drawing.axes.x != PERIOD or drawable(state, drawing) is not Chart.LINE:
            return pd.DataFrame()
        span = explored.span
        return calendar_events(self.conn, start=span.start, end=span.end, scope=self.scope, filters=state.filters,
                               revision=state.revision)  # fmt: skip


def is_chart(explored: Explored) -> bool:
    """Whether it is drawn as a chart, neither as numbers nor as a table alone."""
    return explored.drawing is not None and is_drawn(explored.state)


def _unknown(view: SavedView) -> str:
    """Why a view cannot be asked at all: of another page, or of figures that nothing here goes by."""
    if view.content.page != _PAGE:
        return f"It was saved on the page “{view.content.page}”, which shows more than one figure."
    named: Mapping[str, list[str]] = parse_qs(view.content.link)
    metrics = named.get("m", [""])[-1].split(",") if "m" in named else []
    if metrics and not set(metrics) & set(catalog().metrics):
        return f"It asks for {', '.join(word[:40] for word in metrics[:3])}, which is not known here."
    return ""
