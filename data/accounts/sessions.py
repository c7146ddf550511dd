"""Sessions: an opaque token in the browser, its hash in the database, checked at every action.

A login has two steps, because a page cannot set an HttpOnly cookie: the page opens a ticket for the browser that asked,
and a route trades it for the session's token. Tickets last 30 seconds and work once.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from data.accounts.accounts import ACCOUNT_COLUMNS, AccountRecord, account_of, find_account, record_of
from data.accounts.addresses import plain_address
from data.accounts.audit import Actor, Kind, note
from data.accounts.rights import check_administers
from data.models import Account, LoginTicket, Session

TICKET_LIFE = timedelta(seconds=30)
SESSION_LIFE = timedelta(hours=12)
IDLE_LIFE = timedelta(hours=2)
KEPT = timedelta(days=90)
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SessionRecord:
    """A session of an account, for its list."""

    token_hash: bytes
    username: str
    created_at: datetime
    last_seen_at: datetime
    address: str | None
    user_agent: str | None

    @property
    def number(self) -> str:
        """What it is called where it is chosen by hand; tells nothing of the token."""
        return self.token_hash.hex()[:12]


@dataclass(frozen=True)
class Holder:
    """Whose session it is, and whether it was `unseen` for a minute."""

    account: AccountRecord
    unseen: bool


def token_digest(token: str) -> bytes:
    """What is kept of a token, a ticket or a pre-login cookie."""
    return hashlib.sha256(token.encode()).digest()


def open_ticket(conn: sa.Connection, *, account_id: int, browser: str) -> str:
    """A one-time ticket for the browser that holds the pre-login cookie `browser`."""
    ticket = secrets.token_urlsafe(32)
    conn.execute(sa.delete(LoginTicket).where(LoginTicket.expires_at < sa.func.now()))
    conn.execute(
        sa.insert(LoginTicket).values(
            ticket_hash=token_digest(ticket),
            account_id=account_id,
            browser_hash=token_digest(browser),
            expires_at=sa.func.now() + TICKET_LIFE,
        )
    )
    return ticket


def redeem_ticket(
    conn: sa.Connection,
    *,
    ticket: str,
    browser: str,
    held: str | None = None,
    address: str | None = None,
    user_agent: str | None = None,
) -> str | None:
    """A session's token for the ticket; None where it is unknown, used, too old, another browser's, or disabled.

    A browser has one session, so that logging out leaves none behind: where the token `held` by it is that account's
    and alive, as after a login in a second tab, it is given again; another account's session ends.
    """
    enabled = (Account.account_id == LoginTicket.account_id, Account.disabled_at.is_(None))
    used = sa.delete(LoginTicket).where(LoginTicket.ticket_hash == token_digest(ticket), *enabled)
    found = conn.execute(
        used.returning(
            LoginTicket.account_id, LoginTicket.browser_hash, (LoginTicket.expires_at > sa.func.now()).label("fresh")
        )
    ).first()
    if found is None or not found.fresh or not secrets.compare_digest(found.browser_hash, token_digest(browser)):
        return None
    if held is not None:
        holder = session_account(conn, token=held)
        if holder is not None and holder.account_id == found.account_id:
            return held
        revoke_session(conn, token_hash=token_digest(held))
    token = secrets.token_urlsafe(32)
    conn.execute(sa.delete(Session).where(Session.expires_at < sa.func.now() - KEPT))
    conn.execute(
        sa.insert(Session).values(
            token_hash=token_digest(token),
            account_id=found.account_id,
            expires_at=sa.func.now() + SESSION_LIFE,
            address=plain_address(address),
            user_agent=(user_agent or "")[:300] or None,
        )
    )
    account = account_of(conn, account_id=found.account_id)
    note(conn, Kind.LOGIN, by=Actor(account.account_id, account.username, address=address), about=account)
    return token


def session_account(conn: sa.Connection, *, token: str) -> AccountRecord | None:
    """The account behind a token; None where the session is over, idle for too long, or the account disabled."""
    holder = holder_of(conn, token=token)
    if holder is None:
        return None
    if holder.unseen:
        note_seen(conn, token=token)
    return holder.account


def holder_of(conn: sa.Connection, *, token: str) -> Holder | None:
    """Who holds the session of a token; None where it is over, idle for too long, or the account disabled.

    One statement, for a connection of `Database.at_once`: every run of a page begins with it. Where the session was
    `unseen` for a while, its use is to be noted by `note_seen`.
    """
    row = conn.execute(_holder_stmt(), {"digest": token_digest(token)}).first()
    return None if row is None else Holder(record_of(row), row.unseen)


def note_seen(conn: sa.Connection, *, token: str) -> None:
    """Note that the session of a token is in use; `conn` is one of `Database.accounts()`."""
    unseen = (Session.token_hash == token_digest(token), Session.last_seen_at < sa.func.now() - _SEEN_EVERY)
    conn.execute(sa.update(Session).where(*unseen).values(last_seen_at=sa.func.now()))


@cache
def _holder_stmt() -> sa.Select[*tuple[Any, ...]]:
    unseen = (Session.last_seen_at < sa.func.now() - _SEEN_EVERY).label("unseen")
    return (
        sa.select(*ACCOUNT_COLUMNS, unseen)
        .join(Session, Session.account_id == Account.account_id)
        .where(Session.token_hash == sa.bindparam("digest"), *alive_conditions(), Account.disabled_at.is_(None))
    )


def revoke_session(conn: sa.Connection, *, token_hash: bytes, by: Actor | None = None) -> bool:
    """End a session, at its next action everywhere; whether there was one to end.

    Without `by` its own browser logs out. Another one's is ended by its account or an admin, else it is NotAllowed.
    """
    found = conn.scalar(sa.select(Session.account_id).where(Session.token_hash == token_hash))
    if found is None:
        return False
    if by is not None and by.account_id != found:
        check_administers(conn, by)
    stmt = sa.update(Session).where(Session.token_hash == token_hash, Session.revoked_at.is_(None))
    if not conn.execute(stmt.values(revoked_at=sa.func.now())).rowcount:
        return False
    account = account_of(conn, account_id=found)
    if by is None:
        note(conn, Kind.LOGOUT, by=Actor(account.account_id, account.username), about=account)
    else:
        note(conn, Kind.SESSION_ENDED, by=by, about=account, sessions_ended=1)
    return True


def revoke_sessions(conn: sa.Connection, *, username: str, by: Actor, but: bytes | None = None) -> int:
    """End every session of an account but the one whose token hash is `but`; how many there were. Its tokens stay.

    By the account itself or an admin, else it is NotAllowed.
    """
    account = find_account(conn, username=username)
    if by.account_id != account.account_id:
        check_administers(conn, by)
    live = [one.token_hash for one in session_list(conn, account_id=account.account_id) if one.token_hash != but]
    conn.execute(sa.delete(LoginTicket).where(LoginTicket.account_id == account.account_id))
    conn.execute(sa.update(Session).where(Session.token_hash.in_(live)).values(revoked_at=sa.func.now()))
    if live:
        note(conn, Kind.SESSION_ENDED, by=by, about=account, sessions_ended=len(live))
    return len(live)


def session_list(conn: sa.Connection, *, account_id: int | None = None) -> list[SessionRecord]:
    """The sessions that are not over, of an account or of all, the last used first."""
    stmt = (
        sa.select(
            Session.token_hash,
            Account.username,
            Session.created_at,
            Session.last_seen_at,
            sa.func.host(Session.address).label("address"),
            Session.user_agent,
        )
        .join(Account, Account.account_id == Session.account_id)
        .where(*alive_conditions(), Account.disabled_at.is_(None))
        .order_by(Session.last_seen_at.desc(), Session.token_hash)
    )
    if account_id is not None:
        stmt = stmt.where(Session.account_id == account_id)
    return [SessionRecord(**row._mapping) for row in conn.execute(stmt)]


def live_session_count(conn: sa.Connection) -> int:
    """How many browsers are logged in, and were seen within the idle time."""
    return conn.scalar(sa.select(sa.func.count()).select_from(Session).where(*alive_conditions())) or 0


def alive_conditions() -> tuple[sa.ColumnElement[bool], ...]:
    """What holds of a session that is not over."""
    return (
        Session.revoked_at.is_(None),
        Session.expires_at > sa.func.now(),
        Session.last_seen_at > sa.func.now() - IDLE_LIFE,
    )
