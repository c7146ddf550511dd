"""The address at which Explore shows a figure of another page."""

from __future__ import annotations

from urllib.parse import urlencode

from dashboard.explore.links import to_params
from dashboard.explore.state import State
from dashboard.selection import Filters


def explore_address(filters: Filters, metric: str, *rows: str, revision: int | None = None) -> str:
    """The metric by `rows`, over the dates and filters of the page and at its revision, compared as it compares."""
    return address_of(state_of(filters, metric, *rows, revision=revision))


def address_of(state: State) -> str:
    """Where Explore shows the state."""
    return f"/explore?{urlencode(to_params(state), doseq=True)}"


def state_of(filters: Filters, metric: str, *rows: str, revision: int | None = None) -> State:
    """What Explore would show of the metric."""
    return State(
        metrics=(metric,),
        rows=rows,
        grain=filters.grain,
        period=filters.period,
        comparison=filters.comparison,
        dates=filters.dates,
        against=filters.against,
        filters=filters.query_filters(),
        revision=revision,
    )
