"""Saved things as people may see them: their own, and those that are shared."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from data.errors import DataError
from data.models import Account
from data.saved.kinds import C, Kind, S, SavedVersion

_LARGEST_ID = 2**31 - 1
_FORMER = "a former account"


def all_saved(conn: sa.Connection, kind: Kind[S, C], *, account_id: int) -> list[S]:
    """The account's own and all shared ones, by folder and name; deleted ones left out."""
    table = kind.table.c
    stmt = _stmt(kind, account_id).order_by(sa.func.lower(table.folder), sa.func.lower(table.name), kind.id)
    return [_saved(kind, row) for row in conn.execute(stmt)]


def favourites_of(conn: sa.Connection, kind: Kind[S, C], *, account_id: int) -> list[S]:
    """The account's favourites, the first one added first."""
    favourite = kind.favourites.c
    stmt = _stmt(kind, account_id).where(favourite[kind.key].is_not(None))
    return [_saved(kind, row) for row in conn.execute(stmt.order_by(favourite.added_at, kind.id))]


def one_saved(conn: sa.Connection, kind: Kind[S, C], number: int, *, account_id: int) -> S:
    """One of them; raises the kind's `unknown` where it is not there, deleted, or another's and private."""
    check_number(kind, number)
    row = conn.execute(_stmt(kind, account_id).where(kind.id == number)).first()
    if row is None:
        raise unknown(kind, number)
    return _saved(kind, row)


def those_of(conn: sa.Connection, kind: Kind[S, C], numbers: Collection[int], *, account_id: int) -> list[S]:
    """Those of the numbers that the account may see, in no order; a number that none can have is none of them."""
    possible = [number for number in numbers if 0 < number <= _LARGEST_ID]
    return [_saved(kind, row) for row in conn.execute(_stmt(kind, account_id).where(kind.id.in_(possible)))]


def unknown(kind: Kind[S, C], number: int) -> DataError:
    """What is said of one that is not there and of one that is private, so that nobody can tell them apart."""
    return kind.unknown(f"there is no {kind.noun} {number}, or it is not shared with you")


def check_number(kind: Kind[S, C], number: int) -> None:
    """Raise `unknown` for a number that none can have, which PostgreSQL would refuse with an error of its own."""
    if not 0 < number <= _LARGEST_ID:
        raise unknown(kind, number)


def versions_of(conn: sa.Connection, kind: Kind[S, C], number: int, *, account_id: int) -> list[SavedVersion[C]]:
    """Every version, the newest first; raises `unknown` like `one_saved`.

    Versions from when it was private are its owner's alone, also after it has been shared.
    """
    saved = one_saved(conn, kind, number, account_id=account_id)
    version = kind.versions.c
    stmt = (
        sa.select(kind.versions, sa.func.coalesce(Account.display_name, _FORMER).label("saver"))
        .outerjoin(Account, Account.account_id == version.saved_by)
        .where(version[kind.key] == number, sa.or_(version.shared, sa.literal(saved.owner_id == account_id)))
        .order_by(version.version.desc())
    )
    return [
        SavedVersion(row.version, kind.read(row, saved.content), row.saver, row.saved_at) for row in conn.execute(stmt)
    ]


def _stmt(kind: Kind[S, C], account_id: int) -> sa.Select[*tuple[Any, ...]]:
    table, version, favourite = kind.table.c, kind.versions.c, kind.favourites.c
    owner, saver = sa.orm.aliased(Account), sa.orm.aliased(Account)
    newest = sa.and_(version[kind.key] == kind.id, version.version == table.version)
    mine = sa.and_(favourite[kind.key] == kind.id, favourite.account_id == account_id)
    return (
        sa.select(
            *kind.table.c,
            owner.display_name.label("owner"),
            sa.func.coalesce(saver.display_name, _FORMER).label("saved_by"),
            version.saved_at,
            favourite[kind.key].is_not(None).label("favourite"),
        )
        .select_from(kind.table)
        .join(owner, owner.account_id == table.owner_id)
        .join(kind.versions, newest)
        .outerjoin(saver, saver.account_id == version.saved_by)
        .outerjoin(kind.favourites, mine)
        .where(table.deleted_at.is_(None), sa.or_(table.owner_id == account_id, table.shared))
    )


def _saved(kind: Kind[S, C], row: Any) -> S:
    return kind.make(
        getattr(row, kind.key),
        row.version,
        kind.read(row, None),
        row.owner_id,
        row.owner,
        row.saved_by,
        row.saved_at,
        row.favourite,
    )
