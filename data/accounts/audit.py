"""The audit trail: what was done to accounts and with them, by whom, and what was taken away.

Rows are added in the transaction of what they tell, so there is none without the other; the database refuses to change
them. No password, no token, and no user name that is nobody's is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import sqlalchemy as sa

from data.accounts.addresses import plain_address
from data.errors import UsageError
from data.models import AuditRow

MOST = 1_000
EXPORTED = ("event", "at", "kind", "via", "actor", "subject", "address", "details")
_LARGEST = 2**63 - 1


class Kind(StrEnum):
    """What can be noted. The database takes any word of small letters, so a further kind is a further line here."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    SESSION_ENDED = "session_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a kind, no password
    PASSWORD_RESET = "password_reset"  # noqa: S105
    ACCOUNT_CREATED = "account_created"
    NAME_CHANGED = "name_changed"
    ROLE_CHANGED = "role_changed"
    SCOPE_CHANGED = "scope_changed"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    EXPORT = "export"
    TOKEN_CREATED = "token_created"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    AUDIT_PRUNED = "audit_pruned"


class Named(Protocol):
    """An account, as far as the trail names it: an AccountRecord, a user, an actor."""

    @property
    def account_id(self) -> int | None:
        """Its number; None for who has no account."""

    @property
    def username(self) -> str:
        """Its user name."""


@dataclass(frozen=True)
class Actor:
    """Who does something, how they got there (`page`, `command` or `api`), and from where."""

    account_id: int | None
    username: str
    via: str = "page"
    address: str | None = None


OPERATOR = Actor(None, "operator", "command")
NOBODY = Actor(None, "", "page")


@dataclass(frozen=True)
class AuditEvent:
    """A line of it; `noted_at` is UTC; `actor` is None where nobody known acted, `subject` where none is meant."""

    event_id: int
    noted_at: datetime
    kind: str
    via: str
    actor: str | None
    subject: str | None
    address: str | None
    details: dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which lines are asked for: of these kinds, of who acted or was acted upon, noted in `[since, until)`."""

    kinds: tuple[str, ...] = ()
    username: str = ""
    since: datetime | None = None
    until: datetime | None = None


def note(conn: sa.Connection, kind: Kind, *, by: Actor, about: Named | None = None, **details: Any) -> None:
    """Add a line to the trail, in the transaction of what it tells. `details` are values of JSON.

    Takes a connection of `Database.accounts()` and does not commit.
    """
    conn.execute(
        sa.insert(AuditRow).values(
            kind=kind.value,
            via=by.via,
            actor_id=by.account_id,
            actor=by.username or None,
            subject_id=about.account_id if about else None,
            subject=about.username if about else None,
            address=plain_address(by.address),
            details=details,
        )
    )


def prune_audit(conn: sa.Connection, *, days: int | None) -> int:
    """Drop lines that are older than `days`, at most once a day, and leave one that says so; how many there were.

    Without `days` all are kept. The database refuses less than 30 days, and whatever else would delete a line.
    """
    return 0 if days is None else int(conn.scalar(sa.select(sa.func.audit.prune(days))) or 0)


def audit_events(
    conn: sa.Connection, wanted: Wanted = Wanted(), *, before: int | None = None, limit: int = 100
) -> list[AuditEvent]:
    """The lines that are asked for, newest first; `before` is the `event_id` that the page before ended with.

    At most 1,000 at a time. Raises UsageError for a cursor or a limit that is none.
    """
    if not 1 <= limit <= MOST:
        raise UsageError(f"limit must be from 1 to {MOST}; got {limit}")
    if before is not None and not 0 < before <= _LARGEST:
        raise UsageError(f"before must be the number of an event; got {before}")
    stmt = _wanted_stmt(wanted).order_by(AuditRow.event_id.desc()).limit(limit)
    if before is not None:
        stmt = stmt.where(AuditRow.event_id < before)
    return [AuditEvent(**row._mapping) for row in conn.execute(stmt)]


def every_audit_event(conn: sa.Connection, wanted: Wanted = Wanted()) -> Iterator[AuditEvent]:
    """Every line that is asked for, newest first, read a page at a time."""
    before: int | None = None
    while found := audit_events(conn, wanted, before=before, limit=MOST):
        yield from found
        before = found[-1].event_id


def as_text(event: AuditEvent) -> tuple[str, ...]:
    """The line for a file, under the names of `EXPORTED`: the instant in UTC, details as JSON."""
    at = event.noted_at.isoformat(timespec="milliseconds")
    details = json.dumps(event.details, ensure_ascii=False) if event.details else ""
    plain = (event.kind, event.via, event.actor or "", event.subject or "", event.address or "")
    return (str(event.event_id), at, *plain, details)


def _wanted_stmt(wanted: Wanted) -> sa.Select[Any]:
    columns = (AuditRow.event_id, AuditRow.noted_at, AuditRow.kind, AuditRow.via, AuditRow.actor, AuditRow.subject)
    stmt = sa.select(*columns, sa.func.host(AuditRow.address).label("address"), AuditRow.details)
    conditions: Sequence[sa.ColumnElement[bool]] = [
        *([AuditRow.kind.in_(wanted.kinds)] if wanted.kinds else []),
        *([AuditRow.noted_at >= wanted.since] if wanted.since else []),
        *([AuditRow.noted_at < wanted.until] if wanted.until else []),
    ]
    name = wanted.username.strip().lower()
    if name:
        conditions = [*conditions, sa.or_(AuditRow.actor == name, AuditRow.subject == name)]
    return stmt.where(*conditions)
