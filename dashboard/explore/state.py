"""What Explore is asked for, as a value. Pure: no widgets, no queries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from dashboard.periods import Comparison, Period, Span, bucket_start, comparison_of, next_bucket, span_of
from data.semantic.catalog import catalog
from data.semantic.checked import CheckedSubject
from data.semantic.question import Compare, Filter, Match, Versus
from data.semantic.types import PERIOD, Grain

DEFAULT_METRIC = "net_sales"
TOPS = (5, 10, 20, 50)
MOST_ROWS, MOST_METRICS = 3, 6
_FINER = {Grain.YEAR: Grain.QUARTER, Grain.QUARTER: Grain.MONTH, Grain.MONTH: Grain.DAY, Grain.WEEK: Grain.DAY}


class Chart(StrEnum):
    """How figures are drawn; `auto` leaves it to what was asked."""

    AUTO = "auto"
    LINE = "line"
    AREA = "area"
    BAR = "bar"
    STACKED = "stacked"
    HEATMAP = "heatmap"
    SCATTER = "scatter"
    NUMBER = "number"
    TABLE = "table"


@dataclass(frozen=True)
class State:
    """The whole of what Explore shows; two equal states show the same while nothing is loaded or edited.

    `rows` and `columns` hold dimensions, and `period` for time. `dates` and `against` include both ends, as people
    write them. `lines` are the filters of a mark whose single rows are shown; None where they are not. `view` is the
    saved view that was opened, changed or not. `revision` is a past one that is shown in place of now.
    """

    metrics: tuple[str, ...] = (DEFAULT_METRIC,)
    rows: tuple[str, ...] = ()
    columns: str | None = None
    grain: Grain = Grain.WEEK
    period: Period = Period.DAYS_28
    comparison: Comparison = Comparison.NONE
    dates: tuple[date, date] | None = None
    against: tuple[date, date] | None = None
    filters: tuple[Filter, ...] = ()
    chart: Chart = Chart.AUTO
    drawn: str | None = None
    top: int | None = None
    sort: str = ""
    lines: tuple[Filter, ...] | None = None
    lines_page: int = 1
    view: int | None = None
    revision: int | None = None

    @property
    def subject(self) -> CheckedSubject:
        """The subject that the metrics are of."""
        return next(s for s in catalog().subjects if self.metrics[0] in s.metrics)

    @property
    def keys(self) -> tuple[str, ...]:
        """Rows and columns together."""
        return (*self.rows, *((self.columns,) if self.columns else ()))

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The keys that are dimensions."""
        return tuple(key for key in self.keys if key != PERIOD)

    @property
    def metric(self) -> str:
        """The metric that the chart draws."""
        return self.drawn if self.drawn in self.metrics else self.metrics[0]

    def in_order(self, key: str) -> bool:
        """Whether a key has an order of its own, as time, weekdays and hours do."""
        return key == PERIOD or bool(self.subject.dimensions[key].names)

    @property
    def sorted_by(self) -> tuple[str, bool]:
        """What rows are sorted by, and whether the largest comes first."""
        name = self.sort.removeprefix("-")
        if name not in {*self.metrics, *self.rows}:
            return (self.rows[0], False) if self.rows and self.in_order(self.rows[0]) else (self.metrics[0], True)
        return name, self.sort.startswith("-")

    def span(self, first: date, last: date) -> Span:
        """The dates asked for, where facts reach from `first` to `last`."""
        return span_of(self.period, first=first, last=last, chosen=self.dates)

    def compare(self, span: Span) -> Compare | None:
        """The comparison for the data layer."""
        if self.comparison is Comparison.TARGET:
            return Compare(Versus.TARGET)
        before = comparison_of(self.comparison, self.period, span, chosen=self.against)
        return None if before is None else Compare(Versus.RANGE, before.start, before.end)

    def resolved_chart(self) -> Chart:
        """The chart that is drawn: the one chosen, or what suits the keys."""
        if self.chart is not Chart.AUTO:
            return self.chart
        if not self.keys:
            return Chart.NUMBER
        if PERIOD in self.keys:
            return Chart.LINE
        return Chart.HEATMAP if self.columns else Chart.BAR

    def filtered(self, *added: Filter) -> State:
        """With further filters; one on the same dimension and of the same kind is replaced."""
        kept = [
            item for item in self.filters if (item.dimension, item.match) not in {(a.dimension, a.match) for a in added}
        ]
        return replace(self, filters=(*kept, *added), lines=None)

    def without(self, dropped: Filter) -> State:
        """Without one of its filters."""
        return replace(self, filters=tuple(item for item in self.filters if item != dropped), lines=None)

    def drilled(self, key: str) -> str | None:
        """What lies below a key: the child of a dimension, `period` where a finer bucket exists; None at the bottom."""
        if key == PERIOD:
            return PERIOD if self.grain in _FINER else None
        children = [d.name for d in self.subject.dimensions.values() if d.parent == key]
        return next((name for name in children if name not in self.keys), None)

    def drill(self, key: str, member: Filter | date, span: Span) -> State:
        """One step down from a member of `key`: filtered to it, broken down by what lies below."""
        below = self.drilled(key)
        if isinstance(member, date):
            days = within(bucket_of(member, self.grain), span)
            return replace(
                self, period=Period.CUSTOM, dates=(days.start, days.last), grain=_FINER.get(self.grain, self.grain),
                lines=None, sort="",
            )  # fmt: skip
        if below is None:
            return self.filtered(member)
        rows = tuple(below if name == key else name for name in self.rows)
        columns = below if self.columns == key else self.columns
        return replace(self.filtered(member), rows=rows, columns=columns, sort="")


def bucket_of(day: date, grain: Grain) -> Span:
    """The dates of the bucket that begins on `day`."""
    start = bucket_start(day, grain)
    return Span(start, next_bucket(start, grain))


def within(inner: Span, outer: Span) -> Span:
    """The part of one span that lies in the other."""
    return Span(max(inner.start, outer.start), min(inner.end, outer.end))


def one_of(dimension: str, member: object) -> Filter:
    """The filter that keeps one member."""
    return Filter(dimension, (member,), Match.IN)


def first_state() -> State:
    """What Explore shows before anything is asked: the first metric by the first dimension of its subject."""
    known = catalog().metrics
    metric = DEFAULT_METRIC if DEFAULT_METRIC in known else next(iter(known))
    state = State(metrics=(metric,))
    return replace(state, rows=tuple(state.subject.dimensions)[:1])
