"""Names of revisions as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from data.models import Account, RevisionName


@dataclass(frozen=True)
class NamedRevision:
    """A revision's name, with who gave or certified it last (instant in UTC)."""

    revision: int
    name: str
    certified: bool
    note: str
    named_by: str
    named_at: datetime


def revision_names(conn: sa.Connection) -> dict[int, NamedRevision]:
    """Every named revision by its number, the newest first; one statement, as `Database.at_once` takes it."""
    return {row.revision: row for row in _found(conn, _names_stmt().order_by(RevisionName.revision.desc()))}


def name_of_revision(conn: sa.Connection, *, revision: int) -> NamedRevision | None:
    """The name of one revision, where it has one."""
    return next(iter(_found(conn, _names_stmt().where(RevisionName.revision == revision))), None)


@cache
def _names_stmt() -> sa.Select[int, str, bool, str, str, datetime]:
    return sa.select(
        RevisionName.revision,
        RevisionName.name,
        RevisionName.certified,
        RevisionName.note,
        sa.func.coalesce(Account.display_name, "").label("named_by"),
        RevisionName.named_at,
    ).outerjoin(Account, Account.account_id == RevisionName.named_by)


def _found(conn: sa.Connection, stmt: sa.Select[int, str, bool, str, str, datetime]) -> list[NamedRevision]:
    return [NamedRevision(*row) for row in conn.execute(stmt)]
