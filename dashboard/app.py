"""The entry script of every page: the login, or the navigation."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import streamlit as st

from dashboard.auth import User, current_user
from dashboard.auth.change import change_page
from dashboard.auth.form import asked_for, login_page
from dashboard.auth.gate import asked_for_run, log_out
from dashboard.finding.bar import finding_bar
from dashboard.navigation import Entry, entry_of, sections
from dashboard.observing.figures import page_rerun
from dashboard.page_style import page_style
from dashboard.reference.acting import messages
from dashboard.running import run
from dashboard.visits import last_visit
from dashboard.watching.unseen import unseen_link

ICON = Path(__file__).with_name("static") / "icon.png"


def page_list(user: User | None) -> dict[str, list[st.Page]]:
    """The pages by section, those that the person may not see out of sight; each refuses by itself, too."""
    return {name: [_page(entry, user) for entry in entries] for name, entries in sections().items()}


def _page(entry: Entry, user: User | None) -> st.Page:
    return st.Page(
        entry.script,
        title=entry.title,
        icon=f":material/{entry.icon}:",
        url_path=entry.path or None,
        default=not entry.path,
        visibility=entry.visibility(user),
    )


def sidebar(user: User) -> None:
    """Who is logged in, and the way out."""
    with st.sidebar:
        st.caption(f"{user.display_name} · {user.role}")
        unseen_link(user)
        if st.button("Log out", icon=":material/logout:", width="stretch"):
            log_out()


def main() -> None:
    """Show the page that was asked for to who may see it, and the login to everybody else."""
    began = perf_counter()
    st.set_page_config(page_title="Daybook", page_icon=str(ICON), layout="wide")
    user = current_user()
    held_back = user is None or user.must_change_password
    page = st.navigation(page_list(user), position="hidden" if held_back else "sidebar", expanded=True)
    if user is None:
        messages()
        login_page(asked_for(page.url_path))
        st.stop()
    if user.must_change_password:
        change_page(user)
        st.stop()
    page_style()
    entry = entry_of(page.url_path)
    if entry is not None:
        finding_bar(entry)
    sidebar(user)
    last_visit(user)
    with page_rerun(page.url_path or "home", began=began), asked_for_run(user):
        run(page)


main()
