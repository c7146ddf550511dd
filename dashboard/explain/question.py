"""What Explain is asked, as a value and as the words of a link. Pure: no widgets, no queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import urlencode

from dashboard.explore.links import PARAMS as STATE_PARAMS
from dashboard.explore.links import from_params as state_from
from dashboard.explore.links import to_params as state_words
from dashboard.explore.state import Chart, State
from dashboard.past.words import LAST_POSSIBLE, revision_in
from dashboard.periods import Comparison, Period, Span
from dashboard.selection import word_in
from data.revisions.compare import Method
from data.semantic.question import Match, Query

OLD, NEW, BETWEEN, HOW, PART = "old", "new", "between", "how", "part"
PARAMS = (*STATE_PARAMS, OLD, NEW, BETWEEN, HOW, PART)


class Between(StrEnum):
    """What two figures are held against each other."""

    REVISIONS = "revisions"
    PERIODS = "periods"


@dataclass(frozen=True)
class Question:
    """Which figure, and from where to where.

    `state` has one metric, the dates and the filters; its only row is the dimension that parts are opened by, its
    comparison and its revision are those of two periods. `old` None is what was there at the last visit, `new` None is
    now. `part` is the part that is opened, from 1.
    """

    state: State = field(default_factory=lambda: plain(State(period=Period.ALL)))
    between: Between = Between.REVISIONS
    old: int | None = None
    new: int | None = None
    method: Method = Method.TIMELINE
    part: int | None = None

    @property
    def metric(self) -> str:
        """The metric that is explained."""
        return self.state.metrics[0]

    @property
    def dimension(self) -> str:
        """What parts are opened by."""
        return self.state.rows[0]

    def query(self, span: Span) -> Query:
        """The figure, for the data layer."""
        return Query((self.metric,), start=span.start, end=span.end, filters=self.state.filters)


def plain(state: State) -> State:
    """What Explain keeps of a state: its first metric, dates and filters, and a dimension to open parts by."""
    dimensions = state.subject.dimensions
    filtered = {item.dimension for item in state.filters if item.match is Match.IN and len(item.members) == 1}
    open_ones = [name for name in dimensions if name not in filtered]
    row = next((key for key in state.keys if key in dimensions), next(iter(open_ones or dimensions)))
    kept = replace(State(), metrics=(state.metric,), rows=(row,), period=state.period, dates=state.dates)
    filters = tuple(item for item in state.filters if item.dimension in dimensions)
    return replace(kept, filters=filters, comparison=state.comparison, against=state.against,
                   revision=state.revision, chart=Chart.AUTO)  # fmt: skip


def to_params(question: Question) -> dict[str, list[str]]:
    """What a link says: only what differs from the first question."""
    params = {**state_words(question.state), "p": [question.state.period.value], "r": [question.dimension]}
    if question.between is Between.PERIODS:
        params[BETWEEN] = [question.between.value]
    else:
        params.pop("revision", None)
    if question.old is not None:
        params[OLD] = [str(question.old)]
    if question.new is not None:
        params[NEW] = [str(question.new)]
    if question.method is not Method.TIMELINE:
        params[HOW] = [question.method.value]
    if question.part is not None:
        params[PART] = [str(question.part)]
    return params


def from_params(params: Mapping[str, Sequence[str]], newest: int = LAST_POSSIBLE) -> tuple[Question, list[str]]:
    """The question that a link asks, and what of it goes by no name here. Without dates it is about all of them."""
    words = {"p": [Period.ALL.value], "r": ["-"], **{name: params[name] for name in STATE_PARAMS if name in params}}
    state, ignored = state_from(words, newest)
    between = word_in(Between, params.get(BETWEEN), Between.REVISIONS, ignored)
    state = plain(state)
    if between is Between.PERIODS and state.comparison in {Comparison.NONE, Comparison.TARGET}:
        state = replace(state, comparison=Comparison.PREVIOUS)
    return (
        Question(
            state,
            between,
            revision_in(_last(params, OLD), newest, ignored),
            revision_in(_last(params, NEW), newest, ignored),
            word_in(Method, params.get(HOW), Method.TIMELINE, ignored),
            _part(_last(params, PART)),
        ),
        ignored,
    )


def explain_address(state: State, *, old: int | None = None, new: int | None = None) -> str:
    """Where the figure of a state is explained, from revision `old` (None: the last visit) to `new` (None: now)."""
    return f"/explain?{urlencode(to_params(Question(plain(state), old=old, new=new)), doseq=True)}"


def periods_address(state: State) -> str:
    """Where the difference between a state's period and what it is compared with is explained."""
    return f"/explain?{urlencode(to_params(Question(plain(state), Between.PERIODS)), doseq=True)}"


def _last(params: Mapping[str, Sequence[str]], name: str) -> str:
    return params[name][-1] if params.get(name) else ""


def _part(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdigit() and 0 < int(word[:4] or "0") <= 99 else None
