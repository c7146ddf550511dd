"""What a page says when there is nothing to show, and how fresh what it shows is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import format as fmt
from data.queries.freshness import Freshness


def freshness_text(fresh: Freshness) -> str:
    """`Facts to 31 Dec 2017 · revision 13 · loaded 09:14 by admin`, in the business's time zone."""
    if fresh.last_business_date is None or fresh.loaded_at is None:
        return "No facts loaded yet"
    loaded = fresh.loaded_at.astimezone(ZoneInfo(fresh.time_zone))
    return (
        f"Facts to {fmt.day(fresh.last_business_date)} · revision {fresh.revision} · "
        f"loaded {fmt.day(loaded.date())}, {loaded:%H:%M} by {fresh.loaded_by}"
    )


def footer(fresh: Freshness) -> None:
    """The last line of every page."""
    st.divider()
    st.caption(freshness_text(fresh), help=f"Times are in the business's time zone, {fresh.time_zone}.")


def past_revision(
    revision: int,
    *,
    newest: int,
    opened_at: datetime,
    time_zone: str,
    on_return: Callable[[], None],
    name: str = "",
    certified: bool = False,
) -> None:
    """The quiet banner across a page that is drawn as of an earlier revision, with the way back.

    `name` is what the revision is called, as Markdown.
    """
    opened = opened_at.astimezone(ZoneInfo(time_zone))
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="past-revision"):
        since = f"{newest - revision} revision{'s' if newest - revision != 1 else ''} since"
        named = f"**revision {revision}**{f' · **{name}**' if name else ''}"
        st.markdown(
            f":material/history: As of {named}, {fmt.day(opened.date())}, {opened:%H:%M} · {since}",
            width="content",
            help="Facts, names, targets and events as they stood right after it; definitions and permissions of today.",
        )
        if certified:
            st.badge("Certified", icon=":material/verified:", color="blue")
        st.button("Back to now", on_click=on_return, key="back-to-now")


def nothing_sold(asked: str, *, widen: str, on_widen: Callable[[], None]) -> None:
    """The empty state: what was asked for, why there is nothing, and one button that widens it."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("**Nothing was sold here**", text_alignment="center")
        st.markdown(f":gray[{asked}]", text_alignment="center")
        st.button(widen, icon=":material/zoom_out_map:", on_click=on_widen, key="widen")


def nothing_loaded(*, revision: int | None = None) -> None:
    """The empty state of a database without facts, now or as of a revision."""
    with st.container(border=True, horizontal_alignment="center"):
        if revision is not None:
            st.markdown(f"**No sales had been loaded at revision {revision}**", text_alignment="center")
            st.markdown(":gray[Go back to now, or choose a later revision.]", text_alignment="center")
            return
        st.markdown("**No sales have been loaded yet**", text_alignment="center")
        st.markdown(":gray[Load a file with `daybook load`, or ask a manager to.]", text_alignment="center")


def ignored_notice(ignored: list[str]) -> None:
    """Say calmly which words of a link mean nothing here, or no longer."""
    if ignored:
        shown = ", ".join(f"“{word[:40]}”" for word in ignored[:5]) + (" and more" if len(ignored) > 5 else "")
        st.caption(f":material/info: This link also named {shown}, which is not known here and was left out.")
