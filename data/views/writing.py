"""Saving views: always explicit, never over what somebody else saved meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import sqlalchemy as sa
from psycopg.errors import CheckViolation, UniqueViolation
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from data.accounts.passwords import is_text
from data.errors import InvalidView, NotYourView, StaleView
from data.models import Account, View, ViewFavourite, ViewVersion
from data.views.reading import Content, SavedView, check_view_id, saved_view, unknown_view

_MAY_CHANGE_SHARED = ("manager", "admin")
_PAGE = re.compile(r"[a-z0-9_-]{0,50}\Z")
_MOST = {"name": 120, "folder": 120, "description": 2000, "link": 8192}


def save_view(conn: sa.Connection, content: Content, *, account_id: int) -> SavedView:
    """A new view of the account; raises InvalidView for a name that is taken, empty or too long."""
    tidy = _tidy(content)
    with _explained(tidy.name, tidy.folder):
        stmt = sa.insert(View).values(owner_id=account_id, **_values(tidy), page=tidy.page).returning(View.view_id)
        view_id = conn.execute(stmt).scalar_one()
        _add_version(conn, view_id, 1, tidy, account_id)
    return saved_view(conn, view_id=view_id, account_id=account_id)


def update_view(
    conn: sa.Connection, content: Content, *, view_id: int, base_version: int, account_id: int, role: str
) -> SavedView:
    """A new version of a view that was opened at `base_version`.

    Raises StaleView where somebody has saved since, with what they saved; NotYourView where the account may not
    change it; UnknownView and InvalidView.
    """
    now = _changeable(conn, view_id, account_id, role)
    if now.version != base_version:
        raise StaleView(now, base_version)
    if content.shared != now.content.shared and now.owner_id != account_id:
        raise NotYourView(f"only {now.owner} may share the view {now.content.name!r} or make it private")
    tidy = _tidy(replace(content, page=now.content.page))
    with _explained(tidy.name, tidy.folder, None if now.owner_id == account_id else now.owner):
        conn.execute(sa.update(View).where(View.view_id == view_id).values(**_values(tidy), version=base_version + 1))
        _add_version(conn, view_id, base_version + 1, tidy, account_id)
    return saved_view(conn, view_id=view_id, account_id=account_id)


def restore_version(
    conn: sa.Connection, *, view_id: int, version: int, base_version: int, account_id: int, role: str
) -> SavedView:
    """What the view was at `version`, as a new version; shared or private as it is now. Raises as `update_view`."""
    now = _changeable(conn, view_id, account_id, role)
    if not 0 < version <= now.version:
        raise InvalidView(f"the view {now.content.name!r} has no version {version}; it has 1 to {now.version}")
    stmt = sa.select(ViewVersion).where(ViewVersion.view_id == view_id, ViewVersion.version == version)
    row = conn.execute(stmt).one()
    if not row.shared and now.owner_id != account_id:
        raise NotYourView(f"version {version} of the view {now.content.name!r} was private to {now.owner}")
    old = Content(now.content.page, row.link, row.name, row.description, row.folder, now.content.shared)
    return update_view(conn, old, view_id=view_id, base_version=base_version, account_id=account_id, role=role)


def delete_view(conn: sa.Connection, *, view_id: int, account_id: int, role: str) -> int:
    """Put a view away, and say in how many people's favourites it was; raises NotYourView and UnknownView."""
    _changeable(conn, view_id, account_id, role)
    conn.execute(sa.update(View).where(View.view_id == view_id).values(deleted_at=sa.func.now()))
    counted = sa.select(sa.func.count()).select_from(ViewFavourite).where(ViewFavourite.view_id == view_id)
    return int(conn.execute(counted).scalar_one())


def undelete_view(conn: sa.Connection, *, view_id: int, account_id: int, role: str = "analyst") -> SavedView:
    """Bring back a deleted view; whoever may change a view may do so, and the others get UnknownView.

    Raises InvalidView where its name has been taken since.
    """
    check_view_id(view_id)
    stmt = sa.select(View, Account.display_name).join(Account, Account.account_id == View.owner_id)
    row = conn.execute(stmt.where(View.view_id == view_id).with_for_update(of=View)).first()
    if row is None or not (row.owner_id == account_id or (row.shared and role in _MAY_CHANGE_SHARED)):
        raise unknown_view(view_id)
    with _explained(row.name, row.folder, None if row.owner_id == account_id else row.display_name):
        conn.execute(sa.update(View).where(View.view_id == view_id).values(deleted_at=None))
    return saved_view(conn, view_id=view_id, account_id=account_id)


def set_favourite(conn: sa.Connection, *, view_id: int, account_id: int, favourite: bool) -> None:
    """Keep a view on the account's first page, or no longer; raises UnknownView for one that cannot be kept."""
    check_view_id(view_id)
    if favourite:
        saved_view(conn, view_id=view_id, account_id=account_id)
        added = insert(ViewFavourite).values(account_id=account_id, view_id=view_id)
        conn.execute(added.on_conflict_do_nothing())
        return
    mine = sa.and_(ViewFavourite.account_id == account_id, ViewFavourite.view_id == view_id)
    conn.execute(sa.delete(ViewFavourite).where(mine))


def may_change(view: SavedView, *, account_id: int, role: str) -> bool:
    """Whether the account may change the view: its owner may, and managers and admins what is shared."""
    return view.owner_id == account_id or (view.content.shared and role in _MAY_CHANGE_SHARED)


def _changeable(conn: sa.Connection, view_id: int, account_id: int, role: str) -> SavedView:
    """The view, locked until the transaction ends, so that of two saves at once one is stale."""
    check_view_id(view_id)
    conn.execute(sa.select(View.view_id).where(View.view_id == view_id).with_for_update())
    view = saved_view(conn, view_id=view_id, account_id=account_id)
    if not may_change(view, account_id=account_id, role=role):
        raise NotYourView(
            f"only {view.owner} and managers may change the view {view.content.name!r}; save it as your own"
        )
    return view


def _add_version(conn: sa.Connection, view_id: int, version: int, content: Content, account_id: int) -> None:
    conn.execute(
        sa.insert(ViewVersion).values(view_id=view_id, version=version, saved_by=account_id, **_values(content))
    )


def _values(content: Content) -> dict[str, object]:
    return {
        "name": content.name,
        "description": content.description,
        "folder": content.folder,
        "shared": content.shared,
        "link": content.link,
    }


def _tidy(content: Content) -> Content:
    tidy = replace(content, name=content.name.strip(), folder=content.folder.strip())
    if not _PAGE.match(tidy.page):
        raise InvalidView(f"the page of a view must be the path of a page, such as explore; got {tidy.page!r}")
    if not tidy.name:
        raise InvalidView("a view needs a name; got none")
    for field, most in _MOST.items():
        text = str(getattr(tidy, field))
        if len(text) > most:
            raise InvalidView(f"the {field} of a view has at most {most:,} characters; got {len(text):,}")
        if "\x00" in text or not is_text(text):
            raise InvalidView(f"the {field} of a view must be plain text; got {text!r}")
    return tidy


@contextmanager
def _explained(name: str, folder: str, owner: str | None = None) -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):
            whose = f"{owner} has" if owner else "you have"
            place = f" in the folder {folder!r}" if folder else ""
            raise InvalidView(f"{whose} a view {name!r}{place} already; choose another name") from None
        if isinstance(error.orig, CheckViolation):
            raise InvalidView(f"the view {name!r} cannot be saved: {error.orig.diag.constraint_name}") from None
        raise
