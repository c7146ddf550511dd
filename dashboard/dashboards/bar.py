"""The row of a dashboard: arranging, sharing, versions, its file, and the whole screen."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import format as fmt
from dashboard.auth import User
from dashboard.dashboards.actions import (
    DELETED,
    PROBLEM,
    STALE,
    arrange,
    delete,
    discard,
    duplicate,
    favour,
    open_dashboard,
    restore,
    save,
    share,
    undelete,
)
from dashboard.dashboards.draft import Draft
from dashboard.dashboards.full_screen import full_screen_button
from dashboard.downloads import download_button
from dashboard.in_browser import copy_link_button
from dashboard.load import database
from dashboard.past.words import plain
from data.dashboards.reading import SavedDashboard, ViewsShown, dashboard_versions
from data.dashboards.writing import may_change
from data.errors import StaleDashboard
from data.views.reading import SavedView

HTML_TYPE = "text/html"


def dashboard_bar(
    dashboard: SavedDashboard,
    draft: Draft | None,
    found: ViewsShown,
    user: User,
    *,
    zone: str,
    file: str,
    make: Callable[[], bytes],
) -> None:
    """All that can be done with the dashboard; `make` gives its `file`."""
    mine = may_change(dashboard, account_id=user.account_id, role=user.role)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="dashboards-bar"):
        st.button("All dashboards", icon=":material/arrow_back:", type="tertiary", key="dashboards-all",
                  on_click=open_dashboard, args=(None,))  # fmt: skip
        if mine and draft is None:
            st.button("Arrange", icon=":material/dashboard_customize:", key="dashboards-arrange", on_click=arrange,
                      args=(dashboard,))  # fmt: skip
            _sharing(dashboard, found, user)
        words = "Remove from favourites" if dashboard.favourite else "Add to favourites"
        icon = ":material/star:" if dashboard.favourite else ":material/star_border:"
        st.button(words, icon=icon, key="dashboards-favourite", type="tertiary", on_click=favour, args=(dashboard,))
        with st.popover(f"Version {dashboard.version}", key="dashboards-versions", type="tertiary"):
            _versions(dashboard, user, mine=mine, zone=zone)
        copy_link_button()
        download_button("HTML", make, file, HTML_TYPE, key="dashboards-html", type="tertiary",
                        icon=":material/download:",
                        help="One file with everything in it, which opens without a network")  # fmt: skip
        full_screen_button()


def _sharing(dashboard: SavedDashboard, found: ViewsShown, user: User) -> None:
    """Sharing is the owner's; before it, who else will see what is said."""
    if dashboard.owner_id != user.account_id:
        return
    shared = dashboard.content.shared
    with st.popover("Shared" if shared else "Share", icon=":material/group:", key="dashboards-share"):
        private = found.private_to(user.account_id)
        if shared:
            st.markdown("Everybody can open this dashboard. They see the figures of their own stores.")
        else:
            st.markdown("Everybody will be able to open it, and see the figures of their own stores.")
        if private:
            st.markdown(unseen_words(private))
            st.button("Share these views, too" if shared else "Share it with these views", type="primary",
                      key="dashboards-share-views", on_click=share, args=(dashboard,),
                      kwargs={"shared": True, "views": private})  # fmt: skip
        if shared:
            st.button("Make it private", key="dashboards-unshare", on_click=share, args=(dashboard,),
                      kwargs={"shared": False})  # fmt: skip
        else:
            st.button("Share the dashboard alone" if private else "Share with everybody", key="dashboards-share-it",
                      type="secondary" if private else "primary", on_click=share, args=(dashboard,),
                      kwargs={"shared": True})  # fmt: skip


def unseen_words(private: list[SavedView]) -> str:
    """Which views others do not see."""
    names = ", ".join(f"“{plain(view.content.name)}”" for view in private[:6])
    more = f" and {len(private) - 6} more" if len(private) > 6 else ""
    if len(private) == 1:
        return f"One view is private, and others will not see it: {names}."
    return f"{len(private)} views are private, and others will not see them: {names}{more}."


def _versions(dashboard: SavedDashboard, user: User, *, mine: bool, zone: str) -> None:
    st.checkbox("Show every version", key="dashboards.show-versions")
    if st.session_state["dashboards.show-versions"]:
        with database().accounts() as conn:
            kept = dashboard_versions(conn, dashboard_id=dashboard.dashboard_id, account_id=user.account_id)
        for item in kept:
            saved, count = item.saved_at.astimezone(ZoneInfo(zone)), len(item.content.items)
            st.caption(f"**{item.version}** · {fmt.day(saved.date())}, {saved:%H:%M} · {plain(item.saved_by)} · "
                       f"{count} {'view' if count == 1 else 'views'}")  # fmt: skip
            if mine and item.version != dashboard.version:
                st.button(f"Restore version {item.version}", key=f"dashboards-restore-{item.version}",
                          on_click=restore, args=(dashboard, item.version))  # fmt: skip
    st.button("Save a copy of my own", icon=":material/content_copy:", key="dashboards-copy", on_click=duplicate,
              args=(dashboard, dashboard.content))  # fmt: skip
    if mine:
        st.button("Delete this dashboard", icon=":material/delete:", key="dashboards-delete", on_click=delete,
                  args=(dashboard,))  # fmt: skip


def messages(draft: Draft | None) -> None:
    """What came of the last act: a conflict, a problem, or the way back from a deletion."""
    held = st.session_state
    stale: StaleDashboard | None = held.get(STALE)
    if stale is not None and draft is not None:
        with st.container(border=True, key="dashboards-conflict"):
            st.markdown(f":material/warning: {plain(str(stale))}.")
            with st.container(horizontal=True):
                st.button("Open theirs", key="dashboards-theirs", on_click=discard,
                          args=(draft.saved.dashboard_id,))  # fmt: skip
                st.button("Save mine over it", key="dashboards-mine", on_click=save,
                          args=(draft, stale.current.version))  # fmt: skip
                st.button("Save mine as a copy", key="dashboards-mine-copy", on_click=duplicate,
                          args=(draft.saved, draft.whole))  # fmt: skip
    problem = held.pop(PROBLEM, "")
    if problem:
        st.error(plain(problem), icon=":material/error:")
    deleted = held.get(DELETED)
    if deleted is not None:
        dashboard_id, words = deleted
        with st.container(horizontal=True, vertical_alignment="center", key="dashboards-deleted"):
            st.caption(plain(words))
            st.button("Undo", key="dashboards-undelete", on_click=undelete, args=(dashboard_id,))
