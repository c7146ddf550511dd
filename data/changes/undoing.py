"""Undoing a revision, or some rows of an edit, as a revision of its own."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from data.changes.rules import check_undoer
from data.changes.saving import Saved, checked_reason, write
from data.changes.types import ChangeSet, Editor
from data.changes.undo_plans import named_by_facts, plan_undo, plan_undo_file, refuse
from data.db import Database
from data.errors import CannotUndo, ChangeError
from data.loading.facts import open_load
from data.loading.undoing import LoadedFile, loaded_file, record_undo, refuse_undone, undo_facts


def undo(
    database: Database,
    revision: int,
    *,
    editor: Editor,
    reason: str,
    rows: Sequence[str] | None = None,
    table: str | None = None,
) -> Saved:
    """Write back what the revision changed; with `table` and `rows`, of these rows of an edit alone.

    What it added is removed, what it removed comes back, and what it changed gets its old values, field by field, where
    nobody has changed them since. Of a load of facts, the lines go and those that it replaced come back; the reference
    rows that it added stay. Raises CannotUndo with every reason, and NotAllowed; nothing has changed then.
    """
    why = checked_reason(reason)
    acting = database.writing(author=editor.username, reason=why, kind="undo", scope=editor.scope, reverts=revision)
    with acting as conn:
        loaded = loaded_file(conn, revision=revision)
        if loaded is not None:
            check_undoer(editor)
            if rows is not None or table is not None:
                raise CannotUndo(f"revision {revision} loaded a file; it is undone as a whole, not row by row")
            return _undo_load(conn, loaded, editor)
        conn.execute(sa.select(sa.func.history.next_revision()))
        done = [write(conn, plan) for plan in plan_undo(conn, revision, editor=editor, rows=rows, table=table)]
        return _together(done[0].revision, done)


def _undo_load(conn: sa.Connection, loaded: LoadedFile, editor: Editor) -> Saved:
    facts = loaded.facts
    if facts is not None:
        done = undo_facts(conn, loaded, facts)
        return Saved(done.revision, done.added, 0, done.removed)
    conn.execute(sa.select(sa.func.history.next_revision()))
    refuse_undone(conn, loaded)
    load = open_load(conn, loaded.table)
    parts = [_written(conn, plan, loaded) for plan in plan_undo_file(conn, loaded, editor=editor)]
    revision = record_undo(conn, load, loaded, rows=sum(saved.added + saved.changed for saved in parts))
    return _together(revision, parts)


def _written(conn: sa.Connection, plan: ChangeSet, loaded: LoadedFile) -> Saved:
    refuse(loaded.revision, named_by_facts(conn, plan))
    try:
        return write(conn, plan)
    except ChangeError as error:  # a later edit uses a row that would go
        raise CannotUndo(f"revision {loaded.revision} cannot be undone: {error}") from error


def _together(revision: int, done: Sequence[Saved]) -> Saved:
    return Saved(
        revision,
        sum(saved.added for saved in done),
        sum(saved.changed for saved in done),
        sum(saved.removed for saved in done),
    )
