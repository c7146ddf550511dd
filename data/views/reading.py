"""Views as people may see them: their own, and those that are shared."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import sqlalchemy as sa

from data.models import View
from data.saved.reading import all_saved, favourites_of, one_saved, those_of, versions_of
from data.views.kind import VIEWS, Content, SavedVersion, SavedView

__all__ = [
    "Content",
    "Hidden",
    "SavedVersion",
    "SavedView",
    "favourites",
    "hidden_views",
    "saved_view",
    "some_views",
    "view_versions",
    "views_for",
]


class Hidden(StrEnum):
    """Why somebody cannot see a view that a dashboard names."""

    PRIVATE = "private"
    DELETED = "deleted"
    DELETED_OWN = "deleted, its own"


def views_for(conn: sa.Connection, *, account_id: int) -> list[SavedView]:
    """The account's own views and all shared ones, by folder and name; deleted ones left out."""
    return all_saved(conn, VIEWS, account_id=account_id)


def favourites(conn: sa.Connection, *, account_id: int) -> list[SavedView]:
    """The account's favourites, the first one added first."""
    return favourites_of(conn, VIEWS, account_id=account_id)


def saved_view(conn: sa.Connection, *, view_id: int, account_id: int) -> SavedView:
    """One view; raises UnknownView where it is not there, deleted, or another's and private."""
    return one_saved(conn, VIEWS, view_id, account_id=account_id)


def some_views(conn: sa.Connection, *, view_ids: Collection[int], account_id: int) -> list[SavedView]:
    """Those of the views that the account may see, in no order."""
    return those_of(conn, VIEWS, view_ids, account_id=account_id)


def view_versions(conn: sa.Connection, *, view_id: int, account_id: int) -> list[SavedVersion]:
    """Every version of a view, the newest first; raises UnknownView like `saved_view`.

    Versions from when the view was private are its owner's alone, also after it has been shared.
    """
    return versions_of(conn, VIEWS, view_id, account_id=account_id)


def hidden_views(conn: sa.Connection, *, view_ids: Collection[int], account_id: int) -> dict[int, Hidden]:
    """Why the account cannot see some of the views; those that it can see are left out.

    One that is gone for good counts as deleted. To be asked only about views that somebody who could see them put
    where the account looks: it tells private ones from those that are not there.
    """
    stmt = sa.select(View.view_id, View.deleted_at, View.owner_id == account_id, View.shared)
    found = {row[0]: row[1:] for row in conn.execute(stmt.where(View.view_id.in_(view_ids)))}
    hidden = {}
    for view_id in view_ids:
        deleted_at, is_own, shared = found.get(view_id, (True, False, False))
        if deleted_at:
            hidden[view_id] = Hidden.DELETED_OWN if is_own else Hidden.DELETED
        elif not (is_own or shared):
            hidden[view_id] = Hidden.PRIVATE
    return hidden
