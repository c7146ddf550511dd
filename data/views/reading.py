"""Views as people may see them: their own, and those that are shared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.errors import UnknownView
from data.models import Account, View, ViewFavourite, ViewVersion

_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Content:
    """What is saved under a name: which page, and what stands after the question mark of its link."""

    page: str
    link: str
    name: str
    description: str = ""
    folder: str = ""
    shared: bool = False


@dataclass(frozen=True)
class SavedView:
    """A view's newest version, with whose it is and who saved it last (instants in UTC)."""

    view_id: int
    version: int
    content: Content
    owner_id: int
    owner: str
    saved_by: str
    saved_at: datetime
    favourite: bool

    @property
    def address(self) -> str:
        """The path and the words of its link, and which view it is."""
        words = f"{self.content.link}&" if self.content.link else ""
        return f"/{self.content.page}?{words}view={self.view_id}"


@dataclass(frozen=True)
class SavedVersion:
    """What a view was when somebody saved it."""

    version: int
    content: Content
    saved_by: str
    saved_at: datetime


def views_for(conn: sa.Connection, *, account_id: int) -> list[SavedView]:
    """The account's own views and all shared ones, by folder and name; deleted ones left out."""
    stmt = _views_stmt(account_id).order_by(sa.func.lower(View.folder), sa.func.lower(View.name), View.view_id)
    return [_view(row) for row in conn.execute(stmt)]


def favourites(conn: sa.Connection, *, account_id: int) -> list[SavedView]:
    """The account's favourites, the first one added first."""
    stmt = _views_stmt(account_id).where(ViewFavourite.view_id.is_not(None))
    return [_view(row) for row in conn.execute(stmt.order_by(ViewFavourite.added_at, View.view_id))]


def saved_view(conn: sa.Connection, *, view_id: int, account_id: int) -> SavedView:
    """One view; raises UnknownView where it is not there, deleted, or another's and private."""
    check_view_id(view_id)
    row = conn.execute(_views_stmt(account_id).where(View.view_id == view_id)).first()
    if row is None:
        raise unknown_view(view_id)
    return _view(row)


def unknown_view(view_id: int) -> UnknownView:
    """What is said of a view that is not there and of one that is private, so that nobody can tell them apart."""
    return UnknownView(f"there is no view {view_id}, or it is not shared with you")


def check_view_id(view_id: int) -> None:
    """Raise UnknownView for a number that no view can have, which PostgreSQL would refuse with an error of its own."""
    if not 0 < view_id <= _LARGEST_ID:
        raise unknown_view(view_id)


def view_versions(conn: sa.Connection, *, view_id: int, account_id: int) -> list[SavedVersion]:
    """Every version of a view, the newest first; raises UnknownView like `saved_view`.

    Versions from when the view was private are its owner's alone, also after it has been shared.
    """
    view = saved_view(conn, view_id=view_id, account_id=account_id)
    stmt = (
        sa.select(ViewVersion, Account.display_name)
        .outerjoin(Account, Account.account_id == ViewVersion.saved_by)
        .where(ViewVersion.view_id == view_id, sa.or_(ViewVersion.shared, sa.literal(view.owner_id == account_id)))
        .order_by(ViewVersion.version.desc())
    )
    return [
        SavedVersion(
            row.version, _content(row, view.content.page), row.display_name or "a former account", row.saved_at
        )
        for row in conn.execute(stmt)
    ]


def _views_stmt(account_id: int) -> sa.Select[*tuple[Any, ...]]:
    owner, saver = sa.orm.aliased(Account), sa.orm.aliased(Account)
    newest = sa.and_(ViewVersion.view_id == View.view_id, ViewVersion.version == View.version)
    mine = sa.and_(ViewFavourite.view_id == View.view_id, ViewFavourite.account_id == account_id)
    stmt: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            View,
            owner.display_name.label("owner"),
            sa.func.coalesce(saver.display_name, "a former account").label("saved_by"),
            ViewVersion.saved_at,
            ViewFavourite.view_id.is_not(None).label("favourite"),
        )
        .join(owner, owner.account_id == View.owner_id)
        .join(ViewVersion, newest)
        .outerjoin(saver, saver.account_id == ViewVersion.saved_by)
        .outerjoin(ViewFavourite, mine)
        .where(View.deleted_at.is_(None), sa.or_(View.owner_id == account_id, View.shared))
    )
    return stmt


def _content(row: Any, page: str) -> Content:
    return Content(page, row.link, row.name, row.description, row.folder, row.shared)


def _view(row: Any) -> SavedView:
    return SavedView(
        row.view_id,
        row.version,
        _content(row, row.page),
        row.owner_id,
        row.owner,
        row.saved_by,
        row.saved_at,
        row.favourite,
    )
