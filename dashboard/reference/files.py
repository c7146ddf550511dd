"""Rows out as a file, and an edited file back in: held against the table before any of it goes into the draft."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.auth import User, while_allowed
from dashboard.downloads import download_button
from dashboard.exports import CSV_TYPE, XLSX_TYPE, Table, csv_file, xlsx_file
from dashboard.load import reading
from dashboard.reference.acting import DONE, editor_of, trying
from dashboard.reference.draft_bar import drafting
from dashboard.reference.finder import Found
from data.changes.editable import EditableTable, Field
from data.changes.importing import ADDED, CHANGED, REFUSED, SAME, Import, read_import
from data.changes.listing import VERSION, Asked, listed_rows
from data.changes.values import is_number
from data.loading.instants import Day, Month
from data.loading.numbers import Money
from data.loading.texts import Flag
from data.scope import Scope
from data.semantic.types import ColumnSpec, Unit

_IMPORT, _ROUND = "reference.import", "reference.import-round"
_MOST_TOLD = 500


def downloads(table: EditableTable, found: Found, *, scope: Scope) -> None:
    """The rows that are asked for as a file that can be edited and brought back."""
    with st.popover("Download", icon=":material/download:", key="reference-download"):
        st.caption(
            f"{found.count:,} rows. Edit the file and bring it back with “Import”; "
            "the column version tells what somebody else saved meanwhile."
        )
        for label, kind, mime in (("XLSX", "xlsx", XLSX_TYPE), ("CSV", "csv", CSV_TYPE)):
            made = while_allowed(partial(export_file, table, found.asked, scope, kind), scope=scope)
            download_button(label, made, f"{table.name}.{kind}", mime, key=f"download-{kind}")


def export_file(table: EditableTable, asked: Asked, scope: Scope, kind: str) -> bytes:
    """The rows as CSV or XLSX under the names that an import reads."""
    with reading(scope) as conn:
        frame = listed_rows(conn, table, asked, scope=scope)
    columns = tuple(_export_column(field) for field in table.fields)
    version = ColumnSpec(VERSION, VERSION, Unit.INTEGER, "revision that wrote the row; leave it as it is")
    told = Table(table.label, _exported(table, frame), (*columns, version))
    if kind == "csv":
        return csv_file(told)
    return xlsx_file([told], [f"{table.label}: {table.help}", "Edit the other sheet, and import the file again."])


def _export_column(field: Field) -> ColumnSpec:
    unit = Unit.TEXT
    if isinstance(field.kind, Money):
        unit = Unit.CENTS
    elif is_number(field):
        unit = Unit.INTEGER
    elif isinstance(field.kind, Day) and not isinstance(field.kind, Month):
        unit = Unit.DATE
    return ColumnSpec(field.name, field.name, unit, field.help)


def _exported(table: EditableTable, frame: pd.DataFrame) -> pd.DataFrame:
    written = frame.copy()
    for field in table.fields:
        if isinstance(field.kind, Flag):
            written[field.name] = written[field.name].map({True: "true", False: "false"})
        elif isinstance(field.kind, Money):
            written[field.name] = (written[field.name] * 100).round().astype("Int64")
    return written


def importer(table: EditableTable, draft_id: int | None, *, user: User) -> None:
    """A file of edited rows, held against the table before any of it goes into the draft."""
    round_ = st.session_state.get(_ROUND, 0)  # another popover after each file: what was found would be behind it
    with st.popover("Import", icon=":material/upload:", key=f"reference-import-{round_}"):
        st.caption("A CSV, XLSX or Parquet file with the columns that a download has. Nothing is saved yet.")
        uploaded = st.file_uploader(
            "File", ["csv", "xlsx", "parquet", "txt", "tsv"], key=f"{_IMPORT}-file-{table.name}"
        )
        if uploaded is not None:
            st.button("Compare with what is saved", key="import-read",
                      on_click=partial(_read, table, uploaded.name, uploaded))  # fmt: skip
    read: tuple[str, Import] | None = st.session_state.get(_IMPORT)
    if read is not None and read[0] == table.name:
        _told(table, read[1], draft_id)


def _read(table: EditableTable, name: str, uploaded: Any) -> None:
    """Read the file under its own name in a folder of its own, which is gone afterwards."""

    def act(user: User) -> None:
        place = st.empty()
        bar = place.progress(0.0, text=f"Reading {name}")

        def show(rows: int, total: int | None, phase: str) -> None:
            bar.progress(0.9 if total else min(rows / 200_000, 0.8), text=f"{name}: {phase}, {rows:,} rows")

        try:
            with tempfile.TemporaryDirectory() as folder, reading(user.scope) as conn:
                path = Path(folder) / (Path(name).name or "file")
                path.write_bytes(uploaded.getbuffer())
                read = read_import(conn, table, path, editor=editor_of(user), progress=show)
        finally:
            place.empty()
        st.session_state[_IMPORT] = (table.name, read)
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1

    st.session_state.pop(_IMPORT, None)
    trying(act)


def _told(table: EditableTable, read: Import, draft_id: int | None) -> None:
    """The dry run: each row added, changed field by field, the same, or refused with its rule."""
    with st.container(border=True, key="import-told"):
        st.subheader(f"{read.file}: nothing is saved yet", anchor=False)
        counts = {kind: read.counted(kind) for kind in (ADDED, CHANGED, SAME, REFUSED)}
        st.markdown(" · ".join(f"**{count:,}** {kind}" for kind, count in counts.items()))
        kind = st.segmented_control("Show", [k for k in (REFUSED, CHANGED, ADDED) if counts[k]], key="import-show",
                                    default=next((k for k in (REFUSED, CHANGED, ADDED) if counts[k]), None),
                                    label_visibility="collapsed")  # fmt: skip
        if kind:
            frame = import_frame(read, kind)
            st.dataframe(frame.head(_MOST_TOLD), hide_index=True, alt=f"Rows of the file that are {kind}")
            if len(frame) > _MOST_TOLD:
                st.caption(f"The first {_MOST_TOLD} of {len(frame):,}.")
        with st.container(horizontal=True):
            rows = len(read.changes)
            st.button(f"Take {rows:,} rows into the draft", type="primary", key="import-take", disabled=not rows,
                      on_click=partial(_take, table, read, draft_id))  # fmt: skip
            st.button("Leave it", key="import-leave", on_click=_leave)


def import_frame(read: Import, kind: str) -> pd.DataFrame:
    """The rows of that kind as people read them: number in the file, row, and column by column what it is about."""
    told: list[tuple[Any, ...]] = []
    for row in read.rows:
        if row.kind != kind:
            continue
        if kind == CHANGED:
            told += [(row.number, row.label, name, old or "(empty)", new or "(empty)") for name, old, new in row.fields]
        elif kind == REFUSED:
            told += [(row.number, row.label, fault.field, fault.value, fault.rule) for fault in row.faults]
            told += [(row.number, row.label, c.field, str(c.yours), f"is {c.current!r} since revision {c.revision}")
                     for c in row.conflicts]  # fmt: skip
        else:
            told.append((row.number, row.label, "", "", ""))
    last = ("Now", "In the file") if kind == CHANGED else ("Value", "Rule")
    frame = pd.DataFrame(told, columns=["Row of the file", "Row", "Column", *last])
    return frame if kind != ADDED else frame[["Row of the file", "Row"]]


def _take(table: EditableTable, read: Import, draft_id: int | None) -> None:
    def act(user: User) -> None:
        drafting(user, table, draft_id, read.changes)
        st.session_state.pop(_IMPORT, None)
        st.session_state[DONE] = f"{len(read.changes):,} rows of {read.file} are in your draft."

    trying(act)


def _leave() -> None:
    st.session_state.pop(_IMPORT, None)
