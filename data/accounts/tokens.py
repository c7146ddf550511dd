"""Tokens of programs: short ones for a login, and personal ones that a person makes, names, limits and revokes.

Only a token's hash is kept. A token never allows more than its account may do at that moment.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa

from data.accounts.accounts import ACCOUNT_COLUMNS, AccountRecord, account_of, record_of
from data.accounts.audit import Actor, Kind, note
from data.accounts.sessions import token_digest
from data.errors import TokenError
from data.models import Account, ApiToken

LOGIN_LIFE = timedelta(minutes=15)
MOST_DAYS = 366
MOST_TOKENS = 50
PREFIX = "daybook_"  # so that people, and programs that search for secrets, know one when they see it
_KEPT = timedelta(days=90)
_USED_EVERY = timedelta(minutes=1)
_LOGIN, _PERSONAL = "login", "personal"
_COUNTER = sa.table("revision_counter", sa.column("last_revision", sa.BigInteger), schema="history")


class Right(StrEnum):
    """What a token may be used for."""

    READ = "read"
    EDIT = "edit"
    LOAD = "load"


@dataclass(frozen=True)
class TokenRecord:
    """A personal token, for its list; instants are UTC."""

    token_id: int
    name: str
    rights: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class Bearer:
    """Who a token stands for, what it may be used for, and the newest revision when it was looked up.

    `unseen` tells that its use should be noted, which is done once a minute.
    """

    account: AccountRecord
    token_id: int
    rights: frozenset[str]
    personal: bool
    unseen: bool
    newest: int


def make_login_token(conn: sa.Connection, *, account_id: int) -> str:
    """A token for the next fifteen minutes, with every right that the account has."""
    conn.execute(sa.delete(ApiToken).where(ApiToken.expires_at < sa.func.now() - _KEPT))
    return _made(conn, account_id, _LOGIN, "", tuple(Right), LOGIN_LIFE)[1]


def make_personal_token(
    conn: sa.Connection, *, account_id: int, name: str, rights: Collection[str], days: int, via: str = "page"
) -> tuple[TokenRecord, str]:
    """A personal token and, this once, what it is; raises TokenError for a bad name, right or life."""
    called = " ".join(name.split())
    if not called or len(called) > 120 or not called.isprintable():
        raise TokenError(f"a token's name must be 1 to 120 printable characters; got {name!r}")
    unknown = sorted(set(rights) - set(Right))
    if unknown or not rights:
        raise TokenError(f"rights must be some of {', '.join(Right)}; got {unknown[0] if unknown else 'none'!r}")
    if not 1 <= days <= MOST_DAYS:
        raise TokenError(f"a token lives 1 to {MOST_DAYS} days; got {days}")
    conn.execute(sa.select(Account.account_id).where(Account.account_id == account_id).with_for_update())
    if len(personal_tokens(conn, account_id=account_id)) >= MOST_TOKENS:
        raise TokenError(f"an account has at most {MOST_TOKENS} tokens; revoke one that is not used any more")
    ordered = tuple(str(right) for right in Right if right in rights)
    token_id, token = _made(conn, account_id, _PERSONAL, called, ordered, timedelta(days=days))
    made = next(one for one in personal_tokens(conn, account_id=account_id) if one.token_id == token_id)
    told = {"name": called, "rights": list(ordered), "days": days}
    account = account_of(conn, account_id=account_id)
    note(conn, Kind.TOKEN_CREATED, by=Actor(account_id, account.username, via), about=account, **told)
    return made, token


def personal_tokens(conn: sa.Connection, *, account_id: int) -> list[TokenRecord]:
    """The account's tokens that can still be used, the newest first."""
    columns = [getattr(ApiToken, name) for name in TokenRecord.__dataclass_fields__]
    stmt = sa.select(*columns).where(ApiToken.account_id == account_id, ApiToken.kind == _PERSONAL, *_alive())
    rows = conn.execute(stmt.order_by(ApiToken.token_id.desc())).mappings()
    return [TokenRecord(**{**row, "rights": tuple(row["rights"])}) for row in rows]


def revoke_token(conn: sa.Connection, *, token_id: int, account_id: int, via: str = "page") -> None:
    """End one of the account's tokens, at its next use; raises TokenError where there is no such."""
    ended = sa.update(ApiToken).where(
        ApiToken.token_id == token_id, ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None)
    )
    name = conn.scalar(ended.values(revoked_at=sa.func.now()).returning(ApiToken.name))
    if name is None:
        raise TokenError(f"there is no token {token_id} of yours that could be revoked")
    account = account_of(conn, account_id=account_id)
    note(conn, Kind.TOKEN_REVOKED, by=Actor(account_id, account.username, via), about=account, name=name)


def bearer_of(conn: sa.Connection, *, token: str) -> Bearer | None:
    """Who the token stands for; None where it is unknown, over or revoked, or its account disabled.

    One statement, for a connection of `Database.at_once`: every request of a program begins with it.
    """
    row = conn.execute(_bearer_stmt(), {"digest": token_digest(token)}).first()
    if row is None:
        return None
    return Bearer(record_of(row), row.token_id, frozenset(row.rights), row.kind == _PERSONAL, row.unseen, row.newest)


def note_use(conn: sa.Connection, *, token_id: int) -> None:
    """Note that the token was used now."""
    conn.execute(sa.update(ApiToken).where(ApiToken.token_id == token_id).values(last_used_at=sa.func.now()))


@cache
def _bearer_stmt() -> sa.Select[*tuple[Any, ...]]:
    last = ApiToken.last_used_at
    unseen = sa.or_(last.is_(None), last < sa.func.now() - _USED_EVERY).label("unseen")
    newest = sa.select(_COUNTER.c.last_revision).scalar_subquery().label("newest")
    return (
        sa.select(*ACCOUNT_COLUMNS, ApiToken.token_id, ApiToken.rights, ApiToken.kind, unseen, newest)
        .join(ApiToken, ApiToken.account_id == Account.account_id)
        .where(ApiToken.token_hash == sa.bindparam("digest"), *_alive(), Account.disabled_at.is_(None))
    )


def _made(
    conn: sa.Connection, account_id: int, kind: str, name: str, rights: tuple[str, ...], life: timedelta
) -> tuple[int, str]:
    token = PREFIX + secrets.token_urlsafe(32)
    values = {"account_id": account_id, "kind": kind, "name": name, "rights": [str(right) for right in rights]}
    stmt = sa.insert(ApiToken).values(token_hash=token_digest(token), expires_at=sa.func.now() + life, **values)
    return int(conn.execute(stmt.returning(ApiToken.token_id)).scalar_one()), token


def _alive() -> tuple[sa.ColumnElement[bool], ...]:
    return ApiToken.revoked_at.is_(None), ApiToken.expires_at > sa.func.now()
