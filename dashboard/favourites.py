"""The views that somebody keeps on their first page."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboard.auth import User
from dashboard.load import database
from data.views.reading import favourites

_STYLE = """<style>
.favourites { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0; padding: 0; list-style: none; }
.favourites a { display: inline-block; padding: .2rem .7rem; border: 1px solid currentColor; border-radius: 6px; }
</style>"""


def favourites_row(user: User) -> None:
    """Their names as links; nothing where there are none."""
    with database().accounts() as conn:
        views = favourites(conn, account_id=user.account_id)
    if views:
        items = "".join(
            f"<li><a href='{escape(view.address)}' target='_self' title='{escape(view.content.description)}'>"
            f"{escape(view.content.name)}</a></li>"
            for view in views
        )
        st.html(f"{_STYLE}<ul class='favourites' aria-label='Favourites'>{items}</ul>")
