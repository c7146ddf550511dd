"""Saving dashboards: always explicit, never over what somebody else saved meanwhile."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from data.dashboards.kind import DASHBOARDS, Content, SavedDashboard
from data.errors import InvalidDashboard
from data.models import DashboardVersion
from data.saved.writing import changeable, delete, favour, may_change, restore, save_new, undelete, update
from data.views.reading import some_views

__all__ = [
    "delete_dashboard",
    "may_change",
    "restore_version",
    "save_dashboard",
    "set_favourite",
    "undelete_dashboard",
    "update_dashboard",
]


def save_dashboard(conn: sa.Connection, content: Content, *, account_id: int) -> SavedDashboard:
    """A new dashboard of the account.

    Raises InvalidDashboard for a name that is taken, empty or too long, for items that do not fit the grid, and for
    views that the account may not see.
    """
    _check_views(conn, content, account_id=account_id)
    return save_new(conn, DASHBOARDS, content, account_id=account_id)


def update_dashboard(
    conn: sa.Connection, content: Content, *, dashboard_id: int, base_version: int, account_id: int, role: str
) -> SavedDashboard:
    """A new version of a dashboard that was opened at `base_version`.

    Raises StaleDashboard where somebody has saved since, with what they saved; NotYourDashboard where the account may
    not change it; UnknownDashboard and InvalidDashboard. Views that were on it may stay, seen or not.
    """
    changeable(conn, DASHBOARDS, dashboard_id, account_id=account_id, role=role)
    _check_views(conn, content, account_id=account_id, known=_ever_shown(conn, dashboard_id))
    return update(conn, DASHBOARDS, content, number=dashboard_id, base_version=base_version,
                  account_id=account_id, role=role)  # fmt: skip


def restore_version(
    conn: sa.Connection, *, dashboard_id: int, version: int, base_version: int, account_id: int, role: str
) -> SavedDashboard:
    """What the dashboard was at `version`, as a new version; shared or private as it is now."""
    return restore(conn, DASHBOARDS, number=dashboard_id, version=version, base_version=base_version,
                   account_id=account_id, role=role)  # fmt: skip


def delete_dashboard(conn: sa.Connection, *, dashboard_id: int, account_id: int, role: str) -> int:
    """Put a dashboard away, its views untouched, and say in how many people's favourites it was."""
    return delete(conn, DASHBOARDS, dashboard_id, account_id=account_id, role=role)


def undelete_dashboard(conn: sa.Connection, *, dashboard_id: int, account_id: int, role: str) -> SavedDashboard:
    """Bring back a deleted dashboard; raises InvalidDashboard where its name has been taken since."""
    return undelete(conn, DASHBOARDS, dashboard_id, account_id=account_id, role=role)


def set_favourite(conn: sa.Connection, *, dashboard_id: int, account_id: int, favourite: bool) -> None:
    """List a dashboard first for the account, or no longer; raises UnknownDashboard for one it cannot see."""
    favour(conn, DASHBOARDS, dashboard_id, account_id=account_id, favourite=favourite)


def _check_views(conn: sa.Connection, content: Content, *, account_id: int, known: Collection[int] = ()) -> None:
    """What is added must be seen: a dashboard is no way to find out which numbers views have."""
    added = {item.view_id for item in content.items} - set(known)
    seen = {view.view_id for view in some_views(conn, view_ids=tuple(added), account_id=account_id)}
    unseen = sorted(added - seen)
    if unseen:
        raise InvalidDashboard(f"there is no view {unseen[0]}, or it is not shared with you; it cannot be added")


def _ever_shown(conn: sa.Connection, dashboard_id: int) -> set[int]:
    kept = conn.scalars(sa.select(DashboardVersion.items).where(DashboardVersion.dashboard_id == dashboard_id))
    return {item["view"] for items in kept for item in items}
