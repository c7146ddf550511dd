"""The views and dashboards that somebody keeps on their first page."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboard.auth import User
from dashboard.load import database
from data.dashboards.reading import SavedDashboard, favourite_dashboards
from data.views.reading import SavedView, favourites

_STYLE = """<style>
.favourites { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0; padding: 0; list-style: none; }
.favourites a { display: inline-block; padding: .2rem .7rem; border: 1px solid currentColor; border-radius: 6px; }
</style>"""


def favourites_row(user: User) -> None:
    """Their names as links; nothing where there are none."""
    with database().accounts() as conn:
        kept: list[SavedDashboard | SavedView] = [
            *favourite_dashboards(conn, account_id=user.account_id),
            *favourites(conn, account_id=user.account_id),
        ]
    if kept:
        items = "".join(
            f"<li><a href='{escape(one.address)}' target='_self' title='{escape(one.content.description)}'>"
            f"{escape(one.content.name)}</a></li>"
            for one in kept
        )
        st.html(f"{_STYLE}<ul class='favourites' aria-label='Favourites'>{items}</ul>")
