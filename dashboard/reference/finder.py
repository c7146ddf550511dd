"""Which rows of which table: picked, searched, filtered and sorted; the link says it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import streamlit as st

from dashboard.reference.acting import epoch
from data.changes.editable import EditableTable, Field, editable_tables
from data.changes.listing import Asked, listed_count
from data.changes.names import offered_names
from data.changes.values import is_number
from data.loading.texts import Flag, Text
from data.queries.quality import CHECKS
from data.scope import Scope

PAGE_ROWS = 50
MOST_OPTIONS = 1000
_NOTHING = "(empty)"
_FLAGS = {"Yes": True, "No": False}


@dataclass(frozen=True)
class Found:
    """What is asked for, how many rows that is, which page of them is shown, and the columns of the grid."""

    asked: Asked
    count: int
    page: int
    columns: tuple[str, ...]

    @property
    def pages(self) -> int:
        """How many pages there are; one at least."""
        return max(1, -(-self.count // PAGE_ROWS))


def table_picker() -> EditableTable:
    """The table that the link names, or products."""
    tables = editable_tables()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="reference-table"):
        name = st.selectbox("Table", list(tables), index=list(tables).index("products"), key="table", width=220,
                            format_func=lambda key: tables[key].label, bind="query-params")  # fmt: skip
        st.caption(tables[name].help)
    return tables[name]


def options_of(conn: sa.Connection, table: EditableTable) -> dict[str, list[Any]]:
    """The values that a cell may be chosen from: by field, where they are few enough to be a list."""
    found: dict[str, list[Any]] = {}
    for field in table.fields:
        if isinstance(field.kind, Text) and field.kind.choices:
            found[field.name] = list(field.kind.choices)
        elif field.parent is not None and not is_number(field):
            names = offered_names(conn, field.parent, most=MOST_OPTIONS)
            if names is not None:
                found[field.name] = names
    return found


def finder(
    conn: sa.Connection, table: EditableTable, options: dict[str, list[Any]], drafted: Sequence[str], *, scope: Scope
) -> Found:
    """The row of controls above the grid, and what it asks for."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="reference-bar"):
        search = st.text_input(
            "Search", key="q", bind="query-params", placeholder="Number or text", icon=":material/search:", width=190
        )
        filters = _filters(table, options)
        sort, descending = _sorting(table)
        columns = _columns(table)
        only = st.checkbox("Only my changes", key="changed", bind="query-params") if drafted else False
        work = _work(table)
    rows = tuple(drafted) if only else None
    asked = Asked((search or "").strip(), filters, rows, work, sort, descending)
    count = listed_count(conn, table, asked, scope=scope)
    return Found(asked, count, _page(table, asked, count), columns)


def pager(found: Found) -> None:
    """How many rows there are, and the way through them; below the grid, where one has come to the end."""
    first = (found.page - 1) * PAGE_ROWS + 1
    last = min(found.page * PAGE_ROWS, found.count)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="reference-pager"):
        st.caption(f"Rows {first:,} to {last:,} of {found.count:,}" if found.count else "No rows")
        if found.pages > 1:
            st.button("Previous", icon=":material/chevron_left:", key="page-back", disabled=found.page == 1,
                      on_click=_turn, args=(found.page - 1,))  # fmt: skip
            st.button("Next", icon=":material/chevron_right:", key="page-on", disabled=found.page == found.pages,
                      on_click=_turn, args=(found.page + 1,))  # fmt: skip
            st.number_input("Page", 1, found.pages, key="reference.page", width=120, label_visibility="collapsed",
                            help=f"Page, 1 to {found.pages:,}")  # fmt: skip


def _filters(table: EditableTable, options: dict[str, list[Any]]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    offered = {field.name: field for field in table.fields if field.name in options or isinstance(field.kind, Flag)}
    if not offered:
        return ()
    keys = {name: f"{table.name}-{name}" for name in offered}
    count = sum(bool(st.session_state.get(key)) for key in keys.values())
    with st.popover(f"Filter · {count}" if count else "Filter", icon=":material/filter_list:", key="reference-filter"):
        for name, field in offered.items():
            st.multiselect(field.label, _filter_options(field, options), key=keys[name], bind="query-params",
                           placeholder="All", width=360)  # fmt: skip
    picked = {name: st.session_state.get(key) or [] for name, key in keys.items()}
    return tuple((name, tuple(map(_meant, chosen))) for name, chosen in picked.items() if chosen)


def _filter_options(field: Field, options: dict[str, list[Any]]) -> list[str]:
    if isinstance(field.kind, Flag):
        return list(_FLAGS)
    return [*map(str, options[field.name]), *([_NOTHING] if field.nullable else [])]


def _meant(chosen: str) -> Any:
    return None if chosen == _NOTHING else _FLAGS.get(chosen, chosen)


def _sorting(table: EditableTable) -> tuple[str, bool]:
    labels = {"": "Number or name"}
    for field in table.fields:
        labels[field.name] = f"{field.label}, up"
        labels[f"-{field.name}"] = f"{field.label}, down"
    chosen = st.selectbox("Sort by", list(labels), format_func=labels.__getitem__, key=f"{table.name}-sort",
                          bind="query-params", width=180)  # fmt: skip
    return chosen.removeprefix("-"), chosen.startswith("-")


def _columns(table: EditableTable) -> tuple[str, ...]:
    labels = {field.name: field.label for field in table.fields}
    keys = [field.name for field in table.fields if field.key]
    with st.popover("Columns", icon=":material/view_column:", key="reference-columns"):
        hidden = st.multiselect("Hide", [name for name in labels if name not in keys], format_func=labels.__getitem__,
                                key=f"{table.name}-hidden", placeholder="None", width=300)  # fmt: skip
    return tuple(name for name in labels if name not in hidden)


def _work(table: EditableTable) -> str:
    checks = {check.name: check.label for check in CHECKS if check.table == table.name}
    if not checks:
        return ""
    labels = {"": "Everything", **checks}
    chosen = st.selectbox("Show", list(labels), format_func=labels.__getitem__, key=f"{table.name}-work",
                          bind="query-params", width=200)  # fmt: skip
    return str(chosen or "")


def _page(table: EditableTable, asked: Asked, count: int) -> int:
    """The page of this very question; another question begins at its first page."""
    held, question = st.session_state, (table.name, asked, epoch() if asked.rows is not None else 0)
    if held.get("reference.question") != question:
        held["reference.question"] = question
        held["reference.page"] = 1
    pages = max(1, -(-count // PAGE_ROWS))
    held["reference.page"] = min(max(int(held.get("reference.page") or 1), 1), pages)
    return int(held["reference.page"])


def _turn(page: int) -> None:
    st.session_state["reference.page"] = page
