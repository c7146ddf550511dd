"""Rows to add: a small grid of their own, in which the key can be typed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard.auth import User
from dashboard.load import reading
from dashboard.reference.acting import PROBLEM, epoch, in_draft, redraw, trying
from dashboard.reference.grid import ROW_PX
from dashboard.reference.taking import NOT_SHOWN, without
from dashboard.reference.typed import as_cell, as_sent, column_config
from data.changes.editable import EditableTable, Field
from data.changes.types import RowChange
from data.changes.values import is_number, read_values
from data.drafts.reading import DraftRecord
from data.drafts.writing import drop_rows, put_changes
from data.loading.instants import Day, Month
from data.loading.numbers import Money
from data.loading.texts import Flag

_MOUNTED = "reference.new"
OPEN = "reference.adding"


@dataclass
class _Mounted:
    """The new rows that the grid began with, and the name of those that are added in it."""

    signature: Any
    key: str
    rows: list[str]
    frame: pd.DataFrame


def new_rows(
    table: EditableTable,
    options: Mapping[str, Sequence[Any]],
    draft: DraftRecord | None,
    changes: Sequence[RowChange],
) -> None:
    """The grid of new rows, once asked for or where the draft has some."""
    new = [change for change in changes if change.version is None]
    if not new and not st.session_state.get(OPEN):
        return
    fields = [field for field in table.fields if not field.fixed]
    mounted = _mounted(table, fields, new)
    draft_id = draft.draft_id if draft else None
    with st.container(border=True, key="reference-new"):
        st.subheader(f"New {table.label.lower()}", anchor=False)
        st.caption("Type or paste rows at the end; they are added when the draft is saved.")
        st.data_editor(
            mounted.frame,
            key=mounted.key,
            column_config={
                field.name: column_config(field, options.get(field.name), editable=True, new=True) for field in fields
            },
            hide_index=True,
            num_rows="dynamic",
            placeholder="",
            row_height=ROW_PX,
            on_change=partial(_typed, table, mounted, draft_id),
            alt=f"New {table.label.lower()} in your draft",
        )


def _mounted(table: EditableTable, fields: Sequence[Field], new: Sequence[RowChange]) -> _Mounted:
    kept: _Mounted | None = st.session_state.get(_MOUNTED)
    signature = (table.name, epoch())
    if kept is not None and kept.signature == signature:
        return kept
    frame = pd.DataFrame({field.name: _column(field, new) for field in fields})
    mounted = _Mounted(signature, f"new-{secrets.token_hex(6)}", [change.row for change in new], frame)
    st.session_state[_MOUNTED] = mounted
    return mounted


def _column(field: Field, new: Sequence[RowChange]) -> pd.Series[Any]:
    cells = [as_cell(field, change.set.get(field.name)) for change in new]
    values = [cell if fits else None for fits, cell in cells]
    if isinstance(field.kind, Flag):
        return pd.Series([bool(value) for value in values], dtype="bool")
    if isinstance(field.kind, Money):
        return pd.Series(values, dtype="float64")
    if is_number(field):
        return pd.Series(values, dtype="Int64")
    if isinstance(field.kind, Day) and not isinstance(field.kind, Month):
        return pd.Series(values, dtype="datetime64[s]")
    return pd.Series(values, dtype="str")


def _typed(table: EditableTable, mounted: _Mounted, draft_id: int | None) -> None:
    state = st.session_state[mounted.key]
    trying(lambda user: _take(table, mounted, draft_id, state, user))
    if PROBLEM in st.session_state:
        redraw()


def _take(table: EditableTable, mounted: _Mounted, draft_id: int | None, state: Any, user: User) -> None:
    """Put the new rows as the grid has them now into the draft, and take out those that are gone from it."""
    fields = {field.name: field for field in table.fields}
    wanted: list[RowChange] = []
    for at, cells in state.edited_rows.items():
        if not 0 <= at < len(mounted.rows):
            st.session_state[PROBLEM] = f"Not taken into the draft: new row {at + 1}: {NOT_SHOWN}"
            return
        wanted.append(RowChange(row=mounted.rows[at], set=_sent(fields, cells)))
    added = [_sent(fields, cells) for cells in state.added_rows]
    wanted += [RowChange(row=f"{mounted.key}-{at}", set=cells) for at, cells in enumerate(added) if cells]
    labels = {change.row: "New row" for change in wanted}
    with reading(user.scope) as conn:
        faults = read_values(conn, table, wanted, labels).faults
    bad = {(fault.row, fault.field) for fault in faults}
    good = [without(change, bad) for change in wanted]
    gone = [mounted.rows[at] for at in state.deleted_rows if 0 <= at < len(mounted.rows)]

    def keep(conn: sa.Connection, draft: DraftRecord) -> None:
        before = [f"{mounted.key}-{at}" for at in range(len(added) + len(state.deleted_rows) + 1)]
        drop_rows(conn, draft_id=draft.draft_id, account_id=user.account_id, rows=[*gone, *before])
        put_changes(conn, draft_id=draft.draft_id, account_id=user.account_id,
                    changes=[change for change in good if change.set and change.row not in gone])  # fmt: skip

    in_draft(user, table, draft_id, keep)
    if faults:
        st.session_state[PROBLEM] = "Not taken into the draft: " + "; ".join(map(str, faults[:5]))


def _sent(fields: Mapping[str, Field], cells: Mapping[str, Any]) -> dict[str, Any]:
    sent = {name: as_sent(fields.get(name), value) for name, value in cells.items() if name != "_index"}
    return {name: value for name, value in sent.items() if value is not None}
