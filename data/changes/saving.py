"""Checked changes into the tables, as one revision; refused as a whole where anything no longer fits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from psycopg.errors import ForeignKeyViolation
from sqlalchemy.exc import IntegrityError

from data.changes.editable import EditableTable
from data.changes.effect import rests_on
from data.changes.planning import fitting, plan_changes
from data.changes.types import ChangeSet, Editor, PlannedRow, RowChange
from data.db import Database
from data.errors import ChangeError, EffectMoved, NothingToSave
from data.models import Revision, RevisionTable

MOST_REASON = 500


@dataclass(frozen=True)
class Saved:
    """A saved edit: its revision, and how many rows it touched; `same` were as wanted already."""

    revision: int
    added: int
    changed: int
    removed: int
    same: int = 0


def save_changes(
    database: Database,
    table: EditableTable,
    changes: Sequence[RowChange],
    *,
    editor: Editor,
    reason: str,
    seen: int | None = None,
) -> Saved:
    """Write the changes as one revision by `editor`, all of them or none.

    Everybody who writes waits for the revision's number first, so what is checked here is what is written upon. `seen`
    is the revision at which the editor saw what the changes would do: where something that this rests on was edited
    since, it has to be looked at again; loads do not matter. Raises NotAllowed, InvalidChange, StaleChange, EffectMoved
    and NothingToSave; nothing has changed then.
    """
    why = checked_reason(reason)
    with database.writing(author=editor.username, reason=why, scope=editor.scope) as conn:
        conn.execute(sa.select(sa.func.history.next_revision()))
        wanted = fitting(plan_changes(conn, table, changes, editor=editor))
        if seen is not None:
            _check_seen(conn, table, seen)
        return write(conn, wanted)


def _check_seen(conn: sa.Connection, table: EditableTable, seen: int) -> None:
    author = sa.func.coalesce(Revision.author, Revision.login_name).label("author")
    stmt = (
        sa.select(Revision.revision, author)
        .join(RevisionTable, RevisionTable.revision == Revision.revision)
        .where(Revision.revision > seen, Revision.kind != "load")
        .where(RevisionTable.table_name.in_(sorted(rests_on(table.table))))
        .order_by(Revision.revision.desc())
        .limit(1)
    )
    moved = conn.execute(stmt).first()
    if moved is not None:
        raise EffectMoved(
            f"{moved.author} saved revision {moved.revision} meanwhile, and what your edit does rests on it; "
            "look at it again as it is now, and save once more"
        )


def checked_reason(reason: str) -> str:
    """The reason without blanks around it; raises ChangeError where it says nothing or is no text."""
    why = " ".join(reason.split())
    if not why:
        raise ChangeError("a revision needs a reason: say in a few words why you make this change; got none")
    if len(why) > MOST_REASON:
        raise ChangeError(f"a reason has at most {MOST_REASON} characters; got {len(why):,}")
    if not why.isprintable():
        raise ChangeError("a reason must be plain text without control characters")
    return why


def write(conn: sa.Connection, changes: ChangeSet) -> Saved:
    """Write the change set in the transaction of `conn`; raises NothingToSave where it is empty."""
    if not changes.rows:
        raise NothingToSave()
    revision = int(conn.execute(sa.select(sa.func.history.next_revision())).scalar_one())
    try:
        _remove(conn, changes.table, changes.removed)
        _change(conn, changes.table, changes.changed)
        _add(conn, changes.table, changes.added)
    except IntegrityError as error:
        raise _explained(changes, error) from error
    return Saved(revision, len(changes.added), len(changes.changed), len(changes.removed), changes.same)


def _explained(changes: ChangeSet, error: IntegrityError) -> ChangeError:
    """A rule that only the database knows, in words."""
    told = str(error.orig).strip().splitlines()
    if isinstance(error.orig, ForeignKeyViolation):
        return ChangeError(f"{changes.table.label}: another row still uses what would go; {told[-1]}")
    return ChangeError(f"{changes.table.label}: the database refuses it: {told[0]}")


def _arrays(table: EditableTable, names: Sequence[str], rows: Sequence[PlannedRow], side: str) -> sa.TableValuedAlias:
    """The values of some columns, a row of them for each row: one statement, however many rows."""
    kept = [getattr(row, side) for row in rows]
    arrays = [sa.literal([row[name] for row in kept], sa.ARRAY(table.table.c[name].type)) for name in names]
    columns = [sa.column(name, table.table.c[name].type) for name in names]
    return sa.func.unnest(*arrays).table_valued(*columns).alias("wanted").render_derived()


def _change(conn: sa.Connection, table: EditableTable, rows: Sequence[PlannedRow]) -> None:
    if not rows:
        return
    touched = sorted({name for row in rows for name in row.changed})
    keys = [column.name for column in table.ids]
    wanted = _arrays(table, [*keys, *touched], rows, "after")
    same = sa.and_(*(column == wanted.c[column.name] for column in table.ids))
    conn.execute(sa.update(table.table).where(same).values({name: wanted.c[name] for name in touched}))


def _add(conn: sa.Connection, table: EditableTable, rows: Sequence[PlannedRow]) -> None:
    """Rows that give the same columns go together; what they do not give, the table's defaults do."""
    alike: dict[tuple[str, ...], list[PlannedRow]] = defaultdict(list)
    for row in rows:
        alike[tuple(sorted(row.after or {}))].append(row)
    for names, some in alike.items():
        wanted = _arrays(table, names, some, "after")
        conn.execute(sa.insert(table.table).from_select(list(names), sa.select(*(wanted.c[name] for name in names))))


def _remove(conn: sa.Connection, table: EditableTable, rows: Sequence[PlannedRow]) -> None:
    if not rows:
        return
    wanted = _arrays(table, [column.name for column in table.ids], rows, "before")
    same: list[Any] = [column == wanted.c[column.name] for column in table.ids]
    conn.execute(sa.delete(table.table).where(sa.and_(*same)))
