"""Dashboards as people may see them, and the views on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from data.dashboards.kind import DASHBOARDS, Content, Item, SavedDashboard, SavedVersion
from data.saved.reading import all_saved, favourites_of, one_saved, versions_of
from data.views.reading import Hidden, SavedView, hidden_views, some_views

__all__ = [
    "Content",
    "Item",
    "SavedDashboard",
    "SavedVersion",
    "ViewsShown",
    "dashboard_versions",
    "dashboards_for",
    "favourite_dashboards",
    "saved_dashboard",
    "views_shown",
]


@dataclass(frozen=True)
class ViewsShown:
    """The views of a dashboard that the account may see, and why it may not see the others; by their numbers."""

    views: Mapping[int, SavedView]
    hidden: Mapping[int, Hidden]

    def private_to(self, account_id: int) -> list[SavedView]:
        """Those that only the account can see."""
        return [view for view in self.views.values() if view.owner_id == account_id and not view.content.shared]


def dashboards_for(conn: sa.Connection, *, account_id: int) -> list[SavedDashboard]:
    """The account's own dashboards and all shared ones, by folder and name; deleted ones left out."""
    return all_saved(conn, DASHBOARDS, account_id=account_id)


def favourite_dashboards(conn: sa.Connection, *, account_id: int) -> list[SavedDashboard]:
    """The account's favourite dashboards, the first one added first."""
    return favourites_of(conn, DASHBOARDS, account_id=account_id)


def saved_dashboard(conn: sa.Connection, *, dashboard_id: int, account_id: int) -> SavedDashboard:
    """One dashboard; raises UnknownDashboard where it is not there, deleted, or another's and private."""
    return one_saved(conn, DASHBOARDS, dashboard_id, account_id=account_id)


def dashboard_versions(conn: sa.Connection, *, dashboard_id: int, account_id: int) -> list[SavedVersion]:
    """Every version of a dashboard, the newest first; raises UnknownDashboard like `saved_dashboard`.

    Versions from when the dashboard was private are its owner's alone, also after it has been shared.
    """
    return versions_of(conn, DASHBOARDS, dashboard_id, account_id=account_id)


def views_shown(conn: sa.Connection, items: tuple[Item, ...], *, account_id: int) -> ViewsShown:
    """The views of the items as they are now: a saved change of a view shows on every dashboard."""
    wanted = tuple(dict.fromkeys(item.view_id for item in items))
    views = {view.view_id: view for view in some_views(conn, view_ids=wanted, account_id=account_id)}
    missing = [view_id for view_id in wanted if view_id not in views]
    return ViewsShown(views, hidden_views(conn, view_ids=missing, account_id=account_id) if missing else {})
