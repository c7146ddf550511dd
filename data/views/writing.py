"""Saving views: always explicit, never over what somebody else saved meanwhile."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from data.saved.writing import delete, favour, may_change, restore, save_new, undelete, update
from data.views.kind import VIEWS, Content, SavedView
from data.views.reading import saved_view

__all__ = [
    "delete_view",
    "may_change",
    "restore_version",
    "save_view",
    "set_favourite",
    "share_view",
    "undelete_view",
    "update_view",
]


def save_view(conn: sa.Connection, content: Content, *, account_id: int) -> SavedView:
    """A new view of the account; raises InvalidView for a name that is taken, empty or too long."""
    return save_new(conn, VIEWS, content, account_id=account_id)


def update_view(
    conn: sa.Connection, content: Content, *, view_id: int, base_version: int, account_id: int, role: str
) -> SavedView:
    """A new version of a view that was opened at `base_version`; the page that draws it stays as it was.

    Raises StaleView where somebody has saved since, with what they saved; NotYourView where the account may not
    change it; UnknownView and InvalidView.
    """
    return update(conn, VIEWS, content, number=view_id, base_version=base_version, account_id=account_id, role=role)


def share_view(conn: sa.Connection, *, view_id: int, account_id: int, role: str) -> SavedView:
    """Let everybody see a view of the account's own, as it is now; raises NotYourView and UnknownView."""
    now = saved_view(conn, view_id=view_id, account_id=account_id)
    content = replace(now.content, shared=True)
    return update_view(conn, content, view_id=view_id, base_version=now.version, account_id=account_id, role=role)


def restore_version(
    conn: sa.Connection, *, view_id: int, version: int, base_version: int, account_id: int, role: str
) -> SavedView:
    """What the view was at `version`, as a new version; shared or private as it is now. Raises as `update_view`."""
    return restore(conn, VIEWS, number=view_id, version=version, base_version=base_version,
                   account_id=account_id, role=role)  # fmt: skip


def delete_view(conn: sa.Connection, *, view_id: int, account_id: int, role: str) -> int:
    """Put a view away, and say in how many people's favourites it was; raises NotYourView and UnknownView."""
    return delete(conn, VIEWS, view_id, account_id=account_id, role=role)


def undelete_view(conn: sa.Connection, *, view_id: int, account_id: int, role: str = "analyst") -> SavedView:
    """Bring back a deleted view; whoever may change a view may do so, and the others get UnknownView.

    Raises InvalidView where its name has been taken since.
    """
    return undelete(conn, VIEWS, view_id, account_id=account_id, role=role)


def set_favourite(conn: sa.Connection, *, view_id: int, account_id: int, favourite: bool) -> None:
    """Keep a view on the account's first page, or no longer; raises UnknownView for one that cannot be kept."""
    favour(conn, VIEWS, view_id, account_id=account_id, favourite=favourite)
