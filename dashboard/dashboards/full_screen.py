"""A dashboard on the whole screen: nothing but figures, drawn again when there is something new to draw."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy.exc import OperationalError

from dashboard.auth import current_user
from dashboard.dashboards.actions import FULL
from dashboard.in_browser import load_script

LOOK_EVERY_S = 10
_STYLE = """<style>
[data-testid=stSidebar], [data-testid=stHeader], [data-testid=stExpandSidebarButton], .st-key-filter-bar, .st-key-chips,
.st-key-finding-folded { display: none !important; }
[data-testid=stMain] .block-container { max-width: none; padding: 1rem 1.25rem; }
</style>"""


def is_full() -> bool:
    """Whether the link asks for the whole screen."""
    return st.query_params.get(FULL) == "1"


def full_screen_button() -> None:
    """Shows nothing but the dashboard; in the browser's full screen where it lets us."""
    st.button("Full screen", icon=":material/fullscreen:", type="tertiary", key="dashboards-full", on_click=_enter)


def full_screen_head(title: str, says: str, status: Callable[[], None]) -> None:
    """The title, what is shown, `status` (how new it is), and the way out."""
    st.html(_STYLE)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(title, anchor=False)
        with st.container(horizontal=True, vertical_alignment="center", width="content", key="dashboards-leave"):
            status()
            st.button("Leave full screen", icon=":material/fullscreen_exit:", type="tertiary", on_click=_leave,
                      key="dashboards-leave-button", help="Esc does the same")  # fmt: skip
    st.caption(says)
    load_script()


@dataclass(eq=False)
class Drawn:
    """What the page was drawn from, the way to what it would be drawn from now, and what is said of it."""

    signature: Hashable
    newest: Callable[[], Hashable]
    words: str
    has_looked: bool = False


@st.fragment(run_every=LOOK_EVERY_S)
def redraw_when_new(drawn: Drawn) -> None:
    """Look whether there is anything newer than what was drawn, and only then draw the page again.

    Who is no longer logged in gets the login; while the database does not answer, what was drawn stays.
    """
    try:
        # Not while the page itself is drawn: what is new by then is seen the next time.
        if drawn.has_looked and (current_user() is None or drawn.newest() != drawn.signature):
            st.rerun()
        drawn.has_looked = True
        st.caption(drawn.words)
    except OperationalError:
        st.caption(f"{drawn.words} · :material/cloud_off: the database does not answer; it is asked again shortly.")


def updated_words(revision: int, at: datetime | None, zone: str, *, past: bool) -> str:
    """`Revision 13, updated 09:14`: when the revision came about, in the business's time zone."""
    if past:
        return f"As of revision {revision}"
    if at is None:
        return f"Revision {revision}"
    local, today = at.astimezone(ZoneInfo(zone)), datetime.now(ZoneInfo(zone)).date()
    day = "" if local.date() == today else f"{local.day} {local:%b %Y}, "
    return f"Revision {revision}, updated {day}{local:%H:%M}"


def _enter() -> None:
    st.query_params[FULL] = "1"


def _leave() -> None:
    st.query_params.pop(FULL, None)
