"""The answers to a state of Explore, side by side, from one snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.explore.controls import key_label
from dashboard.explore.figures import drawable
from dashboard.explore.marks import Drawing, drawing_of
from dashboard.explore.pivot import pivot_table
from dashboard.explore.questions import chart_query, table_query
from dashboard.explore.state import Chart, State
from dashboard.exports import Table
from dashboard.load import charted, result
from dashboard.past.words import file_suffix
from dashboard.periods import Comparison, Span
from dashboard.usual import BANDED, usual_range
from data.queries.freshness import Freshness
from data.queries.metrics import Result
from data.queries.revisions import current_revision
from data.scope import Scope
from data.semantic.types import PERIOD, Grain
from data.unusual.days import can_be_judged

MOST_BUCKETS = 400
_DAYS = {Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 30, Grain.QUARTER: 91, Grain.YEAR: 365}


@dataclass(frozen=True, eq=False)
class Explored:
    """The answers to a state, from one snapshot; `asked` is the state with what could not be compared.

    `ask` gives the answer behind the table, `drawn` is the one behind the chart, `shown_at` the revision of both.
    """

    asked: State
    state: State
    span: Span
    note: str
    ask: Callable[[], Result]
    drawing: Drawing | None
    currency: str
    drawn: Result | None = None
    shown_at: int = 0

    @cached_property
    def tidy(self) -> Result:
        """The answer behind the table, asked for when it is looked at."""
        return self.ask()

    @cached_property
    def table(self) -> Table:
        """The figures as a table; made when it is looked at, which a chart alone does not."""
        return pivot_table(self.state, self.tidy)

    @property
    def is_empty(self) -> bool:
        """Whether there is no figure at all, though there could be."""
        if self.drawn is not None and _has_figures(self.drawn, (self.state.metric,)):
            return False
        if any(column.reason for column in self.tidy.columns):
            return False
        return not _has_figures(self.tidy, self.state.metrics)

    @property
    def title(self) -> str:
        """`Net sales by department and week`."""
        words = [key_label(key).lower() if key != PERIOD else str(self.state.grain) for key in self.state.keys]
        by = " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
        label = self.state.subject.metrics[self.state.metric].label
        return f"{label} by {by}" if by else label

    @property
    def file_name(self) -> str:
        """What its files are called, without their ending."""
        title = self.title.lower().replace(" ", "-").replace(",", "")
        return f"{title}-{self.span.last}{file_suffix(self.state.revision)}"


def explore(conn: sa.Connection, state: State, span: Span, fresh: Freshness, *, scope: Scope) -> Explored:
    """Ask what the state asks, now or as of its revision, like `fresh`.

    The answer behind the table is asked for when it is looked at: also later, and then as of the same revision.
    """
    asked = state
    state, note = comparable(readable(asked, span), span, fresh)
    if state.grain is not asked.grain:
        note = f"Shown by {state.grain}: so many {asked.grain}s cannot be read. {note}".rstrip()

    def ask() -> Result:
        if not conn.closed:
            return result(conn, table_query(state, span), scope, state.revision)
        return charted(scope, ask_later)

    def ask_later(later: sa.Connection) -> Result:
        # As of now is what is cached, and the same while nothing is newer.
        revision = state.revision if current_revision(later) == fresh.revision else fresh.revision
        return result(later, table_query(state, span), scope, revision)

    drawn = result(conn, chart_query(state, span), scope, state.revision) if is_drawn(state) else None
    explored = explored_of(state, span, ask, drawn, currency=fresh.currency)
    explored = with_usual(conn, explored, scope=scope)
    return replace(explored, asked=asked, note=note, shown_at=fresh.revision)


def has_usual(explored: Explored) -> bool:
    """Whether the chart is a line of one series over time, by a grain and of a metric that have a usual range."""
    state, drawing = explored.state, explored.drawing
    if drawing is None or drawing.axes.x != PERIOD or drawing.axes.series is not None:
        return False
    line = drawable(state, drawing) is Chart.LINE
    return line and state.grain in BANDED and can_be_judged(state.subject.metrics[state.metric])


def with_usual(conn: sa.Connection, explored: Explored, *, scope: Scope) -> Explored:
    """With the usual range on its chart, where it has one."""
    state, drawing = explored.state, explored.drawing
    if drawing is None or not has_usual(explored):
        return explored
    usual = usual_range(conn, state.metric, explored.span, state.grain, scope=scope, filters=state.filters,
                        revision=state.revision, currency=explored.currency)  # fmt: skip
    return replace(explored, drawing=replace(drawing, plot=replace(drawing.plot, usual=usual)))


def _has_figures(answer: Result, metrics: tuple[str, ...]) -> bool:
    figures = [name for name in answer.frame if str(name).startswith(metrics)]
    numbers = answer.frame[figures].select_dtypes("number")
    return bool(numbers.fillna(0).astype("float64").to_numpy().any())


def is_drawn(state: State) -> bool:
    """Whether there is a chart besides the table."""
    return state.resolved_chart() not in {Chart.TABLE, Chart.NUMBER}


def explored_of(
    state: State,
    span: Span,
    ask: Callable[[], Result],
    drawn: Result | None,
    *,
    currency: str,
) -> Explored:
    """What Explore makes of the answers to its questions, whenever they were or will be given."""
    drawing = None if drawn is None else drawing_of(state, drawn, span, currency=currency)
    return Explored(state, state, span, "", ask, drawing, currency, drawn)


def readable(state: State, span: Span) -> State:
    """The state by a coarser grain, where the period or what it is compared with has too many buckets to read."""
    if PERIOD not in state.keys:
        return state
    compare = state.compare(span)
    days = [span.days]
    if compare is not None and compare.start is not None and compare.end is not None:
        days.append((compare.end - compare.start).days)
    grains = list(_DAYS)
    wide = next((grain for grain in grains if max(days) / _DAYS[grain] <= MOST_BUCKETS), grains[-1])
    return state if grains.index(state.grain) >= grains.index(wide) else replace(state, grain=wide)


def comparable(state: State, span: Span, fresh: Freshness) -> tuple[State, str]:
    """The state, without a comparison with days before the facts begin, and what is to be said about it."""
    compare, first = state.compare(span), fresh.first_business_date
    if compare is None or compare.start is None or compare.end is None or first is None or compare.start >= first:
        return state, ""
    dates = Span(compare.start, compare.end)
    if compare.end <= first:
        none = replace(state, comparison=Comparison.NONE, against=None)
        return none, f"Nothing to compare with: facts begin on {fmt.day(first)}, after {dates}."
    return state, f"Mind the comparison: facts begin on {fmt.day(first)}, within {dates}."
