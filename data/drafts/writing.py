"""Keeping drafts: each cell as it is typed, merged with what another tab of the same person typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from data.changes.types import RowChange
from data.drafts.reading import DraftRecord, draft_record, open_draft
from data.errors import ChangeError, UnknownDraft
from data.models import Account, Draft, DraftRow, EditRule

MOST_ROWS = 100_000
_MOST_TEXT = 500


def draft_to_edit(conn: sa.Connection, *, table: str, account_id: int) -> DraftRecord:
    """The account's open draft of the table; begins one where there is none."""
    # Two tabs that begin at once would begin two; the account's row makes the second wait for the first.
    conn.execute(sa.select(Account.account_id).where(Account.account_id == account_id).with_for_update())
    found = open_draft(conn, table=table, account_id=account_id)
    if found is not None:
        return found
    return draft_record(conn, draft_id=_begun(conn, table, account_id), account_id=account_id)


def submit_changes(
    conn: sa.Connection, *, table: str, account_id: int, changes: Iterable[RowChange], reason: str
) -> DraftRecord:
    """A draft of its own with these changes, which waits for a second manager; the account's open drafts stay."""
    draft_id = _begun(conn, table, account_id)
    put_changes(conn, draft_id=draft_id, account_id=account_id, changes=changes)
    submit(conn, draft_id=draft_id, account_id=account_id, reason=reason)
    return draft_record(conn, draft_id=draft_id, account_id=account_id)


def put_changes(conn: sa.Connection, *, draft_id: int, account_id: int, changes: Iterable[RowChange]) -> None:
    """Lay changes over the draft: fields that it has not yet are added, others replaced.

    A row keeps the version that it had when the draft first touched it. Raises UnknownDraft, and ChangeError for a
    draft that is submitted or grows past 100,000 rows.
    """
    _touch(conn, draft_id, account_id)
    rows: dict[str, dict[str, Any]] = {}
    for change in changes:  # of one row, later fields over earlier ones
        row = rows.setdefault(change.row, {"draft_id": draft_id, "row_key": change.row, "version": change.version})
        row["changes"] = {**row.get("changes", {}), **change.set}
        row["removed"] = change.removed
    values = list(rows.values())
    for start in range(0, len(values), 1000):
        stmt = insert(DraftRow).values(values[start : start + 1000])
        laid = DraftRow.changes.op("||", return_type=JSONB)(stmt.excluded.changes)
        both = {"changes": laid, "removed": stmt.excluded.removed}
        conn.execute(stmt.on_conflict_do_update(index_elements=["draft_id", "row_key"], set_=both))
    count = conn.scalar(sa.select(sa.func.count()).where(DraftRow.draft_id == draft_id)) or 0
    if count > MOST_ROWS:
        raise ChangeError(f"a draft has at most {MOST_ROWS:,} rows; this one would have {count:,}")


def drop_fields(conn: sa.Connection, *, draft_id: int, account_id: int, fields: Iterable[tuple[str, str]]) -> None:
    """Take back what the draft wants of these fields (row, field); a row without any leaves the draft."""
    _touch(conn, draft_id, account_id)
    for row, name in fields:
        this = sa.and_(DraftRow.draft_id == draft_id, DraftRow.row_key == row)
        conn.execute(sa.update(DraftRow).where(this).values(changes=DraftRow.changes.op("-", return_type=JSONB)(name)))
    nothing = sa.and_(DraftRow.changes == sa.literal({}, JSONB), ~DraftRow.removed)
    conn.execute(sa.delete(DraftRow).where(DraftRow.draft_id == draft_id, nothing))


def drop_rows(conn: sa.Connection, *, draft_id: int, account_id: int, rows: Sequence[str]) -> None:
    """Take these rows out of the draft."""
    _touch(conn, draft_id, account_id)
    conn.execute(sa.delete(DraftRow).where(DraftRow.draft_id == draft_id, DraftRow.row_key.in_(rows)))


def move_to_version(
    conn: sa.Connection, *, draft_id: int, account_id: int, versions: Iterable[tuple[str, int]]
) -> None:
    """Start from newer versions of rows: who wants their own values all the same has seen what others saved."""
    _touch(conn, draft_id, account_id)
    for row, version in versions:
        this = sa.and_(DraftRow.draft_id == draft_id, DraftRow.row_key == row)
        conn.execute(sa.update(DraftRow).where(this).values(version=version))


def keep_reason(conn: sa.Connection, *, draft_id: int, account_id: int, reason: str) -> None:
    """Keep the reason that has been typed so far."""
    _touch(conn, draft_id, account_id)
    conn.execute(sa.update(Draft).where(Draft.draft_id == draft_id).values(reason=reason[:_MOST_TEXT]))


def hand_over(conn: sa.Connection, *, draft_id: int, account_id: int, to: int, note: str) -> None:
    """Give the draft to another manager, who goes on with it; raises ChangeError for who may not edit."""
    _touch(conn, draft_id, account_id)
    stmt = sa.select(Account.role).where(Account.account_id == to, Account.disabled_at.is_(None))
    if conn.scalar(stmt) not in {"manager", "admin"}:
        raise ChangeError("a draft can only be handed to a manager or an admin")
    conn.execute(sa.update(Draft).where(Draft.draft_id == draft_id).values(owner_id=to, note=note[:_MOST_TEXT]))


def submit(conn: sa.Connection, *, draft_id: int, account_id: int, reason: str) -> None:
    """Let a second manager decide; until then nobody changes the draft."""
    _touch(conn, draft_id, account_id)
    values = {"state": "submitted", "reason": reason[:_MOST_TEXT], "author_id": account_id, "note": ""}
    conn.execute(sa.update(Draft).where(Draft.draft_id == draft_id).values(**values))


def send_back(conn: sa.Connection, *, draft_id: int, account_id: int, note: str) -> None:
    """Open a submitted draft again: by who submitted it, or by a second manager who does not approve."""
    draft_record(conn, draft_id=draft_id, account_id=account_id)
    values = {"state": "open", "note": note[:_MOST_TEXT], "updated_at": sa.func.now()}
    conn.execute(sa.update(Draft).where(Draft.draft_id == draft_id).values(**values))


def discard(conn: sa.Connection, *, draft_id: int, account_id: int) -> None:
    """Throw the draft away, or put it out of the way once it is saved."""
    draft_record(conn, draft_id=draft_id, account_id=account_id)
    conn.execute(sa.delete(Draft).where(Draft.draft_id == draft_id))


def set_approval(conn: sa.Connection, *, table: str, needed: bool, account_id: int) -> None:
    """Say whether edits of the table wait for a second manager."""
    values: dict[str, Any] = {"needs_approval": needed, "changed_by": account_id, "changed_at": sa.func.now()}
    stmt = insert(EditRule).values(table_name=table, **values)
    conn.execute(stmt.on_conflict_do_update(index_elements=["table_name"], set_=values))


def _begun(conn: sa.Connection, table: str, account_id: int) -> int:
    made = sa.insert(Draft).values(table_name=table, owner_id=account_id, author_id=account_id)
    return int(conn.execute(made.returning(Draft.draft_id)).scalar_one())


def _touch(conn: sa.Connection, draft_id: int, account_id: int) -> None:
    """Lock a draft that the account may go on with, and say that it was changed."""
    own = sa.and_(Draft.draft_id == draft_id, Draft.owner_id == account_id)
    stmt = sa.update(Draft).where(own).values(updated_at=sa.func.now()).returning(Draft.state)
    state = conn.scalar(stmt)
    if state is None:
        raise UnknownDraft(f"the draft {draft_id} is not yours, or not there any more; it may have been saved")
    if state == "submitted":
        raise ChangeError("the draft waits for approval; take it back to go on with it")
