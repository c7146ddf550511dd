"""What a page says of the past: the banner while it is shown, and that it cannot show it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.past.pin import Pin
from dashboard.past.words import PARAM, plain
from dashboard.states import past_revision


def past_banner(pin: Pin, *, zone: str, on_return: Callable[[], None]) -> None:
    """The banner of a pinned revision; nothing now."""
    if pin.revision is None or pin.opened_at is None:
        return
    past_revision(
        pin.revision,
        newest=pin.newest,
        opened_at=pin.opened_at,
        time_zone=zone,
        on_return=on_return,
        name=plain(pin.named.name) if pin.named else "",
        certified=pin.named is not None and pin.named.certified,
    )


def now_only() -> None:
    """On a page without a past: say so to who came with a link that pins a revision."""
    word = st.query_params.get(PARAM, "")
    if word:
        st.caption(f":material/info: This page shows everything as it is now, not as of revision {plain(word[:20])}.")
