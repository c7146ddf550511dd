"""Change sets that wait for a second manager: which there are, what they want, approving and sending back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.callers import Deciding, Editing
from dashboard.api.problems import Refused
from dashboard.api.v1.reference import Outcome, draft_address
from dashboard.load import database
from data.changes.types import Editor
from data.drafts.reading import DraftRecord, draft_changes, draft_record, drafts_for
from data.drafts.saving import may_approve, save_draft
from data.drafts.writing import send_back
from data.errors import NotAllowed, UnknownDraft

router = APIRouter(tags=["drafts"])
_LARGEST = 2**31 - 1
_MOST_NOTE = 500
DraftNumber = Annotated[int, Path(ge=1, le=_LARGEST)]


class DraftInfo(BaseModel):
    """A change set that waits: `address` is its page, `may_approve` whether the caller is a second manager."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"draft": 7, "table": "products", "reason": "Gasoline is fuel", "rows": 1, "author": "Mia K",
                 "submitted_at": "2026-03-01T09:14:07Z", "address": "/review?draft=7", "may_approve": True}
            ]
        }
    )  # fmt: skip

    draft: int
    table: str
    reason: str
    rows: int
    author: str
    submitted_at: datetime
    address: str
    may_approve: bool


class WantedRow(BaseModel):
    """What a draft wants of a row, in the words of a change set."""

    key: str
    version: int | None
    set: dict[str, Any]
    removed: bool


class DraftContent(DraftInfo):
    """A change set that waits, with its rows."""

    changes: list[WantedRow]


class Approval(BaseModel):
    """A second manager's word; a base revision refuses it where the effect is another one by now."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"base_revision": 14}]})

    base_revision: int | None = Field(None, ge=1, le=_LARGEST)


class Refusal(BaseModel):
    """Why a change set is sent back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"note": "Diesel is missing"}]})

    note: str = Field("", max_length=_MOST_NOTE)


@router.get("/drafts")
def list_drafts(found: Deciding) -> list[DraftInfo]:
    """List what waits for a second manager, newest first."""
    with database().accounts() as conn:
        waiting = [one for one in drafts_for(conn, account_id=found.user.account_id) if one.is_submitted]
    return [DraftInfo(**_told(one, found.user.account_id)) for one in waiting]


@router.get("/drafts/{draft}")
def read_draft(draft: DraftNumber, found: Deciding) -> DraftContent:
    """Read what a waiting change set wants; of others' drafts, for accounts that see every store."""
    account = found.user.account_id
    with database().accounts() as conn:
        record = _waiting(conn, draft, account)
        if found.user.scope.stores is not None and account not in {record.owner_id, record.author_id}:
            raise NotAllowed(f"the draft may concern other stores than yours; look at it on {draft_address(draft)}")
        changes = draft_changes(conn, draft_id=draft)
    rows = [WantedRow(key=one.row, version=one.version, set=dict(one.set), removed=one.removed) for one in changes]
    return DraftContent(**_told(record, account), changes=rows)


@router.post("/drafts/{draft}/approval")
def approve(draft: DraftNumber, asked: Approval, found: Editing) -> Outcome:
    """Save the change set as one revision: by another manager than who made or submitted it."""
    user = found.user
    with database().accounts() as conn:
        _waiting(conn, draft, user.account_id)
    editor = Editor(user.username, user.role, user.scope)
    saved = save_draft(database(), draft_id=draft, account_id=user.account_id, editor=editor, reason="",
                       seen=asked.base_revision)  # fmt: skip
    return Outcome(revision=saved.revision, added=saved.added, changed=saved.changed, removed=saved.removed,
                   same=saved.same)  # fmt: skip


@router.post("/drafts/{draft}/refusal", status_code=204)
def refuse(draft: DraftNumber, asked: Refusal, found: Editing) -> None:
    """Send the change set back to who submitted it, with a note; that person takes it back the same way."""
    with database().accounts() as conn:
        _waiting(conn, draft, found.user.account_id)
        send_back(conn, draft_id=draft, account_id=found.user.account_id, note=asked.note)


def _waiting(conn: sa.Connection, draft: int, account_id: int) -> DraftRecord:
    try:
        record = draft_record(conn, draft_id=draft, account_id=account_id)
    except UnknownDraft as error:
        raise Refused(404, str(error)) from None
    if not record.is_submitted:
        raise Refused(409, f"the draft {draft} does not wait for approval; go on with it on {draft_address(draft)}")
    return record


def _told(record: DraftRecord, account_id: int) -> dict[str, Any]:
    return {"draft": record.draft_id, "table": record.table, "reason": record.reason, "rows": record.rows,
            "author": record.author or record.owner, "submitted_at": record.updated_at,
            "address": draft_address(record.draft_id),
            "may_approve": may_approve(record, account_id=account_id)}  # fmt: skip
