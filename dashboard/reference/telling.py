"""History as people read it: which revisions, and what each did to which rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard import format as fmt
from dashboard.reference.reviewing import in_words
from data.changes.editable import EditableTable, editable_tables
from data.changes.kept import row_labels
from data.changes.names import ids_of
from data.changes.steps import ADDED, Step, field_steps, steps
from data.models import RevisionTable
from data.queries.revisions import COLUMNS, revision_authors, revision_list
from data.scope import Scope
from data.semantic.types import ColumnSpec, Unit

PAGE = 50
MOST_STEPS = 200
STEP_COLUMNS = (
    ColumnSpec("revision", "Revision", Unit.INTEGER),
    ColumnSpec("when", "When", Unit.TEXT),
    ColumnSpec("who", "Who", Unit.TEXT),
    ColumnSpec("why", "Why", Unit.TEXT),
    ColumnSpec("label", "Row", Unit.TEXT),
    ColumnSpec("field", "What", Unit.TEXT),
    ColumnSpec("before", "From", Unit.TEXT),
    ColumnSpec("after", "To", Unit.TEXT),
)


@dataclass(frozen=True)
class Filters:
    """Which revisions are asked for."""

    tables: tuple[str, ...]
    author: str
    since: datetime | None
    until: datetime | None


def history_filters(conn: sa.Connection, *, zone: str) -> Filters:
    """The filters above the list; the link says them."""
    tables = {name: table.label for name, table in editable_tables().items()}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="history-bar"):
        picked = st.multiselect("Tables", list(tables), format_func=tables.__getitem__, key="of", bind="query-params",
                                placeholder="All, and loads", width=300)  # fmt: skip
        authors = ["", *revision_authors(conn)]
        author = st.selectbox("Who", authors, format_func=lambda name: name or "Everybody", key="who",
                              bind="query-params", width=200)  # fmt: skip
        first = st.date_input("From", value=None, key="history.from", format="DD/MM/YYYY", width=150)
        last = st.date_input("To", value=None, key="history.to", format="DD/MM/YYYY", width=150)
    return Filters(tuple(picked), author or "", _start(first, zone), _start(last, zone, days=1))


def _start(day: date | None, zone: str, *, days: int = 0) -> datetime | None:
    """Midnight in the business zone, at the start of the day or of one after it."""
    return None if day is None else datetime.combine(day + timedelta(days=days), time(), ZoneInfo(zone))


def listed(conn: sa.Connection, asked: Filters, *, before: int | None, limit: int = PAGE) -> pd.DataFrame:
    """The revisions asked for, newest first; columns as `revision_list` gives them."""
    return revision_list(conn, limit=limit, before=before, tables=asked.tables, author=asked.author,
                         since=asked.since, until=asked.until)  # fmt: skip


def told(frame: pd.DataFrame, *, zone: str) -> pd.DataFrame:
    """The list under headings, times in the business zone."""
    shown = frame.copy()
    shown["opened_at"] = [spoken(at, zone) for at in frame["opened_at"]]
    shown["tables"] = [str(names).replace("_", " ") for names in frame["tables"]]
    return shown.rename(columns={column.name: column.label for column in COLUMNS})


def spoken(at: datetime, zone: str) -> str:
    """`23 Dec 2017, 09:14` in the business zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{fmt.day(local.date())}, {local:%H:%M}"


def tables_of(conn: sa.Connection, revision: int) -> list[EditableTable]:
    """The reference tables that a revision changed."""
    named = set(conn.scalars(sa.select(RevisionTable.table_name).where(RevisionTable.revision == revision)))
    return [table for name, table in editable_tables().items() if name in named]


def revision_steps(
    conn: sa.Connection, table: EditableTable, revisions: pd.DataFrame, *, scope: Scope, zone: str, limit: int | None
) -> pd.DataFrame:
    """What these revisions did to the table, a field a row; columns as in STEP_COLUMNS, and `row` (its id)."""
    numbers = [int(number) for number in revisions["revision"]]
    found = steps(conn, table, scope=scope, revisions=numbers, limit=limit)
    return _frame(conn, table, found, revisions, zone)


def row_story(
    conn: sa.Connection, table: EditableTable, row: str, *, scope: Scope, zone: str
) -> tuple[str, pd.DataFrame]:
    """What a row is called, and everything that ever happened to it, newest first; no rows for one that never was."""
    ids = ids_of(table, row)
    found = steps(conn, table, scope=scope, ids=[ids]) if ids is not None else []
    numbers = {step.revision for step in found}
    newest = max(numbers, default=0)
    revisions = revision_list(conn, limit=max(newest, 1), before=newest + 1)
    revisions = revisions[revisions["revision"].isin(numbers)]
    label = row_labels(conn, table, {row: found[0].after or found[0].before or {}})[row] if found else row
    return label, _frame(conn, table, found, revisions, zone)


def _frame(
    conn: sa.Connection, table: EditableTable, found: Sequence[Step], revisions: pd.DataFrame, zone: str
) -> pd.DataFrame:
    by_number = {int(row["revision"]): row for row in revisions.to_dict("records")}
    told = []
    for step in field_steps(conn, table, found):
        about = by_number.get(step.revision)
        what = table.field(step.field).label if step.field else ("row added" if step.kind == ADDED else "row removed")
        before, after = (in_words(step.before), in_words(step.after)) if step.field else ("", "")
        when, who, why = (spoken(about["opened_at"], zone), about["author"], about["reason"]) if about else ("", "", "")
        told.append((step.revision, when, who, why, step.label, what, before, after, step.row))
    return pd.DataFrame(told, columns=[*(column.name for column in STEP_COLUMNS), "row"])
