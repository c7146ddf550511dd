"""Accounts: made, listed, changed. Every function takes a connection of `Database.accounts()` and never commits.

What changes an account says who does it (`by`), refuses who may not, and leaves a line in the audit trail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from data.accounts.audit import OPERATOR, Actor, Kind, note
from data.accounts.passwords import check_rule, hashed, is_text
from data.accounts.rights import check_administers, check_another_admin
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
    conn: sa.Connection,
    *,
    username: str,
    password: str,
    role: str,
    display_name: str | None = None,
    must_change: bool = False,
    by: Actor = OPERATOR,
) -> AccountRecord:
    """A new account; raises AccountError for a bad user name, role or password, or a name that is taken.

    With `must_change` the password opens nothing but the form for another one.
    """
    check_administers(conn, by)
    folded = _folded(username)
    if not _USERNAME.match(folded):
        raise AccountError(
            "a user name must be 1 to 100 letters, digits and . _ @ + -, beginning with a letter or digit; "
            f"got {username!r}"
        )
    _check_role(role)
    check_rule(password, username=folded)
    values: dict[str, object] = {"username": folded, "display_name": _shown(display_name or username), "role": role}
    values |= {"password_hash": hashed(password), "must_change_password": must_change}
    made = insert(Account).values(values).on_conflict_do_nothing()
    if conn.scalar(made.returning(Account.account_id)) is None:
        raise AccountError(f"the user name is taken: {folded!r}")
    account = find_account(conn, username=folded)
    note(conn, Kind.ACCOUNT_CREATED, by=by, about=account, role=role)
    return account


def set_password(
    conn: sa.Connection,
    *,
    username: str,
    password: str,
    keep_session: bytes | None = None,
    must_change: bool = False,
    by: Actor = OPERATOR,
) -> None:
    """Give the account another password, and end its sessions and tokens.

    But the session whose token hash is `keep_session`.
    `must_change` is for a password that somebody else chose: it opens nothing but the form for another one.
    """
    account = find_account(conn, username=username)
    own = by.account_id == account.account_id
    if not own:
        check_administers(conn, by)
    check_rule(password, username=account.username)
    _update(
        conn,
        account,
        password_hash=hashed(password),
        password_changed_at=sa.func.now(),
        must_change_password=must_change,
    )
    ended = end_sessions(conn, account_id=account.account_id, but=keep_session)
    kind = Kind.PASSWORD_CHANGED if own else Kind.PASSWORD_RESET
    note(conn, kind, by=by, about=account, sessions_ended=ended)


def end_sessions(conn: sa.Connection, *, account_id: int, but: bytes | None = None) -> int:
    """End the account's sessions, tokens and logins under way, but the session of the token hash `but`.

    Gives how many sessions there were.
    """
    conn.execute(sa.delete(LoginTicket).where(LoginTicket.account_id == account_id))
    tokens = sa.update(ApiToken).where(ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None))
    conn.execute(tokens.values(revoked_at=sa.func.now()))
    ended = sa.update(Session).where(Session.account_id == account_id, Session.revoked_at.is_(None))
    if but is not None:
        ended = ended.where(Session.token_hash != but)
    return conn.execute(ended.values(revoked_at=sa.func.now())).rowcount


def set_role(conn: sa.Connection, *, username: str, role: str, by: Actor = OPERATOR) -> None:
    """Give the account another role; it holds from the account's next action on."""
    check_administers(conn, by)
    _check_role(role)
    account = find_account(conn, username=username)
    if account.role == role:
        return
    if account.role == "admin":
        check_another_admin(conn, account)
    _update(conn, account, role=role)
    note(conn, Kind.ROLE_CHANGED, by=by, about=account, before=account.role, after=role)


def set_display_name(conn: sa.Connection, *, username: str, display_name: str, by: Actor = OPERATOR) -> None:
    """Show the account under another name; its user name, and what it did under that, stay."""
    check_administers(conn, by)
    account, shown = find_account(conn, username=username), _shown(display_name)
    if shown != account.display_name:
        _update(conn, account, display_name=shown)
        note(conn, Kind.NAME_CHANGED, by=by, about=account, before=account.display_name, after=shown)


def disable_account(conn: sa.Connection, *, username: str, by: Actor = OPERATOR) -> None:
    """Refuse the account from its next action on, and end its sessions; what it did stays under its name."""
    check_administers(conn, by)
    account = find_account(conn, username=username)
    if account.disabled_at is not None:
        return
    if account.role == "admin":
        check_another_admin(conn, account)
    _update(conn, account, disabled_at=sa.func.now())
    ended = end_sessions(conn, account_id=account.account_id)
    note(conn, Kind.ACCOUNT_DISABLED, by=by, about=account, sessions_ended=ended)


def enable_account(conn: sa.Connection, *, username: str, by: Actor = OPERATOR) -> None:
    """Let the account log in again."""
    check_administers(conn, by)
    account = find_account(conn, username=username)
    if account.disabled_at is not None:
        _update(conn, account, disabled_at=None)
        note(conn, Kind.ACCOUNT_ENABLED, by=by, about=account)


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


def _update(conn: sa.Connection, account: AccountRecord, **values: Any) -> None:
    conn.execute(sa.update(Account).where(Account.account_id == account.account_id).values(values))


def _shown(display_name: str) -> str:
    shown = display_name.strip()
    if not shown or len(shown) > 200 or not shown.isprintable() or not is_text(shown):
        raise AccountError(f"a display name must be 1 to 200 printable characters; got {shown!r}")
    return shown


def _folded(username: str) -> str:
    return username.strip().lower()
