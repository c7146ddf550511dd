"""The page of one dashboard: filter bar, what can be done with it, and its views on the grid."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
import streamlit as st

from dashboard.auth import User
from dashboard.dashboards.arranging import arranging_bar
from dashboard.dashboards.bar import dashboard_bar, messages
from dashboard.dashboards.draft import Draft, draft_of
from dashboard.dashboards.export import html_file
from dashboard.dashboards.full_screen import Drawn, full_screen_head, is_full, redraw_when_new, updated_words
from dashboard.dashboards.grid import show_grid
from dashboard.dashboards.panels import Reading
from dashboard.dashboards.shown import Reader, Shown
from dashboard.filters import Choices, ask_for, filter_bar, picked_in_words, read_choices
from dashboard.freshness import kept_freshness
from dashboard.load import database, reading
from dashboard.past.banner import past_banner
from dashboard.past.chooser import revision_chooser
from dashboard.past.pin import Pin, pin_in_link, pin_of_link
from dashboard.past.words import plain
from dashboard.periods import Period
from dashboard.selection import Filters
from dashboard.states import footer, freshness_text, nothing_loaded
from dashboard.visits import last_visit
from data.dashboards.reading import Content, SavedDashboard, ViewsShown, saved_dashboard, views_shown
from data.errors import DataError
from data.queries.freshness import Freshness
from data.queries.past import revision_opened_at
from data.queries.revisions import current_revision
from data.scope import Scope
from data.views.reading import views_for

EACH_OWN = Filters(Period.OWN)


@dataclass(frozen=True, eq=False)
class Opened:
    """A dashboard that is open: what is shown of it (its draft, where there is one), and over what."""

    conn: sa.Connection
    user: User
    dashboard: SavedDashboard
    draft: Draft | None
    found: ViewsShown
    pin: Pin
    fresh: Freshness

    @property
    def content(self) -> Content:
        """What is on the grid."""
        return self.draft.whole if self.draft else self.dashboard.content

    @property
    def signature(self) -> Hashable:
        """What changes whenever the page would look different."""
        return self.pin.newest, self.dashboard.version, _versions(self.found)


def show_dashboard(conn: sa.Connection, user: User, dashboard: SavedDashboard) -> None:
    """The page of a dashboard that is open."""
    pin, unknown = pin_of_link(conn)
    opened = _opened(conn, user, dashboard, pin)
    if not is_full():
        _head(opened)
    past_banner(pin, zone=opened.fresh.time_zone, on_return=partial(pin_in_link, None))
    asked = _asked(opened, unknown)
    if asked is None:
        nothing_loaded(revision=pin.revision)
        footer(opened.fresh)
        return
    filters, words = asked
    reader = Reader(conn, user.scope, filters, pin.revision, opened.found, pin.newest)
    shown = [reader.shown(item) for item in opened.content.items]
    if is_full():
        _full(opened, words, shown)
    else:
        _bars(opened, words, shown)
        _grid(opened, words, shown)
        footer(opened.fresh)


def _opened(conn: sa.Connection, user: User, dashboard: SavedDashboard, pin: Pin) -> Opened:
    draft = None if is_full() else draft_of(dashboard.dashboard_id)
    items = draft.whole.items if draft else dashboard.content.items
    with database().accounts() as accounts:
        found = views_shown(accounts, items, account_id=user.account_id)
    return Opened(conn, user, dashboard, draft, found, pin, kept_freshness(conn, revision=pin.revision))


def _asked(opened: Opened, unknown: list[str]) -> tuple[Filters, str] | None:
    """What the bar says, also in words; None where there is nothing to ask about."""
    conn, pin, fresh = opened.conn, opened.pin, opened.fresh
    first, last = fresh.first_business_date, fresh.last_business_date
    if first is None or last is None:
        return None
    choices = read_choices(conn, scope=opened.user.scope, first=first, last=last, revision=pin.revision)
    chooser = partial(revision_chooser, conn, pin, zone=fresh.time_zone, choose=pin_in_link)
    filters = filter_bar(choices, more=chooser, ignored=unknown, grain=False, comparison=False, plain=EACH_OWN)
    return filters, asked_words(filters, choices)


def _bars(opened: Opened, words: str, shown: list[Shown]) -> None:
    """What can be done with the dashboard, and what is asked."""
    fresh, draft, user = opened.fresh, opened.draft, opened.user
    file = partial(html_file, opened.content, shown, words, [*opened.pin.notes, freshness_text(fresh)])
    dashboard_bar(opened.dashboard, draft, opened.found, user, zone=fresh.time_zone, file=_file_name(opened), make=file)
    messages(draft)
    if draft:
        with database().accounts() as accounts:
            arranging_bar(draft, views_for(accounts, account_id=user.account_id))
    st.caption(f":material/event: {plain(words)}")


def _grid(opened: Opened, words: str, shown: list[Shown]) -> None:
    looks = Reading(last_visit(opened.user), opened.pin.newest, only_look=is_full())
    show_grid(shown, opened.draft, looks, asked=plain(words), on_widen=partial(ask_for, EACH_OWN))


def asked_words(filters: Filters, choices: Choices) -> str:
    """What the bar asks for, in words: whose dates, and what is filtered."""
    picked = picked_in_words(filters, choices)
    if filters.period is Period.OWN:
        dates = "Each view over its own dates"
    else:
        dates = f"All views over {filters.span(choices.first, choices.last)}"
    return f"{dates}, {picked}" if picked else dates


def _head(opened: Opened) -> None:
    content = opened.content
    st.title(plain(content.name), anchor=False)
    whose = "yours" if opened.dashboard.owner_id == opened.user.account_id else f"by {plain(opened.dashboard.owner)}"
    about = [plain(content.description)] if content.description else []
    st.caption(" · ".join([*about, f"{whose}, {'shared' if content.shared else 'private'}"]))


def _full(opened: Opened, words: str, shown: list[Shown]) -> None:
    pin = opened.pin
    at = revision_opened_at(opened.conn, revision=pin.newest) if pin.newest else None
    said = updated_words(pin.revision or pin.newest, at, opened.fresh.time_zone, past=pin.revision is not None)
    drawn = Drawn(opened.signature, partial(newest_signature, opened.user, opened.dashboard), said)
    full_screen_head(plain(opened.content.name), plain(words), partial(redraw_when_new, drawn))
    _grid(opened, words, shown)


def newest_signature(user: User, dashboard: SavedDashboard) -> Hashable:
    """What the page would look like now: a few rows by their keys, whatever is on the dashboard."""
    with reading(Scope.everything()) as conn:
        newest = current_revision(conn)
    with database().accounts() as accounts:
        try:
            now = saved_dashboard(accounts, dashboard_id=dashboard.dashboard_id, account_id=user.account_id)
        except DataError:
            return None
        found = views_shown(accounts, now.content.items, account_id=user.account_id)
    return newest, now.version, _versions(found)


def _versions(found: ViewsShown) -> Hashable:
    return tuple(sorted((view.view_id, view.version) for view in found.views.values())), tuple(found.hidden.items())


def _file_name(opened: Opened) -> str:
    words = "".join(letter if letter.isalnum() else "-" for letter in opened.content.name.lower())
    return f"{'-'.join(filter(None, words.split('-')))[:60] or 'dashboard'}{opened.pin.suffix}.html"
