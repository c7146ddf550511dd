"""Arranging a dashboard: views added, taken off, moved and sized; nothing is saved until somebody says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard.dashboards.actions import discard, save
from dashboard.dashboards.draft import Draft, Piece, draft_of, keep
from dashboard.dashboards.layout import HEIGHT_NAMES, WIDTH_NAMES
from data.dashboards.kind import MOST_ITEMS, MOST_TITLE
from data.dashboards.reading import Content, Item
from data.views.reading import SavedView


def arranging_bar(draft: Draft, views: Sequence[SavedView]) -> None:
    """What the dashboard is called, the picker of views, and the way to save or forget what was done."""
    with st.container(border=True, key="dashboards-arranging", gap="small"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            _text(draft, "Name", "name", width=260, max_chars=120)
            _text(draft, "Folder", "folder", width=160, max_chars=120)
            _text(draft, "Description", "description", width=340, max_chars=2000)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            _picker(draft, views)
            st.button("Save", type="primary", icon=":material/save:", key="dashboards-save", on_click=save,
                      args=(draft,), disabled=not draft.is_changed)  # fmt: skip
            words = "Discard changes" if draft.is_changed else "Done"
            st.button(words, key="dashboards-discard", on_click=discard, args=(draft.saved.dashboard_id,))
            if draft.is_changed:
                st.badge("Unsaved changes", icon=":material/edit:", color="orange")


def piece_bar(draft: Draft, piece: Piece, title: str) -> None:
    """The title, size and place of one item, and the way to take it off; all of it from the keyboard, too."""
    key, count = f"piece-{draft.turn}-{piece.number}", len(draft.pieces)
    place = draft.pieces.index(piece) + 1
    with st.container(key=f"{key}-bar", gap="xsmall"):
        _widget(st.text_input, draft, piece, "title", f"Title of {title}", placeholder=title, max_chars=MOST_TITLE,
                label_visibility="collapsed")  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
            _widget(st.selectbox, draft, piece, "width", "Width", options=list(WIDTH_NAMES),
                    format_func=WIDTH_NAMES.__getitem__, width=106)  # fmt: skip
            _widget(st.selectbox, draft, piece, "height", "Height", options=list(HEIGHT_NAMES),
                    format_func=HEIGHT_NAMES.__getitem__, width=92)  # fmt: skip
            _place(draft, piece, place, count)
            st.button("", icon=":material/delete:", key=f"{key}-remove", help=f"Take {title} off the dashboard",
                      on_click=_remove, args=(draft.saved.dashboard_id, piece.number))  # fmt: skip


def _picker(draft: Draft, views: Sequence[SavedView]) -> None:
    """A list that is searched by typing; what is chosen goes to the end of the grid."""
    key = f"dashboards-add-{draft.turn}-{len(draft.pieces)}"
    names = {view.view_id: view_label(view) for view in views}

    def add() -> None:
        if st.session_state[key] is not None:
            _change(draft.saved.dashboard_id, lambda now: now.added(st.session_state[key]))

    full = len(draft.pieces) >= MOST_ITEMS
    words = "Type to search saved views" if views else "No view is saved yet: save one on Explore"
    st.selectbox("Add a view", list(names), None, format_func=lambda view_id: names[view_id], key=key, on_change=add,
                 placeholder=f"A dashboard has at most {MOST_ITEMS} views" if full else words,
                 disabled=full or not views, width=380)  # fmt: skip


def view_label(view: SavedView) -> str:
    """`Weekly / Bread by store · Ann`, or that it is private."""
    folder = f"{view.content.folder} / " if view.content.folder else ""
    return f"{folder}{view.content.name} · {view.owner if view.content.shared else 'private'}"


def _place(draft: Draft, piece: Piece, place: int, count: int) -> None:
    """The place as a number that is chosen: one step or many, the focus stays where it is."""
    key = f"piece-{draft.turn}-{piece.number}-place"
    if st.session_state.get(key) != place:
        st.session_state[key] = place

    def move() -> None:
        _change(draft.saved.dashboard_id, lambda now: now.moved(piece.number, st.session_state[key]))

    st.selectbox("Place", range(1, count + 1), key=key, on_change=move, width=66)


def _widget(draw: Any, draft: Draft, piece: Piece, field: str, label: str, **options: Any) -> None:
    """A widget for one field of an item; what it says goes into the draft."""
    key = f"piece-{draft.turn}-{piece.number}-{field}"
    st.session_state.setdefault(key, getattr(piece.item, field))

    def taken(item: Item) -> Item:
        value: Any = st.session_state[key]
        said: dict[str, Any] = {field: value.strip() if isinstance(value, str) else value}
        return replace(item, **said)

    change = partial(_change, draft.saved.dashboard_id, lambda now: now.changed(piece.number, taken))
    draw(label, key=key, on_change=change, **options)


def _text(draft: Draft, label: str, field: str, **options: Any) -> None:
    key = f"dashboards-{draft.turn}-{field}"
    st.session_state.setdefault(key, getattr(draft.content, field))

    def taken(now: Draft) -> Draft:
        content: Content = replace(now.content, **{field: st.session_state[key].strip()})
        return replace(now, content=content)

    st.text_input(label, key=key, on_change=_change, args=(draft.saved.dashboard_id, taken), **options)


def _remove(dashboard_id: int, number: int) -> None:
    _change(dashboard_id, lambda now: now.removed(number))


def _change(dashboard_id: int, change: Any) -> None:
    now = draft_of(dashboard_id)
    if now is not None:
        keep(change(now))
