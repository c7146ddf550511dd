"""The parts of the history page: the list of revisions, one of them opened, and the story of a row."""

from __future__ import annotations

from functools import partial

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard.anchors import anchor, show_lines
from dashboard.auth import User, while_allowed
from dashboard.downloads import download_button
from dashboard.exports import CSV_TYPE, Table, csv_file
from dashboard.load import reading
from dashboard.panels import show_table
from dashboard.reference.naming import name_bar, with_names
from dashboard.reference.telling import (
    MOST_STEPS,
    PAGE,
    STEP_COLUMNS,
    Filters,
    history_filters,
    listed,
    revision_steps,
    row_story,
    spoken,
    tables_of,
    told,
)
from dashboard.reference.undo_form import undo_form
from data.changes.editable import EditableTable, editable_tables
from data.errors import UnknownName
from data.models import Load
from data.queries.revisions import revision_detail
from data.scope import Scope
from data.semantic.types import ColumnSpec, Unit

_BEFORE = "history.before"
_MOST_EXPORTED = 50_000


def asked_revision() -> int | None:
    """The revision that the link names."""
    named = st.query_params.get("revision", "")
    return int(named) if named.isascii() and named.isdigit() and len(named) < 12 else None


def asked_row() -> tuple[EditableTable, str] | None:
    """The row that the link names."""
    tables = editable_tables()
    table, row = st.query_params.get("table", ""), st.query_params.get("row", "")
    return (tables[table], row) if table in tables and row else None


def list_page(conn: sa.Connection, *, user: User, zone: str) -> None:
    """Every load and edit that fits the filters; a click opens one."""
    asked = history_filters(conn, zone=zone)
    before = st.session_state.get(_BEFORE) if st.session_state.get("history.asked") == asked else None
    st.session_state["history.asked"] = asked
    frame = listed(conn, asked, before=before)
    if frame.empty:
        with st.container(border=True, horizontal_alignment="center"):
            st.markdown("**No such revisions**", text_alignment="center")
            st.markdown(":gray[Nothing was loaded or edited that fits these filters.]", text_alignment="center")
        return
    st.dataframe(
        with_names(told(frame, zone=zone)),
        hide_index=True,
        key=f"history-list-{before}",
        on_select=partial(_open, frame, before),
        selection_mode="single-row",
        column_config={
            "Why": st.column_config.TextColumn(width="large"),
            "Name": st.column_config.TextColumn(width="medium", help="✓ is certified"),
            **{name: st.column_config.NumberColumn(format="localized") for name in ("Added", "Changed", "Removed")},
        },
        alt="Revisions, newest first; pick one to see what it did",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.selectbox("Open revision", frame["revision"].tolist(), index=None, key="history.open", width=180,
                     placeholder="Open revision", label_visibility="collapsed", on_change=_open_picked)  # fmt: skip
        if before is not None:
            st.button("Newest", icon=":material/first_page:", key="history-newest", on_click=_older, args=(None,))
        if len(frame) == PAGE and int(frame["revision"].min()) > 1:
            st.button("Older", icon=":material/chevron_right:", key="history-older", on_click=_older,
                      args=(int(frame["revision"].min()),))  # fmt: skip
        export = while_allowed(partial(_export, asked, user.scope, zone), scope=user.scope)
        download_button("CSV of all changes", export, "history.csv", CSV_TYPE, key="history-csv", type="tertiary",
                        icon=":material/download:")  # fmt: skip


def revision_page(conn: sa.Connection, number: int, *, user: User, zone: str) -> None:
    """One revision: who, when, why, what it did to which rows; and undo."""
    st.button("All revisions", icon=":material/arrow_back:", key="history-all", on_click=_close)
    try:
        found, counts = revision_detail(conn, revision=number)
    except UnknownName as error:
        st.info(f"{str(error).capitalize()}.", icon=":material/info:")
        return
    with st.container(border=True, key="revision-about"):
        st.subheader(f"Revision {number}: {found['reason'] or 'no reason given'}", anchor=False)
        parts = [
            f"{str(row['table_name']).replace('_', ' ')}: {row['rows_added']:,} added, "
            f"{row['rows_changed']:,} changed, {row['rows_removed']:,} removed"
            for row in counts[counts["table_name"] != Load.__tablename__].to_dict("records")
        ]
        undone = f" · undoes revision {found['reverts']}" if found.get("reverts") else ""
        st.caption(f"{found['kind']} by {found['author']} · {spoken(found['opened_at'], zone)}{undone}")
        st.markdown(" · ".join(parts))
        if number > 1:
            address = f"/explain?old={number - 1}&new={number}"
            show_lines([anchor("What it did to the figures", address)], name="history-explain")
        name_bar(number, user=user)
    revisions = pd.DataFrame([found])
    tables = tables_of(conn, number)
    shown = {
        table.name: revision_steps(conn, table, revisions, scope=user.scope, zone=zone, limit=MOST_STEPS)
        for table in tables
    }
    for table in tables:
        _steps(table, shown[table.name], title=table.label)
    undo_form(conn, number, {table: shown[table.name] for table in tables}, counts, user=user)


def row_page(conn: sa.Connection, table: EditableTable, row: str, *, user: User, zone: str) -> None:
    """Everything that happened to one row."""
    st.button("All revisions", icon=":material/arrow_back:", key="history-all", on_click=_close)
    label, frame = row_story(conn, table, row, scope=user.scope, zone=zone)
    if frame.empty:
        st.info(f"{table.label} never had a row {row}.", icon=":material/info:")
        return
    _steps(table, frame, title=f"{table.label}: {label}")


def _steps(table: EditableTable, frame: pd.DataFrame, *, title: str) -> None:
    if frame.empty:
        return
    with st.container(border=True, key=f"steps-{table.name}"):
        st.subheader(title, anchor=False)
        one_row = frame["revision"].nunique() > 1
        columns = (*STEP_COLUMNS[:4], *STEP_COLUMNS[5:]) if one_row else STEP_COLUMNS[4:]
        show_table(
            Table(title, frame, columns), key=f"steps-table-{table.name}", alt=f"What happened to {title}", rows=14
        )
        if frame["row"].nunique() >= MOST_STEPS:
            st.caption(f"The first {MOST_STEPS} rows; the CSV in the list of revisions has them all.")


def _export(asked: Filters, scope: Scope, zone: str) -> bytes:
    """Every change of the revisions that are asked for, a field a row; of a load of files, the first rows."""
    with reading(scope) as conn:
        revisions = listed(conn, asked, before=None, limit=10_000)
        wanted = [table for name, table in editable_tables().items() if not asked.tables or name in asked.tables]
        parts = []
        for table in wanted:
            part = revision_steps(conn, table, revisions, scope=scope, zone=zone, limit=_MOST_EXPORTED)
            parts.append(part.assign(table=table.label))
    columns = (*STEP_COLUMNS[:4], ColumnSpec("table", "Table", Unit.TEXT), *STEP_COLUMNS[4:])
    return csv_file(Table("History", pd.concat(parts, ignore_index=True), columns))


def _open(frame: pd.DataFrame, before: int | None) -> None:
    rows = st.session_state[f"history-list-{before}"].selection.rows
    if rows and 0 <= rows[0] < len(frame):
        st.query_params["revision"] = str(int(frame["revision"].iloc[rows[0]]))


def _open_picked() -> None:
    picked = st.session_state.get("history.open")
    if picked is not None:
        st.query_params["revision"] = str(int(picked))


def _close() -> None:
    for name in ("revision", "row", "table"):
        st.query_params.pop(name, None)


def _older(before: int | None) -> None:
    st.session_state[_BEFORE] = before
