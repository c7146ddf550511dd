"""What a view shows under the filter bar of its dashboard. Pure: no widgets, no queries."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboard.explore.state import State
from dashboard.periods import Comparison, Period
from dashboard.selection import Filters
from data.semantic.catalog import catalog


@dataclass(frozen=True)
class Overlaid:
    """The state that is asked for, and what is to be said beside it."""

    state: State
    notes: tuple[str, ...] = ()


def overlaid(state: State, filters: Filters, *, revision: int | None) -> Overlaid:
    """The view with what the bar says in place of its own: dates, revision, and filters on the same dimensions.

    What the bar leaves open stays the view's own. A filter that the view's subject knows nothing of is not applied,
    and said; so is one that takes the place of the view's.
    """
    under, notes = _filtered(state, filters)
    if filters.period is not Period.OWN:
        under, said = _dated(under, filters)
        notes += said
    if revision is not None:
        under = replace(under, revision=revision)
    return Overlaid(replace(under, lines=None, lines_page=1, view=None), tuple(notes))


def _filtered(state: State, filters: Filters) -> tuple[State, list[str]]:
    kept, notes = list(state.filters), []
    subject = state.subject
    for item in filters.query_filters():
        label = catalog().dimension(item.dimension).label.lower()
        if item.dimension not in subject.dimensions:
            notes.append(f"Not filtered by {label}: {subject.subject.label.lower()} is not recorded by it.")
            continue
        own = [filter_ for filter_ in kept if filter_.dimension == item.dimension]
        if own and own != [item]:
            notes.append(f"The filter on {label} above takes the place of the view's own.")
        kept = [*(filter_ for filter_ in kept if filter_.dimension != item.dimension), item]
    return replace(state, filters=tuple(kept)), notes


def _dated(state: State, filters: Filters) -> tuple[State, list[str]]:
    """Over the bar's dates; chosen dates to compare with belong to the view's own ones, and go with them."""
    dated = replace(state, period=filters.period, dates=filters.dates)
    if state.comparison is not Comparison.CUSTOM:
        return dated, []
    same = replace(dated, comparison=Comparison.PREVIOUS, against=None)
    return same, ["Compared with the period before, as the dates above are not the view's own."]
