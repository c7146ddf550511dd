"""The list of dashboards: favourites first, then one's own, then those of others."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import format as fmt
from dashboard.auth import User
from dashboard.dashboards.actions import NEW, create, favour, open_dashboard
from dashboard.dashboards.bar import messages
from dashboard.load import database
from dashboard.past.words import plain
from data.dashboards.reading import SavedDashboard, dashboards_for

_FIND = "dashboards.find"
_MANY = 8


def dashboard_list(user: User, *, zone: str, problem: str = "") -> None:
    """Every dashboard that the person may open, and the way to a new one."""
    st.title("Dashboards", anchor=False)
    st.caption("Saved views side by side under one filter bar, for everybody or for yourself.")
    if problem:
        st.info(plain(problem), icon=":material/info:")
    messages(None)
    with database().accounts() as conn:
        found = dashboards_for(conn, account_id=user.account_id)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="dashboards-list-bar"):
        with (
            st.popover("New dashboard", icon=":material/add:", key="dashboards-new"),
            st.form("dashboards-form", border=False),
        ):
            st.text_input("Name", key=NEW, max_chars=120)
            st.form_submit_button("Create and arrange", type="primary", on_click=create)
        if len(found) > _MANY:
            st.text_input("Find", key=_FIND, placeholder="Name, folder or person", width=260)
    if not found:
        _nothing_yet()
        return
    wanted = [one for one in found if _matches(one, st.session_state.get(_FIND) or "")]
    for title, part in _sections(wanted, user):
        if part:
            st.header(title, anchor=False)
            for one in part:
                _card(one, user, zone=zone)
    if not wanted:
        st.markdown(":gray[No dashboard has that in its name, folder or description.]")


def _sections(found: list[SavedDashboard], user: User) -> list[tuple[str, list[SavedDashboard]]]:
    rest = [one for one in found if not one.favourite]
    return [
        ("Favourites", [one for one in found if one.favourite]),
        ("Yours", [one for one in rest if one.owner_id == user.account_id]),
        ("Shared by others", [one for one in rest if one.owner_id != user.account_id]),
    ]


def _matches(one: SavedDashboard, words: str) -> bool:
    content = one.content
    told = f"{content.name} {content.folder} {content.description} {one.owner}".casefold()
    return all(word in told for word in words.casefold().split())


def _card(one: SavedDashboard, user: User, *, zone: str) -> None:
    content, saved = one.content, one.saved_at.astimezone(ZoneInfo(zone))
    count = len(content.items)
    told = [
        content.folder,
        f"{count} {'view' if count == 1 else 'views'}",
        ("yours" if one.owner_id == user.account_id else one.owner) + (", shared" if content.shared else ", private"),
        f"saved {fmt.day(saved.date())}, {saved:%H:%M} by {one.saved_by}",
    ]
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small",
                      key=f"dashboard-{one.dashboard_id}"):  # fmt: skip
        with st.container(gap=None):
            st.button(plain(content.name), type="tertiary", key=f"dashboard-open-{one.dashboard_id}",
                      icon=":material/dashboard:", on_click=open_dashboard, args=(one.dashboard_id,))  # fmt: skip
            st.caption(" · ".join(plain(word) for word in told if word))
            if content.description:
                st.caption(plain(content.description))
        words = f"{'Remove' if one.favourite else 'Add'} {content.name} {'from' if one.favourite else 'to'} favourites"
        st.button("", icon=":material/star:" if one.favourite else ":material/star_border:", type="tertiary",
                  key=f"dashboard-favour-{one.dashboard_id}", help=words, on_click=favour, args=(one,))  # fmt: skip


def _nothing_yet() -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("**There is no dashboard yet**", text_alignment="center")
        st.markdown(":gray[Save views on Explore, then put them side by side here: “New dashboard” begins one.]",
                    text_alignment="center")  # fmt: skip
