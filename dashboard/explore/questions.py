"""The questions that Explore asks of the data layer: one for the table, one for the chart, one for single rows."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.explore.state import Chart, State
from dashboard.periods import Span
from data.semantic.details import Lines
from data.semantic.question import Order, Query, Top
from data.semantic.types import PERIOD, Aggregation

SERIES = 8
MARKS = 50
LINES_A_PAGE = 50
MOST_ROWS, MOST_COLUMNS = 1_000, 50


@dataclass(frozen=True)
class Axes:
    """Which keys a chart draws: along the axis, and as series; keys beyond these are left to the table."""

    x: str | None
    series: str | None
    left_out: tuple[str, ...] = ()


def axes_of(state: State) -> Axes:
    """Time along the axis where it is a key; otherwise the first key, and the next one as series."""
    keys = list(state.keys)
    if PERIOD in keys:
        keys.remove(PERIOD)
        return Axes(PERIOD, keys[0] if keys else None, tuple(keys[1:]))
    if not keys:
        return Axes(None, None)
    leaf = _leaf(state, list(state.rows)) if state.rows else keys[0]
    others = ([state.columns] if state.columns else []) + [key for key in state.rows if key not in _above(state, leaf)]
    others = [key for key in others if key != leaf and key not in _above(state, leaf)]
    return Axes(leaf, others[0] if others else None, tuple(others[1:]))


def _leaf(state: State, keys: list[str]) -> str:
    """The first key, or the lowest below it in its hierarchy: its members say where they belong."""
    leaf = keys[0]
    for key in keys[1:]:
        if leaf in _above(state, key):
            leaf = key
    return leaf


def _above(state: State, key: str) -> set[str]:
    return {dimension.name for dimension in state.subject.ancestors(state.subject.dimensions[key])}


def table_query(state: State, span: Span) -> Query:
    """Every key and metric, with the totals of rows, of columns and of the first row's groups."""
    return _query(state, span, state.keys, state.metrics, tops=_row_top(state), totals=_levels(state))


def chart_query(state: State, span: Span) -> Query:
    """What the chart draws: at most so many series and marks, the rest of them as others."""
    axes = axes_of(state)
    keys = tuple(key for key in (axes.x, axes.series) if key is not None)
    metrics: tuple[str, ...] = (state.metric,)
    if state.resolved_chart() is Chart.SCATTER:
        metrics = (state.metric, next((name for name in state.metrics if name != state.metric), state.metric))
    wanted = dict.fromkeys(metrics)
    tops = []
    across = SERIES if axes.x == PERIOD or state.resolved_chart() is not Chart.HEATMAP else 2 * SERIES
    for key, most in ((axes.x, state.top or MARKS), (axes.series, min(state.top or across, across))):
        if key is not None and key != PERIOD and not state.in_order(key) and can_fold(state, key):
            tops.append(Top(key, most, top_metric(state), ascending=False))
    both = axes.x is not None and axes.series is not None
    totals = tuple((key,) for key in keys if key != PERIOD) if both else ()  # members in the order of their totals
    return _query(state, span, keys, tuple(wanted), tops=tuple(tops), totals=totals)


def lines_query(state: State, span: Span) -> Lines:
    """The single rows behind a mark: its filters and those of the page."""
    marked = {(item.dimension, item.match): item for item in (*state.filters, *(state.lines or ()))}
    return Lines(
        state.subject.subject.name,
        span.start,
        span.end,
        tuple(marked.values()),
        limit=LINES_A_PAGE,
        offset=(state.lines_page - 1) * LINES_A_PAGE,
    )


def can_fold(state: State, key: str) -> bool:
    """Whether members beyond the top of this dimension can become one."""
    return state.subject.dimensions[key].bridge is None and top_metric(state) != ""


def top_metric(state: State) -> str:
    """The metric that the top is taken by: the one drawn, or where that is none of the facts the first that is."""
    measures = state.subject.measures
    for name in (state.metric, *state.metrics, *state.subject.metrics):
        used = [measures[measure] for measure in state.subject.metrics[name].measures]
        if all(measure.plan is None and not measure.ignores for measure in used):
            return name
    return ""


def adds_up(state: State, key: str) -> bool:
    """Whether what is drawn adds up over a key, so that it may be stacked."""
    metric = state.subject.metrics[state.metric]
    if key != PERIOD:
        return state.subject.adds_up(metric, key)
    measures = [state.subject.measures[name] for name in metric.measures]
    return metric.kind == "simple" and all(m.aggregation is not Aggregation.DISTINCT for m in measures)


def _row_top(state: State) -> tuple[Top, ...]:
    """The top that was asked for; where figures are spread over columns, never more than can be read."""
    drawn = axes_of(state).x
    first = drawn if drawn in state.rows and drawn != PERIOD else next((k for k in state.rows if k != PERIOD), None)
    tops = [(first, state.top or (MOST_ROWS if state.columns else None)), (state.columns, MOST_COLUMNS)]
    return tuple(
        Top(key, most, top_metric(state))
        for key, most in tops
        if key is not None and key != PERIOD and most is not None and can_fold(state, key) and not _few(state, key)
    )


def _few(state: State, key: str) -> bool:
    return bool(state.subject.dimensions[key].names)


def _levels(state: State) -> tuple[tuple[str, ...], ...]:
    prefixes = [state.rows[:count] for count in range(len(state.rows) + 1)]
    across = [(state.columns,)] if state.columns else []
    levels = [*prefixes, *(prefix + column for prefix in prefixes for column in across)]
    return tuple(level for level in levels if set(level) != set(state.keys))


def _query(
    state: State,
    span: Span,
    keys: tuple[str, ...],
    metrics: tuple[str, ...],
    *,
    tops: tuple[Top, ...],
    totals: tuple[tuple[str, ...], ...],
) -> Query:
    by, descending = state.sorted_by
    if by not in {*metrics, *keys}:
        by, descending = metrics[0], True
    return Query(
        metrics=metrics,
        dimensions=tuple(key for key in keys if key != PERIOD),
        grain=state.grain if PERIOD in keys else None,
        start=span.start,
        end=span.end,
        filters=state.filters,
        order_by=(Order(by, descending=descending),),
        compare=state.compare(span),
        top=tops,
        totals=totals,
    )
