"""What happened between two revisions to the tables that a figure is read from, in pieces that can be told apart.

A cause is one revision, or the part of it that a figure's difference can be put down to: the new or the late lines of
a load of facts, a restated period, an edit, a reference file, an undo.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa

from data.models import FactTable, Load, Revision, RevisionTable


class Kind(StrEnum):
    """What a cause is."""

    NEW = "new facts"
    LATE = "late facts"
    RESTATED = "restated facts"
    FILE = "reference file"
    EDIT = "edit"
    UNDO = "undo"
    SEVERAL = "several revisions"


@dataclass(frozen=True)
class FactLoad:
    """A load of facts, or the part of one whose business dates lie in `[since, before)`."""

    load_id: int
    table: str
    dated: str
    first_on: date | None
    last_on: date | None
    replaced: tuple[date, date] | None = None
    reverts: int | None = None
    since: date | None = None
    before: date | None = None


@dataclass(frozen=True)
class Cause:
    """A revision, or a part of one; `tables` are the reference tables it changed, of those that are asked about."""

    revision: int
    kind: Kind
    author: str
    reason: str
    opened_at: datetime
    tables: tuple[str, ...] = ()
    load: FactLoad | None = None
    reverts: int | None = None


def causes_between(conn: sa.Connection, *, tables: Collection[str], after: int, upto: int) -> list[Cause]:
    """What the revisions in `(after, upto]` did to `tables`, in the order in which it happened.

    A load of facts with lines on both sides of the newest business date loaded before it is two causes, the new lines
    first. Facts are late where their date lies before that one. Sources: history.revisions, history.revision_tables
    and loads.
    """
    dated = _dated_tables(conn)
    loads = _fact_loads(conn, {name: column for name, column in dated.items() if name in tables}, upto)
    found: list[Cause] = []
    for row in conn.execute(_revisions_stmt(tables, after, upto)):
        changed = tuple(sorted(set(row.tables) - set(dated)))
        reason = row.reason or ""
        cause = Cause(row.revision, _kind(row.kind, row.files), row.author, reason, row.opened_at, changed,
                      reverts=row.reverts)  # fmt: skip
        of_facts = [replace(cause, kind=kind, load=load) for kind, load in loads.get(row.revision, ())]
        # Members that a load of facts brought along belong to the first part of it.
        of_facts[1:] = [replace(part, tables=()) for part in of_facts[1:]]
        found += of_facts or [cause]
    return found


def _kind(kind: str, files: int) -> Kind:
    if kind == "undo":
        return Kind.UNDO
    return Kind.FILE if files else Kind.EDIT


def _dated_tables(conn: sa.Connection) -> dict[str, str]:
    stmt = sa.select(FactTable.table_name, FactTable.date_column)
    return {str(name): str(column) for name, column in conn.execute(stmt)}


def _revisions_stmt(tables: Collection[str], after: int, upto: int) -> sa.Select[*tuple[object, ...]]:
    touched = sa.func.array_agg(RevisionTable.table_name).label("tables")
    files = sa.select(sa.func.count()).where(Load.revision == Revision.revision).scalar_subquery().label("files")
    author = sa.func.coalesce(Revision.author, Revision.login_name).label("author")
    told = (Revision.revision, Revision.kind, author, Revision.reason, Revision.reverts, Revision.opened_at)
    return (
        sa.select(*told, touched, files)
        .join(RevisionTable, RevisionTable.revision == Revision.revision)
        .where(Revision.revision > after, Revision.revision <= upto, RevisionTable.table_name.in_(sorted(tables)))
        .group_by(Revision.revision)
        .order_by(Revision.revision)
    )


def _fact_loads(conn: sa.Connection, dated: Mapping[str, str], upto: int) -> dict[int, list[tuple[Kind, FactLoad]]]:
    """Every load of the fact tables, by revision, in the parts that it is told in."""
    stmt = sa.select(Load).where(Load.table_name.in_(dated), Load.revision <= upto).order_by(Load.revision)
    rows = conn.execute(stmt.with_only_columns(*Load.__table__.columns)).all()
    found: dict[int, list[tuple[Kind, FactLoad]]] = defaultdict(list)
    for at, row in enumerate(rows):
        replaced = None if row.replaced_from is None else (row.replaced_from, row.replaced_until)
        load = FactLoad(row.load_id, row.table_name, dated[row.table_name], row.first_on, row.last_on, replaced,
                        row.reverts_load)  # fmt: skip
        found[row.revision] += _parts(load, _newest(rows[:at], row.table_name))
    return found


def _newest(rows: Iterable[sa.Row[*tuple[object, ...]]], table: str) -> date | None:
    """The newest business date among loads that were not undone."""
    mine = [row for row in rows if row.table_name == table]
    undone = {row.reverts_load for row in mine}
    stand = [row for row in mine if row.source and row.load_id not in undone]  # an undo brought no file of its own
    return max((row.last_on for row in stand if row.last_on is not None), default=None)


def _parts(load: FactLoad, newest: date | None) -> list[tuple[Kind, FactLoad]]:
    if load.reverts is not None:
        return [(Kind.UNDO, load)]
    if load.replaced is not None:
        return [(Kind.RESTATED, load)]
    if newest is None or load.first_on is None or load.first_on >= newest:
        return [(Kind.NEW, load)]
    if load.last_on is None or load.last_on < newest:
        return [(Kind.LATE, load)]
    return [(Kind.NEW, replace(load, since=newest)), (Kind.LATE, replace(load, before=newest))]
