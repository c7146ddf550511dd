"""What stands beside the grid: add rows, set many at once, take out and bring back as a file, and the approval rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from dashboard.auth import User
from dashboard.load import database, reading
from dashboard.reference.acting import DONE, editor_of, epoch, redraw, trying
from dashboard.reference.draft_bar import drafting
from dashboard.reference.finder import Found
from dashboard.reference.new_rows import OPEN
from data.changes.editable import EditableTable, Field
from data.changes.listing import Asked, listed_versions
from data.changes.planning import plan_changes
from data.changes.types import RowChange
from data.drafts.reading import needs_approval
from data.drafts.writing import MOST_ROWS, set_approval
from data.errors import ChangeError, InvalidChange, NotAllowed
from data.loading.instants import Day, Month
from data.loading.texts import Flag

_FIELD, _VALUE = "reference.bulk-field", "reference.bulk-value"


def add_button() -> None:
    """Open the grid of new rows."""
    st.button("Add rows", icon=":material/add:", key="add-rows", on_click=_open_new)


def bulk_edit(table: EditableTable, found: Found, options: Mapping[str, Sequence[Any]], draft_id: int | None) -> None:
    """One value for all rows that match what is asked for, into the draft."""
    fields = {field.name: field for field in table.fields if not (field.fixed or field.key)}
    if not fields:
        return
    with st.popover("Set for all", icon=":material/edit:", key=f"bulk-{epoch()}", help="One value for every row found"):
        st.markdown(f"For all **{found.count:,} rows** that match the search and the filters")
        name = st.selectbox("Column", list(fields), format_func=lambda key: fields[key].label, key=_FIELD)
        _value_widget(fields[name], options.get(name))
        st.button(f"Set for {found.count:,} rows", key="bulk-set", disabled=not found.count,
                  on_click=partial(_set_all, table, found.asked, fields[name], draft_id))  # fmt: skip
        st.caption("It goes into your draft; nothing is saved before the review.")


def _value_widget(field: Field, options: Sequence[Any] | None) -> None:
    key = f"{_VALUE}-{field.name}"
    if options is not None:
        st.selectbox("Value", list(options), key=key, index=None, placeholder="Empty" if field.nullable else "Choose")
    elif isinstance(field.kind, Flag):
        st.selectbox("Value", ["yes", "no"], key=key)
    elif isinstance(field.kind, Day) and not isinstance(field.kind, Month):
        st.date_input("Value", value=None, key=key, format="DD/MM/YYYY")
    else:
        st.text_input("Value", key=key, max_chars=200, placeholder="Empty" if field.nullable else "")


def _set_all(table: EditableTable, asked: Asked, field: Field, draft_id: int | None) -> None:
    value = st.session_state.get(f"{_VALUE}-{field.name}")

    def act(user: User) -> None:
        given = value if value is None or isinstance(value, bool | int) else str(value).strip() or None
        with reading(user.scope) as conn:
            rows = listed_versions(conn, table, asked, scope=user.scope)
            if len(rows) > MOST_ROWS:
                raise ChangeError(f"at most {MOST_ROWS:,} rows can be set at once; these are {len(rows):,}")
            changes = [RowChange(row=row, version=version, set={field.name: given}) for row, version in rows]
            first = plan_changes(conn, table, changes[:1], editor=editor_of(user))
        if told := [fault for fault in first.faults if fault.field == field.name]:
            raise InvalidChange(tuple(told))
        drafting(user, table, draft_id, changes)
        st.session_state[DONE] = f"Set {field.label.lower()} of {len(changes):,} rows in your draft."

    trying(act)


def _open_new() -> None:
    st.session_state[OPEN] = True


def approval_rule(table: EditableTable, *, user: User) -> None:
    """Let an admin say whether edits of the table need a second manager."""
    if not user.may("admin"):
        return
    with database().accounts() as conn:
        needed = needs_approval(conn, table=table.name)
    key = f"approval-{table.name}"
    st.session_state[key] = needed
    st.toggle("A second manager approves", key=key, help=f"Edits of {table.label.lower()} wait for a second manager",
              on_change=partial(_set_approval, table, key))  # fmt: skip


def _set_approval(table: EditableTable, key: str) -> None:
    wanted = bool(st.session_state[key])

    def act(user: User) -> None:
        if not user.may("admin"):
            raise NotAllowed("only an admin sets which tables need a second manager")
        with database().accounts() as conn:
            set_approval(conn, table=table.name, needed=wanted, account_id=user.account_id)
        redraw()
        told = "now wait for a second manager" if wanted else "take effect at once"
        st.session_state[DONE] = f"Edits of {table.label.lower()} {told}."

    trying(act)
