"""Which revision an account was shown last, so that it can be told what has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from data.models import Account, Visit

GAP = timedelta(hours=1)  # who was away for longer comes again


@dataclass(frozen=True)
class Seen:
    """The newest revision at the end of a visit, and when that was (UTC)."""

    revision: int
    at: datetime


def note_visit(conn: sa.Connection, *, account_id: int, revision: int) -> Seen | None:
    """Note that the account is shown `revision` now, and give what it saw at the end of its visit before this one.

    None on a first visit. Takes a connection of `Database.accounts()` and does not commit.
    """
    whom = sa.select(Account.account_id, sa.literal(revision, sa.BigInteger)).where(Account.account_id == account_id)
    stmt = insert(Visit).from_select(["account_id", "revision"], whom)
    again = Visit.seen_at < sa.func.now() - GAP
    stmt = stmt.on_conflict_do_update(
        index_elements=[Visit.account_id],
        set_={
            "revision": stmt.excluded.revision,
            "seen_at": sa.func.now(),
            "before_revision": sa.case((again, Visit.revision), else_=Visit.before_revision),
            "before_seen_at": sa.case((again, Visit.seen_at), else_=Visit.before_seen_at),
        },
    )
    row = conn.execute(stmt.returning(Visit.before_revision, Visit.before_seen_at)).first()
    return None if row is None or row.before_revision is None else Seen(row.before_revision, row.before_seen_at)
