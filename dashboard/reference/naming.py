"""What revisions are called: on the list of them, and the control that names and certifies the one that is open."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.auth import User
from dashboard.load import database
from dashboard.past.words import PARAM, plain
from dashboard.reference.acting import DONE, trying
from data.revisions.naming import (
    MOST_NAME,
    MOST_NOTE,
    Namer,
    certify_revision,
    name_revision,
    remove_name,
    rename_revision,
)
from data.revisions.reading import NamedRevision, name_of_revision, revision_names

_STYLE = "<style>.as-of { color: inherit; font-size: .875rem; }</style>"
_NAME, _NOTE, _CERTIFIED = "naming.name", "naming.note", "naming.certified"


def with_names(shown: pd.DataFrame) -> pd.DataFrame:
    """A list of revisions under its headings, with what they are called beside their number, if any is."""
    with database().accounts() as conn:
        names = revision_names(conn)
    called = [in_a_cell(names.get(int(number))) for number in shown["Revision"]]
    if not any(called):
        return shown
    shown = shown.copy()
    shown.insert(1, "Name", called)
    return shown


def in_a_cell(named: NamedRevision | None) -> str:
    """`✓ Year-end 2017`, where it is certified; nothing where there is no name."""
    return "" if named is None else f"{'✓ ' if named.certified else ''}{named.name}"


def name_bar(number: int, *, user: User) -> None:
    """What the revision is called, for managers the control that changes it, and the way to the figures as of it."""
    with database().accounts() as conn:
        named = name_of_revision(conn, revision=number)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="revision-name"):
        if named is not None:
            st.markdown(f":material/label: **{plain(named.name)}**", help=named.note or None, width="content")
            if named.certified:
                st.badge("Certified", icon=":material/verified:", color="blue")
        if user.may("manager"):
            _control(number, named)
        st.html(f"{_STYLE}<a class='as-of' href='/?{PARAM}={number}' target='_self'>Figures as of it</a>",
                width="content")  # fmt: skip


def _control(number: int, named: NamedRevision | None) -> None:
    with (
        st.popover("Rename" if named else "Name this revision", icon=":material/label:", key="naming"),
        st.form("naming-form", border=False, enter_to_submit=False),
    ):
        st.text_input("Name", named.name if named else "", key=f"{_NAME}.{number}", max_chars=MOST_NAME)
        st.text_area("Note", named.note if named else "", key=f"{_NOTE}.{number}", max_chars=MOST_NOTE, height=80)
        st.checkbox("Certified: the figures as of it are vouched for", named.certified if named else False,
                    key=f"{_CERTIFIED}.{number}")  # fmt: skip
        st.form_submit_button("Save name", type="primary", on_click=trying, args=(_saving(number, named),))
    if named is not None:
        st.button("Remove name", type="tertiary", key="naming-remove", help="The revision itself stays.",
                  on_click=trying, args=(partial(_remove, number),))  # fmt: skip


def _saving(number: int, named: NamedRevision | None) -> Callable[[User], None]:
    def save(user: User) -> None:
        held, by = st.session_state, Namer(user.role, user.account_id)
        name, note, certified = (held[f"{key}.{number}"] for key in (_NAME, _NOTE, _CERTIFIED))
        if named is None:
            name_revision(database(), revision=number, name=name, by=by, certified=certified, note=note)
        else:
            rename_revision(database(), revision=number, name=name, by=by, note=note)
            if certified is not named.certified:
                certify_revision(database(), revision=number, by=by, certified=certified)
        held[DONE] = f"Revision {number} is called “{name.strip()}”{', certified' if certified else ''}."

    return save


def _remove(number: int, user: User) -> None:
    gone = remove_name(database(), revision=number, by=Namer(user.role, user.account_id))
    st.session_state[DONE] = f"Revision {number} is no longer called “{gone.name}”."
