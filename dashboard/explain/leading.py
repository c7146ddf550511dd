"""The ways to Explain from other pages."""

from __future__ import annotations

from html import escape

from dashboard.anchors import anchor, show_lines
from dashboard.explain.question import explain_address, periods_address
from dashboard.explore.state import State
from dashboard.periods import Comparison, Period
from data.accounts.visits import Seen

_IN_TIME = (Comparison.PREVIOUS, Comparison.LAST_YEAR, Comparison.CUSTOM)


def explain_links(state: State, *, seen: Seen | None, newest: int) -> None:
    """Why the figure of the state changed: since a past revision or the last visit, and against the earlier period."""
    show_lines([why_line(state, seen=seen, newest=newest)], name="explain-links")


def why_line(state: State, *, seen: Seen | None, newest: int) -> str:
    """The same as HTML."""
    links = []
    if state.revision is not None and state.revision < newest:
        links.append(anchor(f"since revision {state.revision}", explain_address(state, old=state.revision)))
    elif seen is not None and seen.revision < newest:
        links.append(anchor("since your last visit", explain_address(state)))
    else:
        links.append(anchor("between revisions", explain_address(state)))
    if state.comparison in _IN_TIME and state.period is not Period.ALL:  # nothing lies before all dates
        links.append(anchor("against the earlier period", periods_address(state)))
    label = state.subject.metrics[state.metric].label
    return f"Why {escape(label.lower())} changed: {' · '.join(links)}"
