"""What can be done with saved views, as callbacks of the views bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from dashboard.auth import User, acting_user
from dashboard.explore.controls import ask_for
from dashboard.explore.links import as_link, from_link
from dashboard.explore.state import State
from dashboard.load import database
from data.errors import StaleView, ViewError
from data.views.reading import Content, SavedView
from data.views.writing import delete_view, restore_version, save_view, set_favourite, undelete_view, update_view

PAGE = "explore"
PROBLEM, STALE, DELETED = "views.problem", "views.stale", "views.deleted"
NAME, FOLDER, ABOUT, SHARED = (f"views.{name}" for name in ("name", "folder", "about", "shared"))
_BASE = "views.base"


def base_of(view: SavedView) -> int:
    """The version that was open when the view was opened here; a later one is somebody else's."""
    bases: dict[int, int] = st.session_state.setdefault(_BASE, {})
    return bases.setdefault(view.view_id, view.version)


def open_view(view: SavedView) -> None:
    """Show what a view holds."""
    held = st.session_state
    held.setdefault(_BASE, {})[view.view_id] = view.version
    held.pop(STALE, None)
    held.pop(DELETED, None)
    state, _ = from_link(view.content.link)
    ask_for(replace(state, view=view.view_id))


def look_at(view: SavedView, link: str) -> None:
    """Show what an older version of a view held; it counts as a change until it is saved or discarded."""
    state, _ = from_link(link)
    ask_for(replace(state, view=view.view_id))


def save_changes(view: SavedView, content: Content, base: int) -> None:
    """Save under the same name, unless somebody else has since `base`."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            saved = update_view(conn, content, view_id=view.view_id, base_version=base,
                                account_id=user.account_id, role=user.role)  # fmt: skip
        _saved(saved)

    _trying(act)


def save_new(state: State) -> None:
    """Save what is shown as a new view of one's own."""
    held = st.session_state

    def act(user: User) -> None:
        content = Content(PAGE, as_link(state), held[NAME], held[ABOUT], held[FOLDER], held[SHARED])
        with database().accounts() as conn:
            saved = save_view(conn, content, account_id=user.account_id)
        for name in (NAME, ABOUT, FOLDER):
            held[name] = ""
        ask_for(replace(state, view=saved.view_id))
        _saved(saved)

    _trying(act)


def restore(view: SavedView, version: int) -> None:
    """Bring back an older version as a new one."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            saved = restore_version(conn, view_id=view.view_id, version=version, base_version=base_of(view),
                                    account_id=user.account_id, role=user.role)  # fmt: skip
        open_view(saved)
        _saved(saved)

    _trying(act)


def delete(view: SavedView) -> None:
    """Put a view away; the page then offers to bring it back."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            count = delete_view(conn, view_id=view.view_id, account_id=user.account_id, role=user.role)
        also = f"; {count} {'person' if count == 1 else 'people'} had it as a favourite" if count else ""
        st.session_state[DELETED] = (view.view_id, f"Deleted “{view.content.name}”{also}.")

    _trying(act)


def undelete(view_id: int) -> None:
    """Bring a deleted view back."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            view = undelete_view(conn, view_id=view_id, account_id=user.account_id, role=user.role)
        open_view(view)

    _trying(act)


def favour(view: SavedView) -> None:
    """Add a view to one's favourites, or take it out."""

    def act(user: User) -> None:
        with database().accounts() as conn:
            set_favourite(conn, view_id=view.view_id, account_id=user.account_id, favourite=not view.favourite)

    _trying(act)


def _saved(view: SavedView) -> None:
    held = st.session_state
    held.setdefault(_BASE, {})[view.view_id] = view.version
    held.pop(STALE, None)
    st.toast(f"Saved “{view.content.name}”, version {view.version}", icon=":material/check:")


def _trying(act: Callable[[User], None]) -> None:
    """Act as who is logged in now, because callbacks run before the page asks; what goes wrong is told on the page."""
    user = acting_user()
    if user is None:
        return
    try:
        act(user)
    except StaleView as stale:
        st.session_state[STALE] = stale
    except ViewError as error:
        st.session_state[PROBLEM] = str(error)
