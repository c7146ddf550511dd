"""Drafts as they stand. Every function takes a connection of `Database.accounts()` and never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from data.changes.types import RowChange
from data.errors import UnknownDraft
from data.models import Account, Draft, DraftRow, EditRule

_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class DraftRecord:
    """A draft: of which table, whose it is now and who began it, and how many rows it changes. Instants are UTC."""

    draft_id: int
    table: str
    owner_id: int
    owner: str
    author_id: int | None
    author: str
    reason: str
    state: str
    note: str
    updated_at: datetime
    rows: int

    @property
    def is_submitted(self) -> bool:
        """Whether it waits for somebody who approves."""
        return self.state == "submitted"


def drafts_for(conn: sa.Connection, *, account_id: int) -> list[DraftRecord]:
    """The account's own drafts, and those that others have submitted for approval; newest first."""
    mine = sa.or_(Draft.owner_id == account_id, Draft.state == "submitted")
    stmt = _records_stmt().where(mine).order_by(Draft.updated_at.desc(), Draft.draft_id.desc())
    return [_record(row) for row in conn.execute(stmt)]


def open_draft(conn: sa.Connection, *, table: str, account_id: int) -> DraftRecord | None:
    """The account's newest open draft of the table."""
    mine = sa.and_(Draft.owner_id == account_id, Draft.table_name == table, Draft.state == "open")
    stmt = _records_stmt().where(mine).order_by(Draft.updated_at.desc(), Draft.draft_id.desc()).limit(1)
    row = conn.execute(stmt).first()
    return None if row is None else _record(row)


def draft_record(conn: sa.Connection, *, draft_id: int, account_id: int) -> DraftRecord:
    """A draft that is the account's own or submitted; raises UnknownDraft."""
    row = None
    if 0 < draft_id <= _LARGEST:
        row = conn.execute(_records_stmt().where(Draft.draft_id == draft_id)).first()
    if row is None or not (row.owner_id == account_id or row.state == "submitted"):
        raise UnknownDraft(f"there is no draft {draft_id}, or it is somebody else's; it may have been saved")
    return _record(row)


def draft_changes(conn: sa.Connection, *, draft_id: int) -> list[RowChange]:
    """What the draft wants, in the order in which rows were first touched."""
    stmt = sa.select(DraftRow).where(DraftRow.draft_id == draft_id).order_by(DraftRow.position)
    return [
        RowChange(row=row.row_key, version=row.version, set=row.changes, removed=row.removed)
        for row in conn.execute(stmt)
    ]


def needs_approval(conn: sa.Connection, *, table: str) -> bool:
    """Whether edits of the table wait for a second manager."""
    return bool(conn.scalar(sa.select(EditRule.needs_approval).where(EditRule.table_name == table)))


def managers(conn: sa.Connection, *, but: int) -> list[tuple[int, str]]:
    """Who a draft can be handed to: number and name of everybody who may edit, but for one account."""
    stmt = (
        sa.select(Account.account_id, Account.display_name)
        .where(Account.role.in_(("manager", "admin")), Account.disabled_at.is_(None), Account.account_id != but)
        .order_by(Account.display_name)
    )
    return [(int(number), str(name)) for number, name in conn.execute(stmt)]


def _records_stmt() -> sa.Select[Any]:
    owner, author = aliased(Account), aliased(Account)
    rows = sa.select(sa.func.count()).where(DraftRow.draft_id == Draft.draft_id).scalar_subquery()
    return (
        sa.select(
            *(getattr(Draft, name) for name in ("draft_id", "table_name", "owner_id", "author_id", "reason", "state")),
            Draft.note,
            Draft.updated_at,
            owner.display_name.label("owner"),
            sa.func.coalesce(author.display_name, "").label("author"),
            rows.label("rows"),
        )
        .join(owner, owner.account_id == Draft.owner_id)
        .outerjoin(author, author.account_id == Draft.author_id)
    )


def _record(row: Any) -> DraftRecord:
    return DraftRecord(
        row.draft_id, row.table_name, row.owner_id, row.owner, row.author_id, row.author, row.reason, row.state,
        row.note, row.updated_at, row.rows,
    )  # fmt: skip
