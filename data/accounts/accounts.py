"""Accounts: made, listed, changed. Every function takes a connection of `Database.accounts()` and never commits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from data.accounts.passwords import check_rule, hashed, is_text
from data.errors import AccountError
from data.models import Account, ApiToken, LoginTicket, Session
from data.models.accounts import ROLES

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}\Z")
ACCOUNT_COLUMNS = (
    Account.account_id,
    Account.username,
    Account.display_name,
    Account.role,
    Account.scope_stores,
    Account.scope_regions,
    Account.must_change_password,
    Account.created_at,
    Account.disabled_at,
)


@dataclass(frozen=True)
class AccountRecord:
    """An account without its password's hash. An empty scope is no limit; instants are UTC."""

    account_id: int
    username: str
    display_name: str
    role: str
    scope_stores: tuple[int, ...] | None
    scope_regions: tuple[int, ...] | None
    must_change_password: bool
    created_at: datetime
    disabled_at: datetime | None


def account_list(conn: sa.Connection) -> list[AccountRecord]:
    """Every account by user name."""
    return [record_of(row) for row in conn.execute(sa.select(*ACCOUNT_COLUMNS).order_by(Account.username))]


def find_account(conn: sa.Connection, *, username: str) -> AccountRecord:
    """The account of that user name, upper or lower case; raises AccountError where there is none."""
    row = conn.execute(sa.select(*ACCOUNT_COLUMNS).where(Account.username == _folded(username))).first()
    if row is None:
        raise AccountError(f"no such account: {username!r}")
    return record_of(row)


def account_of(conn: sa.Connection, *, account_id: int) -> AccountRecord:
    """The account with this number; raises AccountError where there is none."""
    row = conn.execute(sa.select(*ACCOUNT_COLUMNS).where(Account.account_id == account_id)).first()
    if row is None:
        raise AccountError(f"there is no account with the number {account_id}")
    return record_of(row)


def has_accounts(conn: sa.Connection) -> bool:
    """Whether anyone can log in yet."""
    return bool(conn.scalar(sa.select(sa.exists().where(Account.account_id > 0))))


def create_account(
    conn: sa.Connection, *, username: str, password: str, role: str, display_name: str | None = None
) -> AccountRecord:
    """A new account; raises AccountError for a bad user name, role or password, or a name that is taken."""
    folded = _folded(username)
    if not _USERNAME.match(folded):
        raise AccountError(
            "a user name must be 1 to 100 letters, digits and . _ @ + -, beginning with a letter or digit; "
            f"got {username!r}"
        )
    _check_role(role)
    check_rule(password, username=folded)
    shown = (display_name or username).strip()
    if not shown or len(shown) > 200 or not shown.isprintable() or not is_text(shown):
        raise AccountError(f"a display name must be 1 to 200 printable characters; got {shown!r}")
    values = {"username": folded, "display_name": shown, "role": role}
    made = insert(Account).values(password_hash=hashed(password), **values).on_conflict_do_nothing()
    if conn.scalar(made.returning(Account.account_id)) is None:
        raise AccountError(f"the user name is taken: {folded!r}")
    return find_account(conn, username=folded)


def set_password(
    conn: sa.Connection, *, username: str, password: str, keep_session: bytes | None = None, must_change: bool = False
) -> None:
    """Give the account another password, and end its sessions and tokens.

    But the session whose token hash is `keep_session`.
    `must_change` is for a password that somebody else chose: it opens nothing but the form for another one.
    """
    account = find_account(conn, username=username)
    check_rule(password, username=account.username)
    changed = {"password_hash": hashed(password), "password_changed_at": sa.func.now()}
    update = sa.update(Account).where(Account.account_id == account.account_id)
    conn.execute(update.values(must_change_password=must_change, **changed))
    end_sessions(conn, account_id=account.account_id, but=keep_session)


def end_sessions(conn: sa.Connection, *, account_id: int, but: bytes | None = None) -> None:
    """End the account's sessions, tokens and the logins under way, but the session whose token hash is `but`."""
    conn.execute(sa.delete(LoginTicket).where(LoginTicket.account_id == account_id))
    tokens = sa.update(ApiToken).where(ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None))
    conn.execute(tokens.values(revoked_at=sa.func.now()))
    ended = sa.update(Session).where(Session.account_id == account_id, Session.revoked_at.is_(None))
    if but is not None:
        ended = ended.where(Session.token_hash != but)
    conn.execute(ended.values(revoked_at=sa.func.now()))


def set_role(conn: sa.Connection, *, username: str, role: str) -> None:
    """Give the account another role; it holds from the account's next action on."""
    _check_role(role)
    account = find_account(conn, username=username)
    if account.role == "admin" and role != "admin":
        _check_another_admin(conn, account)
    conn.execute(sa.update(Account).where(Account.account_id == account.account_id).values(role=role))


def disable_account(conn: sa.Connection, *, username: str) -> None:
    """Refuse the account from its next action on, and end its sessions; what it did stays under its name."""
    account = find_account(conn, username=username)
    if account.role == "admin":
        _check_another_admin(conn, account)
    conn.execute(sa.update(Account).where(Account.account_id == account.account_id).values(disabled_at=sa.func.now()))
    end_sessions(conn, account_id=account.account_id)


def enable_account(conn: sa.Connection, *, username: str) -> None:
    """Let the account log in again."""
    account = find_account(conn, username=username)
    conn.execute(sa.update(Account).where(Account.account_id == account.account_id).values(disabled_at=None))


def record_of(row: sa.Row[*tuple[Any, ...]]) -> AccountRecord:
    """The record of a row that has every column of an account."""
    values = {name: row._mapping[name] for name in AccountRecord.__dataclass_fields__}
    for name in ("scope_stores", "scope_regions"):
        listed: Sequence[int] | None = values[name]
        values[name] = None if listed is None else tuple(listed)
    return AccountRecord(**values)


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise AccountError(f"a role must be one of {', '.join(ROLES)}; got {role!r}")


def _check_another_admin(conn: sa.Connection, account: AccountRecord) -> None:
    # Locked in one order, so that two admins who take each other's role at the same moment wait for one another.
    admins = sa.select(Account.account_id).where(Account.role == "admin", Account.disabled_at.is_(None))
    locked = conn.scalars(admins.order_by(Account.account_id).with_for_update()).all()
    if account.disabled_at is None and not set(locked) - {account.account_id}:
        raise AccountError(f"{account.username!r} is the last admin; make another one first")


def _folded(username: str) -> str:
    return username.strip().lower()
