"""Saved views on Explore: which one is open, whether it has changed, and all that can be done with it."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import format as fmt
from dashboard.auth import User
from dashboard.explore.links import PARAMS, as_link, from_link, to_params
from dashboard.explore.state import State
from dashboard.explore.view_actions import (
    ABOUT,
    DELETED,
    FOLDER,
    NAME,
    PROBLEM,
    SHARED,
    STALE,
    base_of,
    delete,
    favour,
    look_at,
    open_view,
    restore,
    save_changes,
    save_new,
    undelete,
)
from dashboard.in_browser import copy_link_button
from dashboard.load import database
from dashboard.watching.popover import watch_popover
from data.errors import StaleView, UnknownView
from data.views.reading import SavedView, saved_view, view_versions, views_for
from data.views.writing import may_change


def open_view_of_link(user: User) -> None:
    """A link that names a view and nothing else opens what was saved."""
    asked = [name for name in PARAMS if name in st.query_params]
    if asked != ["view"] or not st.query_params["view"].isdecimal() or len(st.query_params["view"]) > 9:
        return
    with database().accounts() as conn:
        try:
            view = saved_view(conn, view_id=int(st.query_params["view"]), account_id=user.account_id)
        except UnknownView:
            return
    state, _ = from_link(view.content.link)
    st.query_params.from_dict(to_params(replace(state, view=view.view_id)))


def views_bar(state: State, user: User, *, zone: str) -> None:
    """The row of the saved views; on the page where the state is known."""
    with database().accounts() as conn:
        views = views_for(conn, account_id=user.account_id)
    opened = next((view for view in views if view.view_id == state.view), None)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="views-bar"):
        _chooser(views, opened)
        if opened is not None:
            _opened(opened, state, user, zone=zone)
        elif state.view is not None:
            st.caption(f":material/info: View {state.view} is not there any more, or is not shared with you.")
        with st.popover("Save as", icon=":material/bookmark_add:", key="views-save-as"):
            _form(state)
        copy_link_button()
    _messages(state)


def _chooser(views: list[SavedView], opened: SavedView | None) -> None:
    label = opened.content.name if opened else "Saved views"
    with st.popover(label, icon=":material/bookmarks:", key="views-list"):
        if not views:
            st.caption("Nothing is saved yet. “Save as” keeps what you see under a name.")
        folder = None
        for view in views:
            if view.content.folder != folder:
                folder = view.content.folder
                if folder:
                    st.caption(folder)
            star = ":material/star: " if view.favourite else ""
            whose = f" · {view.owner}" if view.content.shared else " · private"
            st.button(f"{star}{view.content.name}{whose}", key=f"views-open-{view.view_id}", type="tertiary",
                      help=view.content.description or None, on_click=open_view, args=(view,))  # fmt: skip


def _opened(view: SavedView, state: State, user: User, *, zone: str) -> None:
    base = base_of(view)
    saved, _ = from_link(view.content.link)
    changed = as_link(state) != as_link(saved)
    if changed:
        st.badge("Unsaved changes", icon=":material/edit:", color="orange")
    if may_change(view, account_id=user.account_id, role=user.role):
        st.button("Save", icon=":material/save:", key="views-save", disabled=not changed, on_click=save_changes,
                  args=(view, replace(view.content, link=as_link(state)), base))  # fmt: skip
    if changed:
        st.button("Discard changes", type="tertiary", key="views-discard", on_click=open_view, args=(view,))
    words = "Remove from favourites" if view.favourite else "Add to favourites"
    icon = ":material/star:" if view.favourite else ":material/star_border:"
    st.button(words, icon=icon, key="views-favourite", type="tertiary", on_click=favour, args=(view,))
    watch_popover(view, state, user)
    with st.popover(f"Version {view.version}", key="views-versions", type="tertiary"):
        _versions(view, user, zone=zone)


def _versions(view: SavedView, user: User, *, zone: str) -> None:
    mine = may_change(view, account_id=user.account_id, role=user.role)
    if not st.session_state.get("views.show-versions"):
        st.checkbox("Show every version", key="views.show-versions")
    else:
        st.checkbox("Show every version", key="views.show-versions")
        with database().accounts() as conn:
            kept = view_versions(conn, view_id=view.view_id, account_id=user.account_id)
        for item in kept:
            saved = item.saved_at.astimezone(ZoneInfo(zone))
            st.caption(f"**{item.version}** · {fmt.day(saved.date())}, {saved:%H:%M} · {item.saved_by}")
            st.button("Look at it", key=f"views-look-{item.version}", type="tertiary", on_click=look_at,
                      args=(view, item.content.link))  # fmt: skip
            if mine and item.version != view.version:
                st.button(f"Restore version {item.version}", key=f"views-restore-{item.version}",
                          on_click=restore, args=(view, item.version))  # fmt: skip
    if mine:
        st.button("Delete this view", icon=":material/delete:", key="views-delete", on_click=delete, args=(view,))


def _form(state: State) -> None:
    with st.form("views-form", border=False, enter_to_submit=False):
        st.text_input("Name", key=NAME, max_chars=120)
        st.text_input("Folder", key=FOLDER, max_chars=120, placeholder="None")
        st.text_area("Description", key=ABOUT, max_chars=2000, height=80)
        st.checkbox("Shared with everybody", key=SHARED)
        st.form_submit_button("Save view", type="primary", on_click=save_new, args=(state,))


def _messages(state: State) -> None:
    held = st.session_state
    stale: StaleView | None = held.get(STALE)
    if stale is not None:
        with st.container(border=True, key="views-conflict"):
            st.markdown(f":material/warning: {stale}.")
            with st.container(horizontal=True):
                st.button("Open theirs", key="views-theirs", on_click=open_view, args=(stale.current,))
                mine = replace(stale.current.content, link=as_link(state))
                st.button("Save mine over it", key="views-mine", on_click=save_changes,
                          args=(stale.current, mine, stale.current.version))  # fmt: skip
    problem = held.pop(PROBLEM, "")
    if problem:
        st.error(problem, icon=":material/error:")
    deleted = held.get(DELETED)
    if deleted is not None:
        view_id, words = deleted
        with st.container(horizontal=True, vertical_alignment="center", key="views-deleted"):
            st.caption(words)
            st.button("Undo", key="views-undelete", on_click=undelete, args=(view_id,))
