"""Saving a draft: by its owner, or by the second manager that its table asks for."""

from __future__ import annotations

import sqlalchemy as sa

from data.changes.editable import editable_table
from data.changes.saving import MOST_REASON, Saved, checked_reason, save_changes
from data.changes.types import Editor
from data.db import Database
from data.drafts.reading import DraftRecord, draft_changes, draft_record, needs_approval
from data.drafts.writing import discard
from data.errors import NotAllowed
from data.models import Account, Draft


def save_draft(
    database: Database, *, draft_id: int, account_id: int, editor: Editor, reason: str, seen: int | None = None
) -> Saved:
    """Write the draft as one revision, and put it away.

    Whoever changes it meanwhile waits. A submitted draft keeps the reason that it was submitted with, and is saved by
    somebody else than who submitted it. `seen` is as in `save_changes`. Raises UnknownDraft, NotAllowed, InvalidChange,
    StaleChange, EffectMoved and NothingToSave; the draft is kept then.
    """
    with database.accounts() as conn:
        conn.execute(sa.select(Draft.draft_id).where(Draft.draft_id == draft_id).with_for_update())
        draft = draft_record(conn, draft_id=draft_id, account_id=account_id)
        _check_approval(conn, draft, account_id)
        changes = draft_changes(conn, draft_id=draft_id)
        why = _approved(conn, draft, account_id) if draft.is_submitted else checked_reason(reason)
        saved = save_changes(database, editable_table(draft.table), changes, editor=editor, reason=why, seen=seen)
        discard(conn, draft_id=draft_id, account_id=account_id)
    return saved


def may_approve(draft: DraftRecord, *, account_id: int) -> bool:
    """Whether the account is somebody else than who made and submitted the draft."""
    return draft.is_submitted and account_id not in {draft.author_id, draft.owner_id}


def _check_approval(conn: sa.Connection, draft: DraftRecord, account_id: int) -> None:
    if draft.is_submitted:
        if not may_approve(draft, account_id=account_id):
            raise NotAllowed("a second manager has to approve this edit; you submitted it")
    elif needs_approval(conn, table=draft.table):
        raise NotAllowed(f"edits of {draft.table} take effect once a second manager approves them; submit the draft")


def _approved(conn: sa.Connection, draft: DraftRecord, account_id: int) -> str:
    """The reason with both names: the revision's author is who approved, because it is their word that counts."""
    approver = conn.scalar(sa.select(Account.display_name).where(Account.account_id == account_id))
    names = f" (by {draft.owner}, approved by {approver})"
    return checked_reason(draft.reason)[: MOST_REASON - len(names)] + names
