"""Accounts as an administrator looks at them: each with its last login and how many browsers it is logged in with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from data.accounts.accounts import AccountRecord, account_list
from data.accounts.audit import Kind
from data.accounts.sessions import session_list
from data.models import AuditRow, Session


@dataclass(frozen=True)
class AccountOverview:
    """An account; `last_login_at` (UTC) is None where nobody has logged in with it."""

    account: AccountRecord
    last_login_at: datetime | None
    sessions: int


def accounts_overview(conn: sa.Connection) -> list[AccountOverview]:
    """Every account by user name, in three statements however many there are."""
    live = Counter(session.username for session in session_list(conn))
    last = _last_logins(conn)
    return [
        AccountOverview(account, last.get(account.account_id), live[account.username]) for account in account_list(conn)
    ]


def _last_logins(conn: sa.Connection) -> dict[int, datetime]:
    """From the trail, and from sessions that are older than it."""
    noted = sa.select(AuditRow.subject_id.label("account_id"), AuditRow.noted_at.label("at"))
    kept = sa.select(Session.account_id, Session.created_at)
    both = sa.union_all(noted.where(AuditRow.kind == Kind.LOGIN.value), kept).subquery()
    rows = conn.execute(sa.select(both.c.account_id, sa.func.max(both.c.at)).group_by(both.c.account_id))
    return {row[0]: row[1] for row in rows}
