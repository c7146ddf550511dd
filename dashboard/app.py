"""The entry script of every page: the login, or the navigation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.auth import User, current_user
from dashboard.auth.change import change_page
from dashboard.auth.form import asked_for, login_page
from dashboard.auth.gate import log_out
from dashboard.visits import last_visit
from dashboard.watching.unseen import unseen_link

PAGES = Path(__file__).parents[1] / "pages"
ICON = Path(__file__).with_name("static") / "icon.png"


def page_list(user: User | None) -> dict[str, list[st.Page]]:
    """The pages by section, those that the person may not see out of sight; each refuses by itself, too."""
    for_managers: Any = "visible" if user is not None and user.may("manager") else "hidden"
    return {
        "": [
            st.Page(PAGES / "home.py", title="Home", icon=":material/home:", default=True),
            _page("overview", "Overview", "monitoring", "overview"),
            _page("explore", "Explore", "travel_explore", "explore"),
            _page("explain", "Explain", "difference", "explain"),
            _page("data_quality", "Data quality", "rule", "data-quality"),
            _page("pinned", "Pinned", "push_pin", "pinned", "hidden"),
        ],
        "Analyses": [
            _page("products", "Products", "sell", "products"),
            _page("stores", "Stores", "storefront", "stores"),
            _page("customers", "Customers", "groups", "customers"),
            _page("promotions", "Promotions", "campaign", "promotions"),
            _page("calendar", "Calendar", "calendar_month", "calendar"),
            _page("attainment", "Attainment", "target", "attainment"),
        ],
        "Reference": [
            _page("reference", "Reference data", "table_edit", "reference", for_managers),
            _page("targets", "Targets", "flag", "targets", for_managers),
            _page("review", "Drafts and review", "fact_check", "review", for_managers),
            _page("history", "History", "history", "history"),
        ],
        "You": [
            _page("watches", "Watches", "notifications", "watches"),
            _page("account", "Account", "person", "account"),
        ],
    }


def _page(file: str, title: str, icon: str, path: str, visibility: Any = "visible") -> st.Page:
    return st.Page(PAGES / f"{file}.py", title=title, icon=f":material/{icon}:", url_path=path, visibility=visibility)


def sidebar(user: User) -> None:
    """Who is logged in, and the way out."""
    with st.sidebar:
        st.caption(f"{user.display_name} · {user.role}")
        unseen_link(user)
        if st.button("Log out", icon=":material/logout:", width="stretch"):
            log_out()


def main() -> None:
    """Show the page that was asked for to who may see it, and the login to everybody else."""
    st.set_page_config(page_title="Daybook", page_icon=str(ICON), layout="wide")
    user = current_user()
    held_back = user is None or user.must_change_password
    page = st.navigation(page_list(user), position="hidden" if held_back else "sidebar", expanded=True)
    if user is None:
        login_page(asked_for(page.url_path))
        st.stop()
    if user.must_change_password:
        change_page(user)
        st.stop()
    sidebar(user)
    last_visit(user)
    page.run()


main()
