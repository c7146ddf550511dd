"""The part of the history page that undoes a revision: an edit or some rows of it, or a load as a whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard.auth import User
from dashboard.load import database
from dashboard.reference.acting import DONE, editor_of, redraw, trying
from data.changes.editable import EditableTable
from data.changes.saving import MOST_REASON, Saved
from data.changes.undoing import undo
from data.errors import CannotUndo, UnknownName
from data.loading.tables import members_of
from data.loading.undoing import LoadedFile, loaded_file, refuse_undone
from data.models import Load

_REASON = "history.reason"


def undo_form(
    conn: sa.Connection, number: int, tables: dict[EditableTable, pd.DataFrame], counts: pd.DataFrame, *, user: User
) -> None:
    """Offer to undo the revision, to who may; `tables` are its steps, `counts` what it did to each table."""
    if not user.may("manager"):
        return
    try:
        loaded = loaded_file(conn, revision=number)
        if loaded is not None:
            refuse_undone(conn, loaded)
    except CannotUndo as error:
        told = str(error)
        st.info(f"{told[:1].upper()}{told[1:]}.", icon=":material/undo:")
        return
    if loaded is None and tables:
        _edit_form(number, tables)
    if loaded is not None:
        _load_form(loaded, counts, user)


def _edit_form(number: int, tables: dict[EditableTable, pd.DataFrame]) -> None:
    """Undo it all, or some rows of one table."""
    with st.container(border=True, key="undo-form"):
        st.subheader("Undo", anchor=False)
        st.caption("Writes the old values back as a new revision; refused where later edits depend on it.")
        labels = {
            (table.name, row): label
            for table, shown in tables.items()
            for row, label in dict(zip(shown["row"], shown["label"], strict=True)).items()
        }
        picked = st.multiselect("Rows", list(labels), format_func=labels.__getitem__, key="undo.rows",
                                placeholder="All of the revision")  # fmt: skip
        words = f"Undo {len(picked)} row{'s' if len(picked) != 1 else ''}" if picked else f"Undo revision {number}"
        _ask(words, partial(_undo_edit, number, picked))


def _load_form(loaded: LoadedFile, counts: pd.DataFrame, user: User) -> None:
    """Undo the load, after what that does was said in numbers."""
    if user.scope.stores is not None:
        st.caption("A load concerns every store; who is limited to some cannot undo it.")
        return
    with st.container(border=True, key="undo-form"):
        st.subheader("Undo the load", anchor=False)
        st.markdown(effect_of(loaded, counts))
        st.caption("A new revision; refused where later ones depend on it. The file can be loaded again after it.")
        _ask(f"Undo revision {loaded.revision}", partial(_undo_load, loaded))


def effect_of(loaded: LoadedFile, counts: pd.DataFrame) -> str:
    """What undoing the load does, in numbers."""
    if loaded.facts is not None:
        kept = "Reference rows that it added stay."
        return f"**{loaded.added:,}** lines are removed, **{loaded.removed:,}** come back. {kept}"
    rows = counts[~counts["table_name"].isin({Load.__tablename__, *members_of(loaded.table)})]
    gone, changed, back = (int(rows[f"rows_{name}"].sum()) for name in ("added", "changed", "removed"))
    told = f"**{gone:,}** rows are removed, **{changed:,}** get their old values, **{back:,}** come back."
    return f"{told} What others changed since stays."


def _ask(words: str, act: Callable[[User], None]) -> None:
    st.text_input("Reason", key=_REASON, max_chars=MOST_REASON, placeholder="Why is it undone?")
    st.button(words, type="primary", icon=":material/undo:", key="undo", on_click=trying, args=(act,))


def _undo_edit(number: int, picked: list[tuple[str, str]], user: User) -> None:
    names = sorted({name for name, _ in picked})
    if len(names) > 1:
        raise UnknownName("rows of one table can be undone at a time; pick rows of one, or none for all")
    rows = [row for _, row in picked] if picked else None
    saved = undo(
        database(), number, editor=editor_of(user), reason=_reason(), rows=rows, table=names[0] if names else None
    )
    _done(saved, f"Undone: revision {saved.revision} writes back what revision {number} changed.")


def _undo_load(loaded: LoadedFile, user: User) -> None:
    saved = undo(database(), loaded.revision, editor=editor_of(user), reason=_reason())
    what = f"{saved.removed:,} lines removed, {saved.added:,} back"
    if loaded.facts is None:
        what = f"{saved.removed:,} rows removed, {saved.changed:,} with their old values, {saved.added:,} back"
    _done(saved, f"Undone: revision {saved.revision} takes back what revision {loaded.revision} loaded; {what}.")


def _reason() -> str:
    return str(st.session_state.get(_REASON, ""))


def _done(saved: Saved, words: str) -> None:
    st.session_state[DONE] = words
    st.query_params.from_dict({"revision": str(saved.revision)})
    redraw()
