"""The grid: what is typed, pasted or filled goes into the draft at once, checked value by value.

The grid begins from a frame that stays the same until something else is asked for: Streamlit keeps what was typed by
the place of the row, and a frame that changed under it would lose or double that. The server keeps beside it which row
and which version stand at each place; what the browser sends is a place, a column and a value, and each is checked.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard.auth import User
from dashboard.load import reading
from dashboard.reference.acting import PROBLEM, epoch, in_draft, redraw, trying
from dashboard.reference.finder import PAGE_ROWS, Found
from dashboard.reference.taking import REMOVE, Place, checked, sorted_out
from dashboard.reference.typed import column_config, overlaid
from data.changes.editable import EditableTable
from data.changes.listing import ROW, listed_rows
from data.changes.types import RowChange
from data.drafts.reading import DraftRecord
from data.queries.revisions import last_revisions
from data.scope import Scope

_MOUNTED, _STORY = "reference.mounted", "its history"
ROW_PX = 35


@dataclass
class Mounted:
    """What a grid began from: the rows as saved, and as the draft had them; and what was taken from it so far."""

    signature: Any
    key: str
    saved: pd.DataFrame
    shown: pd.DataFrame
    revision: int
    taken: dict[Place, Any] = field(default_factory=dict)


def grid(
    conn: sa.Connection,
    table: EditableTable,
    found: Found,
    options: Mapping[str, Sequence[Any]],
    draft: DraftRecord | None,
    changes: Sequence[RowChange],
    *,
    user: User,
    editable: bool,
) -> None:
    """Show the page of rows that was asked for, with the draft laid over it."""
    draft_id = draft.draft_id if draft else None
    mounted = _mounted(conn, table, found, changes, draft_id, user.scope)
    if mounted.saved.empty:
        _nothing(found)
        return
    names = [*(name for name in found.columns if name in mounted.shown.columns), _STORY]
    config = {
        item.name: column_config(item, _offered(mounted, item.name, options), editable=editable)
        for item in table.fields
    }
    if not table.retirable and editable:
        names.insert(0, REMOVE)
        words = "Rows of this table are removed, not retired; nothing names them"
        config[REMOVE] = st.column_config.CheckboxColumn("Remove", help=words, width="small")
    config[_STORY] = st.column_config.LinkColumn(
        "History", help="What happened to the row", display_text=":material/history:", disabled=True, width="small"
    )
    st.data_editor(
        mounted.shown[names],
        key=mounted.key,
        column_config=config,
        column_order=names,
        hide_index=True,
        num_rows="fixed",
        placeholder="",
        disabled=not editable,
        row_height=ROW_PX,
        height=ROW_PX * (min(len(mounted.shown), 14) + 1) + 3,
        on_change=partial(_typed, table, mounted, draft_id),
        alt=f"{table.label}, rows as they are with your draft laid over them",
    )
    _notice(conn, table, mounted)


def _mounted(
    conn: sa.Connection,
    table: EditableTable,
    found: Found,
    changes: Sequence[RowChange],
    draft_id: int | None,
    scope: Scope,
) -> Mounted:
    kept: Mounted | None = st.session_state.get(_MOUNTED)
    signature = (table.name, found.asked, found.page, found.columns, epoch())
    if kept is not None and kept.signature == signature:
        return kept
    saved = listed_rows(conn, table, found.asked, scope=scope, limit=PAGE_ROWS, offset=(found.page - 1) * PAGE_ROWS)
    revision = dict(last_revisions(conn, tables=(table.name,)))[table.name]
    shown = overlaid(table, saved, changes)
    removed = {change.row for change in changes if change.removed}
    shown[REMOVE] = [row in removed for row in saved[ROW]]
    shown[_STORY] = [f"/history?table={table.name}&row={row}" for row in saved[ROW]]
    mounted = Mounted(signature, f"grid-{secrets.token_hex(6)}", saved, shown, revision)
    st.session_state[_MOUNTED] = mounted
    return mounted


def _offered(mounted: Mounted, name: str, options: Mapping[str, Sequence[Any]]) -> list[Any] | None:
    """The values of a list; those that rows have already, retired ones among them, stay readable."""
    if name not in options:
        return None
    there = [value for value in mounted.shown[name].dropna().unique().tolist() if value not in options[name]]
    return [*options[name], *there]


def _typed(table: EditableTable, mounted: Mounted, draft_id: int | None) -> None:
    """Take what is new in the grid's state into the draft; refused values are told, and the grid shows what is kept."""
    edited: Mapping[int, Mapping[str, Any]] = st.session_state[mounted.key].edited_rows
    now = {(at, name): value for at, cells in edited.items() for name, value in cells.items()}
    fresh = {
        place: value for place, value in now.items() if place not in mounted.taken or mounted.taken[place] != value
    }
    gone = [place for place in mounted.taken if place not in now]
    trying(lambda user: _take(table, mounted, draft_id, fresh, gone, user))
    if PROBLEM in st.session_state:
        redraw()
    else:
        mounted.taken = now


def _take(
    table: EditableTable, mounted: Mounted, draft_id: int | None, fresh: Mapping[Place, Any], gone: Sequence[Place],
    user: User,
) -> None:  # fmt: skip
    sent = sorted_out(table, mounted.saved, fresh, gone)
    with reading(user.scope) as conn:
        found = checked(conn, table, mounted.saved, sent)
    if not found.is_nothing:
        in_draft(user, table, draft_id, lambda conn, draft: found.keep(conn, draft, user.account_id))
    if found.refused:
        st.session_state[PROBLEM] = "Not taken into the draft: " + "; ".join(found.refused[:5])


def _nothing(found: Found) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("**No such rows**", text_alignment="center")
        st.markdown(":gray[Nothing fits this search and these filters.]", text_alignment="center")


def _notice(conn: sa.Connection, table: EditableTable, mounted: Mounted) -> None:
    """Say that somebody saved since the grid began; what is typed stays, and merges in the review."""
    newest = dict(last_revisions(conn, tables=(table.name,)))[table.name]
    if newest == mounted.revision:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="reference-newer"):
        st.caption(f":material/info: Revision {newest} changed {table.label.lower()} after this page was drawn.")
        st.button("Show it", key="reference-refresh", type="tertiary", on_click=redraw)
