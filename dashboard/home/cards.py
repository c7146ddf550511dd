"""The cards of the home page, and in which order they stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import streamlit as st

from dashboard.anchors import anchor, show_lines
from dashboard.feed import Followed, feed, followed_figures
from dashboard.home.card import card
from dashboard.home.freshness import freshness_card
from dashboard.home.morning import Morning
from dashboard.home.quality import begin_quality, quality_card
from dashboard.home.targets import targets_card
from dashboard.home.unusual import begin_unusual, unusual_card
from dashboard.old_links import OVERVIEW
from dashboard.panels import colours
from dashboard.past.words import PARAM
from dashboard.selection import Filters
from dashboard.summary import Reader, read_summary
from dashboard.tiles import show_tiles
from dashboard.visits import last_visit
from dashboard.working import Work


@dataclass(frozen=True, eq=False)
class Begun:
    """What is worked out beside the page, all of it begun before any of it is waited for."""

    followed: list[Followed]
    quality: Work | None
    unusual: Work


def begin(morning: Morning) -> Begun:
    """Start what takes longer than a page may."""
    followed = followed_figures(morning.conn, morning.user, morning.fresh) if morning.revision is None else []
    return Begun(followed, begin_quality(morning), begin_unusual(morning))


def show_cards(morning: Morning, begun: Begun) -> None:
    """The six figures across the page, and below them two columns; one on a phone."""
    _figures(morning)
    # A further card (shared dashboards, say) is a further entry here.
    left = (partial(_changed, morning, begun.followed), partial(unusual_card, morning, begun.unusual))
    right = (
        partial(targets_card, morning),
        partial(freshness_card, morning),
        partial(quality_card, morning, begun.quality),
    )
    for column, cards in zip(st.columns(2, gap="medium"), (left, right), strict=True):
        with column:
            for show in cards:
                show()


def _figures(morning: Morning) -> None:
    """The tiles of the last 28 days against the 28 before, and the way to their page."""
    summary = read_summary(Reader(morning.conn, morning.user.scope, Filters(), morning.revision), morning.fresh)
    show_tiles(summary, colours())
    address = OVERVIEW if morning.revision is None else f"{OVERVIEW}?{PARAM}={morning.revision}"
    against = f", against {summary.compared_words}" if summary.compared else ""
    nothing = "Nothing was sold here in these days. " if summary.is_empty else ""
    show_lines([f"{nothing}{summary.span}{against} · {anchor('Open Overview', address)}"], name="home-figures")


def _changed(morning: Morning, followed: list[Followed]) -> None:
    """What revisions since the last visit did; of the past there is no such thing."""
    with card("changed", "What changed since your last visit", more=("All revisions", "/history")):
        if morning.revision is None:
            feed(morning.user, last_visit(morning.user), followed, fresh=morning.fresh)
        else:
            st.markdown(f"The page shows revision {morning.revision}. Go back to now to see what has changed.")
