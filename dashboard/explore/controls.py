"""The controls of Explore: what to show, by what, when, and against what. The link is what counts, as on every page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard.address_bar import words_of, write_words
from dashboard.explore.links import PARAMS, from_params, to_params
from dashboard.explore.state import MOST_METRICS, MOST_ROWS, TOPS, Chart, State, first_state
from dashboard.periods import COMPARISON_NAMES, PERIOD_NAMES, PERIODS, Comparison, Period, span_before
from data.queries.freshness import Freshness
from data.semantic.catalog import catalog
from data.semantic.checked import CheckedSubject
from data.semantic.types import PERIOD, Grain

_PREFIX = "explore."
_NONE = ""  # a list cannot offer None: it would show as nothing chosen
PICK = "explore.mark"
_LINK, _HELD = "explore.link", "explore.held"
_CHARTS = {
    Chart.AUTO: "Automatic",
    Chart.LINE: "Line",
    Chart.AREA: "Area",
    Chart.BAR: "Bars",
    Chart.STACKED: "Stacked bars",
    Chart.HEATMAP: "Heatmap",
    Chart.SCATTER: "Scatter",
    Chart.NUMBER: "Number",
    Chart.TABLE: "Table only",
}


@dataclass(frozen=True)
class Facts:
    """The business dates that there are facts for."""

    first: date
    last: date

    @classmethod
    def of(cls, fresh: Freshness) -> Facts:
        """Those of a subject; today's, where it has none yet."""
        today = datetime.now(ZoneInfo(fresh.time_zone)).date()
        return cls(fresh.first_business_date or today, fresh.last_business_date or today)


def ask_for(state: State) -> None:
    """Make the widgets and the link say `state`; to be called before the controls are shown, as callbacks are."""
    held = st.session_state
    held[_HELD] = state
    for name, value in _widget_values(state).items():
        held[_PREFIX + name] = value


def controls(facts: Facts, *more: Callable[[State], None]) -> State | None:
    """Show the controls, and give the state that they say; None without a metric.

    Each of `more` shows something else at the end of the bar.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="explore-bar"):
        _what()
        _when(facts)
        state = _asked(facts)
        st.session_state[_HELD] = state or st.session_state[_HELD]
        if state is not None:
            for show in more:
                show(state)
    return state


def write_link(state: State) -> None:
    """Let the link say the state."""
    wanted = to_params(state)
    write_words(wanted, PARAMS)
    st.session_state[_LINK] = wanted


def asked_facts() -> str:
    """The facts table of the subject that is asked for."""
    return catalog().subject(st.session_state[_PREFIX + "subject"]).subject.facts.name


def key_label(name: str) -> str:
    """What a key is called in the lists."""
    return "Time" if name == PERIOD else catalog().dimension(name).label


def _widget_values(state: State) -> dict[str, Any]:
    values = {
        "subject": state.subject.subject.name,
        "metrics": list(state.metrics),
        "rows": list(state.rows),
        "columns": state.columns or _NONE,
        "grain": state.grain,
        "period": state.period,
        "comparison": state.comparison,
        "chart": state.chart,
        "top": state.top or 0,
        "sort": state.sort,
        "drawn": state.metric,
    }
    pairs = {"dates": state.dates, "against": state.against}
    return values | {name: pair for name, pair in pairs.items() if pair}


def follow_link(newest: int) -> list[str]:
    """Where the link is not the one that we wrote, take the state from it; gives what it named in vain.

    So is a revision after the `newest`.
    """
    held, ignored = st.session_state, list[str]()
    if _HELD not in held or _PREFIX + "metrics" not in held or held.get(_LINK) != words_of(PARAMS):
        state, ignored = from_params(words_of(PARAMS), newest)
        ask_for(state)
    if (asked_revision() or 0) > newest:  # a saved view may come from a database that had more of them
        ignored.append(f"revision {asked_revision()}")
        pin_to(None)
    return ignored


def asked_revision() -> int | None:
    """The past revision that is asked for."""
    state: State = st.session_state[_HELD]
    return state.revision


def pin_to(revision: int | None) -> None:
    """Ask for the same as of another revision, or as of now; marks are others then, so that none is chosen."""
    st.session_state.pop(PICK, None)
    ask_for(replace(st.session_state[_HELD], revision=revision))


def _what() -> None:
    held = st.session_state
    subjects = {checked.subject.name: checked for checked in catalog().subjects}
    if len(subjects) > 1:
        names = {name: checked.subject.label for name, checked in subjects.items()}
        st.selectbox("Subject", list(names), format_func=names.__getitem__, key=_PREFIX + "subject",
                     on_change=_change_subject, width=140)  # fmt: skip
    subject = subjects[held[_PREFIX + "subject"]]
    keys = [*subject.dimensions, PERIOD]
    st.multiselect(
        "Metrics", list(subject.metrics), format_func=lambda name: subject.metrics[name].label,
        key=_PREFIX + "metrics", max_selections=MOST_METRICS, placeholder="Choose metrics", width=300,
    )  # fmt: skip
    st.multiselect("Rows", keys, format_func=key_label, key=_PREFIX + "rows", max_selections=MOST_ROWS,
                   placeholder="All together", width=260)  # fmt: skip
    across = [_NONE, *(key for key in keys if key not in held[_PREFIX + "rows"])]
    if held[_PREFIX + "columns"] not in across:
        held[_PREFIX + "columns"] = _NONE
    st.selectbox("Columns", across, format_func=lambda key: key_label(key) if key else "None",
                 key=_PREFIX + "columns", width=150)  # fmt: skip
    st.selectbox("Chart", list(Chart), format_func=_CHARTS.__getitem__, key=_PREFIX + "chart", width=140)
    if len(held[_PREFIX + "metrics"]) > 1:
        drawn = held[_PREFIX + "metrics"]
        if held.get(_PREFIX + "drawn") not in drawn:
            held[_PREFIX + "drawn"] = drawn[0]
        st.selectbox("Drawn", drawn, format_func=lambda name: subject.metrics[name].label, key=_PREFIX + "drawn",
                     width=150)  # fmt: skip
    st.selectbox("Show", [0, *TOPS], format_func=lambda top: f"Top {top}" if top else "All",
                 key=_PREFIX + "top", width=105)  # fmt: skip
    _order(subject)


def _order(subject: CheckedSubject) -> None:
    """What rows are sorted by; what is not shown any more cannot be chosen."""
    held = st.session_state
    metrics, rows = held[_PREFIX + "metrics"], held[_PREFIX + "rows"]
    names = {"": "Automatic"}
    for name in metrics:
        label = subject.metrics[name].label
        names |= {f"-{name}": f"{label}, most first", name: f"{label}, least first"}
    for key in rows:
        names |= {key: f"{key_label(key)}, in order", f"-{key}": f"{key_label(key)}, backwards"}
    if held.get(_PREFIX + "sort") not in names:
        held[_PREFIX + "sort"] = ""
    st.selectbox("Sorted by", list(names), format_func=names.__getitem__, key=_PREFIX + "sort", width=170)


def _when(facts: Facts) -> None:
    held = st.session_state
    st.selectbox("Period", PERIODS, format_func=PERIOD_NAMES.__getitem__, key=_PREFIX + "period", width=155)
    if held[_PREFIX + "period"] is Period.CUSTOM:
        held.setdefault(_PREFIX + "dates", (facts.first, facts.last))
        st.date_input("Dates, both included", key=_PREFIX + "dates", format="DD/MM/YYYY", width=220)
    if PERIOD in {*held[_PREFIX + "rows"], held[_PREFIX + "columns"]}:
        st.selectbox("Time by", list(Grain), format_func=lambda grain: str(grain).capitalize(), key=_PREFIX + "grain",
                     width=110)  # fmt: skip
    names = dict(COMPARISON_NAMES)
    if not _has_targets():
        names.pop(Comparison.TARGET)
        if held[_PREFIX + "comparison"] is Comparison.TARGET:
            held[_PREFIX + "comparison"] = Comparison.NONE
    st.selectbox("Compared with", list(names), format_func=names.__getitem__, key=_PREFIX + "comparison", width=175)
    if held[_PREFIX + "comparison"] is Comparison.CUSTOM:
        dates = _pair("dates", facts) if held[_PREFIX + "period"] is Period.CUSTOM else None
        span = State(period=held[_PREFIX + "period"], dates=dates).span(facts.first, facts.last)
        before = span_before(held[_PREFIX + "period"], span)
        held.setdefault(_PREFIX + "against", (before.start, before.last))
        st.date_input("Dates to compare with", key=_PREFIX + "against", format="DD/MM/YYYY", width=220)


def _has_targets() -> bool:
    subject = catalog().subject(st.session_state[_PREFIX + "subject"])
    return any(metric.target for metric in subject.metrics.values())


def _change_subject() -> None:
    """Another subject has other metrics and dimensions: begin with its first ones."""
    subject = catalog().subject(st.session_state[_PREFIX + "subject"])
    state = State(metrics=(next(iter(subject.metrics)),), rows=tuple(subject.dimensions)[:1])
    ask_for(replace(state, period=st.session_state[_PREFIX + "period"], revision=asked_revision()))


def _pair(name: str, facts: Facts) -> tuple[date, date]:
    """Both dates of a pair; while only the first is chosen, that day alone."""
    chosen = st.session_state.get(_PREFIX + name) or (facts.first, facts.last)
    return chosen[0], chosen[-1]


def _asked(facts: Facts) -> State | None:
    """What the widgets say; filters, order and opened lines are not widgets and stay as they were."""
    held = st.session_state
    before: State = held[_HELD]
    metrics = tuple(held[_PREFIX + "metrics"])
    if not metrics:
        return None
    period, comparison = held[_PREFIX + "period"], held[_PREFIX + "comparison"]
    drawn = held.get(_PREFIX + "drawn")
    state = replace(
        before,
        metrics=metrics,
        rows=tuple(held[_PREFIX + "rows"]),
        columns=held[_PREFIX + "columns"] or None,
        grain=held.get(_PREFIX + "grain") or before.grain,
        period=period,
        comparison=comparison,
        dates=_pair("dates", facts) if period is Period.CUSTOM else None,
        against=_pair("against", facts) if comparison is Comparison.CUSTOM else None,
        chart=held[_PREFIX + "chart"],
        top=held[_PREFIX + "top"] or None,
        sort=held[_PREFIX + "sort"],
        drawn=drawn if drawn in metrics and drawn != metrics[0] else None,
    )
    if replace(state, lines=None, lines_page=1) != replace(before, lines=None, lines_page=1):
        return replace(state, lines=None, lines_page=1)
    return state


def reset() -> None:
    """Back to the first view, at the revision that is shown."""
    ask_for(replace(first_state(), revision=asked_revision()))
