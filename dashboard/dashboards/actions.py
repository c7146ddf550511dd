"""What can be done with dashboards, as callbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import streamlit as st

from dashboard.auth import User, acting_user
from dashboard.dashboards.draft import Draft, draft_of, drop, keep
from dashboard.load import database
from data.dashboards.reading import Content, SavedDashboard, saved_dashboard
from data.dashboards.writing import (
    delete_dashboard,
    restore_version,
    save_dashboard,
    set_favourite,
    undelete_dashboard,
    update_dashboard,
)
from data.errors import DashboardError, StaleDashboard, ViewError
from data.views.reading import SavedView
from data.views.writing import share_view, undelete_view

PARAM, FULL = "dashboard", "full"
PROBLEM, STALE, DELETED, NEW = (f"dashboards.{name}" for name in ("problem", "stale", "deleted", "new"))


def open_dashboard(dashboard_id: int | None) -> None:
    """Show a dashboard, or the list of all."""
    for name in (STALE, DELETED):
        st.session_state.pop(name, None)
    st.query_params.pop(FULL, None)
    if dashboard_id is None:
        st.query_params.clear()
    else:
        st.query_params[PARAM] = str(dashboard_id)


def create() -> None:
    """A new dashboard under the name that was typed, opened to be arranged."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            saved = save_dashboard(conn, Content(st.session_state[NEW]), account_id=user.account_id)
        keep(Draft.of(saved))
        open_dashboard(saved.dashboard_id)

    _trying(act)


def duplicate(dashboard: SavedDashboard, content: Content) -> None:
    """The same arrangement as a private dashboard of one's own."""

    def act(user: User) -> None:
        mine = replace(content, name=f"Copy of {content.name}"[:120], folder="", shared=False)
        with database().accounts() as conn:
            saved = save_dashboard(conn, mine, account_id=user.account_id)
        drop(dashboard.dashboard_id)
        keep(Draft.of(saved))
        open_dashboard(saved.dashboard_id)
        _told(saved)

    _trying(act)


def arrange(dashboard: SavedDashboard) -> None:
    """Begin a draft of what is saved."""
    keep(Draft.of(dashboard))


def discard(dashboard_id: int) -> None:
    """Forget the draft, and show what is saved."""
    st.session_state.pop(STALE, None)
    drop(dashboard_id)


def save(draft: Draft, base: int | None = None) -> None:
    """Save the draft as a new version, unless somebody else has saved since it began (or since `base`)."""

    def act(user: User) -> None:
        version = draft.saved.version if base is None else base
        now = draft_of(draft.saved.dashboard_id) or draft
        _update(now.saved, now.whole, version, user)
        drop(draft.saved.dashboard_id)

    _trying(act)


def share(dashboard: SavedDashboard, *, shared: bool, views: Iterable[SavedView] = ()) -> None:
    """Let everybody see the dashboard, and with it those of its views that nobody else sees; or nobody any more."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            for view in views:
                share_view(conn, view_id=view.view_id, account_id=user.account_id, role=user.role)
        if shared != dashboard.content.shared:
            _update(dashboard, replace(dashboard.content, shared=shared), dashboard.version, user)

    _trying(act)


def restore(dashboard: SavedDashboard, version: int) -> None:
    """Bring back an older version as a new one."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            saved = restore_version(conn, dashboard_id=dashboard.dashboard_id, version=version,
                                    base_version=dashboard.version, account_id=user.account_id,
                                    role=user.role)  # fmt: skip
        drop(saved.dashboard_id)
        _told(saved)

    _trying(act)


def delete(dashboard: SavedDashboard) -> None:
    """Put a dashboard away; the list then offers to bring it back."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            count = delete_dashboard(conn, dashboard_id=dashboard.dashboard_id, account_id=user.account_id,
                                     role=user.role)  # fmt: skip
        also = f"; {count} {'person' if count == 1 else 'people'} had it as a favourite" if count else ""
        drop(dashboard.dashboard_id)
        open_dashboard(None)
        words = f"Deleted “{dashboard.content.name}”{also}. Its views are as they were."
        st.session_state[DELETED] = (dashboard.dashboard_id, words)

    _trying(act)


def undelete(dashboard_id: int) -> None:
    """Bring a deleted dashboard back."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            saved = undelete_dashboard(conn, dashboard_id=dashboard_id, account_id=user.account_id, role=user.role)
        open_dashboard(saved.dashboard_id)

    _trying(act)


def favour(dashboard: SavedDashboard) -> None:
    """Add a dashboard to one's favourites, or take it out."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            set_favourite(conn, dashboard_id=dashboard.dashboard_id, account_id=user.account_id,
                          favourite=not dashboard.favourite)  # fmt: skip

    _trying(act)


def bring_back(view_id: int) -> None:
    """Bring back a deleted view that a dashboard shows."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            undelete_view(conn, view_id=view_id, account_id=user.account_id, role=user.role)

    _trying(act)


def _update(dashboard: SavedDashboard, content: Content, base: int, user: User) -> None:
    with database().accounts() as conn:
        saved = update_dashboard(conn, content, dashboard_id=dashboard.dashboard_id, base_version=base,
                                 account_id=user.account_id, role=user.role)  # fmt: skip
    st.session_state.pop(STALE, None)
    _told(saved)


def _told(saved: SavedDashboard) -> None:
    st.toast(f"Saved “{saved.content.name}”, version {saved.version}", icon=":material/check:")


def _trying(act: Callable[[User], None]) -> None:
    """Act as who is logged in now, because callbacks run before the page asks; what goes wrong is told on the page."""
    user = acting_user()
    if user is None:
        return
    try:
        act(user)
    except StaleDashboard as stale:
        st.session_state[STALE] = stale
    except (DashboardError, ViewError) as error:
        st.session_state[PROBLEM] = str(error)


def opened_by_link(user: User) -> tuple[SavedDashboard | None, str]:
    """The dashboard that the link names, or what is to be said of one that is not there."""
    word = st.query_params.get(PARAM, "")
    if not word:
        return None, ""
    try:
        number = int(word) if word.isascii() and word.isdigit() and len(word) < 11 else 0
        with database().accounts() as conn:
            return saved_dashboard(conn, dashboard_id=number, account_id=user.account_id), ""
    except DashboardError:
        return None, f"There is no dashboard {word[:20]}, or it is not shared with you."
