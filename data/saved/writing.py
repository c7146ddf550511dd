"""Saving under a name: always explicit, never over what somebody else saved meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from psycopg.errors import CheckViolation, UniqueViolation
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from data.accounts.passwords import is_text
from data.models import Account
from data.saved.kinds import C, Kind, S, Saved
from data.saved.reading import check_number, one_saved, unknown

_MAY_CHANGE_SHARED = ("manager", "admin")
MOST = {"name": 120, "folder": 120, "description": 2000}


def save_new(conn: sa.Connection, kind: Kind[S, C], content: C, *, account_id: int) -> S:
    """A new one of the account; raises `invalid` for a name that is taken, empty or too long."""
    tidy = kind.tidy(_trimmed(kind, content))
    with _explained(kind, tidy):
        values = {**_values(kind, tidy), **kind.fixed(tidy)}
        stmt = sa.insert(kind.table).values(owner_id=account_id, **values).returning(kind.id)
        number = conn.execute(stmt).scalar_one()
        _add_version(conn, kind, number, 1, tidy, account_id)
    return one_saved(conn, kind, number, account_id=account_id)


def update(
    conn: sa.Connection, kind: Kind[S, C], content: C, *, number: int, base_version: int, account_id: int, role: str
) -> S:
    """A new version of one that was opened at `base_version`.

    Raises `stale` where somebody has saved since, with what they saved; `not_yours` where the account may not change
    it; `unknown` and `invalid`.
    """
    now = changeable(conn, kind, number, account_id=account_id, role=role)
    if now.version != base_version:
        raise kind.stale(now, base_version)
    if content.shared != now.content.shared and now.owner_id != account_id:
        raise kind.not_yours(f"only {now.owner} may share the {kind.noun} {now.content.name!r} or make it private")
    tidy = kind.tidy(_trimmed(kind, content))
    with _explained(kind, tidy, None if now.owner_id == account_id else now.owner):
        values = {**_values(kind, tidy), "version": base_version + 1}
        conn.execute(sa.update(kind.table).where(kind.id == number).values(values))
        _add_version(conn, kind, number, base_version + 1, tidy, account_id)
    return one_saved(conn, kind, number, account_id=account_id)


def restore(
    conn: sa.Connection, kind: Kind[S, C], *, number: int, version: int, base_version: int, account_id: int, role: str
) -> S:
    """What it was at `version`, as a new version; shared or private as it is now. Raises as `update`."""
    now = changeable(conn, kind, number, account_id=account_id, role=role)
    named = f"the {kind.noun} {now.content.name!r}"
    if not 0 < version <= now.version:
        raise kind.invalid(f"{named} has no version {version}; it has 1 to {now.version}")
    columns = kind.versions.c
    row = conn.execute(sa.select(kind.versions).where(columns[kind.key] == number, columns.version == version)).one()
    if not row.shared and now.owner_id != account_id:
        raise kind.not_yours(f"version {version} of {named} was private to {now.owner}")
    old = replace(kind.read(row, now.content), shared=now.content.shared)
    return update(conn, kind, old, number=number, base_version=base_version, account_id=account_id, role=role)


def delete(conn: sa.Connection, kind: Kind[S, C], number: int, *, account_id: int, role: str) -> int:
    """Put it away, and say in how many people's favourites it was; raises `not_yours` and `unknown`."""
    changeable(conn, kind, number, account_id=account_id, role=role)
    conn.execute(sa.update(kind.table).where(kind.id == number).values(deleted_at=sa.func.now()))
    favourites = kind.favourites
    counted = sa.select(sa.func.count()).select_from(favourites).where(favourites.c[kind.key] == number)
    return int(conn.execute(counted).scalar_one())


def undelete(conn: sa.Connection, kind: Kind[S, C], number: int, *, account_id: int, role: str) -> S:
    """Bring back a deleted one; whoever may change it may do so, and the others get `unknown`.

    Raises `invalid` where its name has been taken since.
    """
    check_number(kind, number)
    table = kind.table
    stmt = sa.select(*table.c, Account.display_name).join(Account, Account.account_id == table.c.owner_id)
    row = conn.execute(stmt.where(kind.id == number).with_for_update(of=table)).first()
    if row is None or not (row.owner_id == account_id or (row.shared and role in _MAY_CHANGE_SHARED)):
        raise unknown(kind, number)
    with _explained(kind, kind.read(row, None), None if row.owner_id == account_id else row.display_name):
        conn.execute(sa.update(table).where(kind.id == number).values(deleted_at=None))
    return one_saved(conn, kind, number, account_id=account_id)


def favour(conn: sa.Connection, kind: Kind[S, C], number: int, *, account_id: int, favourite: bool) -> None:
    """Keep it as a favourite of the account, or no longer; raises `unknown` for one that cannot be kept."""
    check_number(kind, number)
    if favourite:
        one_saved(conn, kind, number, account_id=account_id)
        added = insert(kind.favourites).values({"account_id": account_id, kind.key: number})
        conn.execute(added.on_conflict_do_nothing())
        return
    columns = kind.favourites.c
    mine = sa.and_(columns.account_id == account_id, columns[kind.key] == number)
    conn.execute(sa.delete(kind.favourites).where(mine))


def may_change(saved: Saved[Any], *, account_id: int, role: str) -> bool:
    """Whether the account may change it: its owner may, and managers and admins what is shared."""
    return saved.owner_id == account_id or (saved.content.shared and role in _MAY_CHANGE_SHARED)


def changeable(conn: sa.Connection, kind: Kind[S, C], number: int, *, account_id: int, role: str) -> S:
    """The newest state, locked until the transaction ends, so that of two saves at once one is stale."""
    check_number(kind, number)
    conn.execute(sa.select(kind.id).where(kind.id == number).with_for_update())
    saved = one_saved(conn, kind, number, account_id=account_id)
    if not may_change(saved, account_id=account_id, role=role):
        raise kind.not_yours(
            f"only {saved.owner} and managers may change the {kind.noun} {saved.content.name!r}; save it as your own"
        )
    return saved


def check_texts(kind: Kind[S, C], texts: Mapping[str, str], most: Mapping[str, int]) -> None:
    """Raise `invalid` for a text that is too long, or that PostgreSQL cannot keep."""
    for field, text in texts.items():
        if len(text) > most[field]:
            raise kind.invalid(
                f"the {field} of a {kind.noun} has at most {most[field]:,} characters; got {len(text):,}"
            )
        if "\x00" in text or not is_text(text):
            raise kind.invalid(f"the {field} of a {kind.noun} must be plain text; got {text!r}")


def _trimmed(kind: Kind[S, C], content: C) -> C:
    tidy = replace(content, name=content.name.strip(), folder=content.folder.strip())
    if not tidy.name:
        raise kind.invalid(f"a {kind.noun} needs a name; got none")
    check_texts(kind, {field: str(getattr(tidy, field)) for field in MOST}, MOST)
    return tidy


def _add_version(conn: sa.Connection, kind: Kind[S, C], number: int, version: int, content: C, account: int) -> None:
    values = {kind.key: number, "version": version, "saved_by": account, **_values(kind, content)}
    conn.execute(sa.insert(kind.versions).values(values))


def _values(kind: Kind[S, C], content: C) -> dict[str, object]:
    named = {name: getattr(content, name) for name in ("name", "description", "folder", "shared")}
    return {**named, **kind.written(content)}


@contextmanager
def _explained(kind: Kind[S, C], content: C, owner: str | None = None) -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):
            whose = f"{owner} has" if owner else "you have"
            place = f" in the folder {content.folder!r}" if content.folder else ""
            raise kind.invalid(f"{whose} a {kind.noun} {content.name!r}{place} already; choose another name") from None
        if isinstance(error.orig, CheckViolation):
            raise kind.invalid(
                f"the {kind.noun} {content.name!r} cannot be saved: {error.orig.diag.constraint_name}"
            ) from None
        raise
