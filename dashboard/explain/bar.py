"""The bar of Explain: which figure, and from where to where. The link is all that is remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import sqlalchemy as sa
import streamlit as st

from dashboard.address_bar import words_of, write_words
from dashboard.explain.question import PARAMS, Between, Question, from_params, plain, to_params
from dashboard.explain.words import METHOD_HELP, METHOD_NAMES, moment
from dashboard.explore.controls import Facts, key_label
from dashboard.explore.filtering import chips, filter_picker
from dashboard.explore.state import State
from dashboard.past.chooser import PAST, Wording, revision_chooser
from dashboard.past.pin import read_pin
from dashboard.periods import COMPARISON_NAMES, PERIOD_NAMES, PERIODS, Comparison, Period, comparison_of, span_before
from data.accounts.visits import Seen
from data.revisions.compare import Method
from data.scope import Scope
from data.semantic.catalog import catalog

_BETWEEN = {Between.REVISIONS: "Two revisions", Between.PERIODS: "Two periods"}
_AGAINST = (Comparison.PREVIOUS, Comparison.LAST_YEAR, Comparison.CUSTOM)
_TO = replace(PAST, key="to", at="To revision {}", otherwise="To now", back="To now")
_STYLE = """<style>
.st-key-explain-bar [data-testid=stButtonGroup] button { min-height: 2.5rem; }
</style>"""


@dataclass(frozen=True)
class Bar:
    """What the widgets need to know: the snapshot, who looks, the facts' dates, and the visit before this one."""

    conn: sa.Connection
    scope: Scope
    facts: Facts
    zone: str
    seen: Seen | None


def read_link(newest: int) -> tuple[Question, list[str]]:
    """The question of the link, and what it names in vain."""
    return from_params(words_of(PARAMS), newest)


def ask(question: Question) -> None:
    """Let the link ask another question."""
    write_words(to_params(question), PARAMS)


def explain_bar(bar: Bar, question: Question) -> None:
    """Show the widgets as the question has them; a change of one asks another question."""
    st.html(_STYLE)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="explain-bar"):
        _between(question)
        _metric(question)
        _period(bar.facts, question)
        if question.between is Between.PERIODS:
            _against(bar.facts, question)
            pin = read_pin(bar.conn, question.state.revision)
            revision_chooser(bar.conn, pin, zone=bar.zone, choose=partial(_at, question))
        else:
            _from(bar, question)
            pin = read_pin(bar.conn, question.new)
            choose = partial(_asking, question, "new")
            revision_chooser(bar.conn, pin, zone=bar.zone, choose=choose, wording=_TO)
        filter_picker(bar.conn, question.state, scope=bar.scope, ask=partial(_state, question), key="explain")
        st.button("Reset", type="tertiary", key="explain-reset", on_click=ask, args=(Question(),),
                  disabled=question == Question())  # fmt: skip
    chips(bar.conn, question.state, scope=bar.scope, ask=partial(_state, question))


def method_switch(question: Question) -> None:
    """In order of time, or whatever the order."""
    _shown("how", question.method)
    st.segmented_control("How it is shared out", list(Method), format_func=METHOD_NAMES.__getitem__, required=True,
                         key="explain.how", label_visibility="collapsed", help=METHOD_HELP,
                         on_change=_changed(question, "method", "how"))  # fmt: skip


def dimension_picker(question: Question, label: str) -> None:
    """The dimension that is opened by."""
    dimensions = list(question.state.subject.dimensions)
    _shown("by", question.dimension)

    def picked() -> None:
        ask(replace(question, state=replace(question.state, rows=(st.session_state["explain.by"],))))

    st.selectbox(label, dimensions, format_func=key_label, key="explain.by", on_change=picked, width=300)


def swap_button(question: Question, old: int, new: int) -> None:
    """The same the other way round."""
    other = replace(question, old=new, new=old, part=None)
    st.button("Swap", icon=":material/swap_horiz:", type="tertiary", key="explain-swap", on_click=ask, args=(other,))


def _shown(name: str, value: Any) -> None:
    """Let a widget show what the link says."""
    st.session_state[f"explain.{name}"] = value


def _changed(question: Question, field: str, name: str) -> Callable[[], None]:
    """What asks the question with another value of one field, as its widget has it."""

    def change() -> None:
        ask(replace(question, **{field: st.session_state[f"explain.{name}"], "part": None}))

    return change


def _asking(question: Question, field: str, value: Any) -> None:
    ask(replace(question, **{field: value, "part": None}))


def _state(question: Question, state: State) -> None:
    ask(replace(question, state=state, part=None))


def _at(question: Question, revision: int | None) -> None:
    _state(question, replace(question.state, revision=revision))


def _between(question: Question) -> None:
    _shown("between", question.between)

    def changed() -> None:
        between = st.session_state["explain.between"]
        state = question.state
        if between is Between.PERIODS and state.period is Period.ALL:  # nothing lies before all dates
            state = replace(state, period=Period.DAYS_28)
        if between is Between.PERIODS and state.comparison not in _AGAINST:
            state = replace(state, comparison=Comparison.PREVIOUS)
        ask(replace(question, state=state, between=between, part=None))

    st.segmented_control("Between", list(Between), format_func=_BETWEEN.__getitem__, key="explain.between",
                         required=True, on_change=changed)  # fmt: skip


def _metric(question: Question) -> None:
    metrics = catalog().metrics
    _shown("metric", question.metric)

    def changed() -> None:
        state = replace(question.state, metrics=(st.session_state["explain.metric"],))
        _state(question, plain(state))

    st.selectbox("Metric", list(metrics), format_func=lambda name: metrics[name].label, key="explain.metric",
                 on_change=changed, width=180)  # fmt: skip


def _period(facts: Facts, question: Question) -> None:
    state = question.state
    _shown("period", state.period)

    def changed() -> None:
        period = st.session_state["explain.period"]
        span = state.span(facts.first, facts.last)
        dates = (span.start, span.last) if period is Period.CUSTOM else None
        _state(question, replace(state, period=period, dates=dates))

    st.selectbox("Period", PERIODS, format_func=PERIOD_NAMES.__getitem__, key="explain.period",
                 on_change=changed, width=150)  # fmt: skip
    if state.period is Period.CUSTOM:
        span = state.span(facts.first, facts.last)
        _dates("Dates, both included", "dates", question, (span.start, span.last))


def _against(facts: Facts, question: Question) -> None:
    state = question.state
    _shown("comparison", state.comparison)
    span = state.span(facts.first, facts.last)

    def changed() -> None:
        comparison, before = st.session_state["explain.comparison"], span_before(state.period, span)
        against = (before.start, before.last) if comparison is Comparison.CUSTOM else None
        _state(question, replace(state, comparison=comparison, against=against))

    st.selectbox("Compared with", _AGAINST, format_func=COMPARISON_NAMES.__getitem__, key="explain.comparison",
                 on_change=changed, width=190)  # fmt: skip
    if state.comparison is Comparison.CUSTOM:
        before = comparison_of(state.comparison, state.period, span, chosen=state.against)
        if before is not None:
            _dates("Dates to compare with", "against", question, (before.start, before.last))


def _dates(label: str, field: str, question: Question, shown: tuple[date, date]) -> None:
    if len(st.session_state.get(f"explain.{field}", shown)) == 2:
        _shown(field, shown)

    def changed() -> None:
        chosen = st.session_state[f"explain.{field}"]
        if len(chosen) == 2:  # while only the first is chosen, nothing is asked yet
            _state(question, replace(question.state, **{field: chosen}))

    st.date_input(label, key=f"explain.{field}", format="DD/MM/YYYY", on_change=changed, width=220)


def _from(bar: Bar, question: Question) -> None:
    pin = read_pin(bar.conn, question.old)
    otherwise = "From the revision before" if bar.seen is None else "From my last visit"
    back = otherwise
    words = Wording("from", "From revision {}", otherwise, back, _since(bar))
    revision_chooser(bar.conn, pin, zone=bar.zone, choose=partial(_asking, question, "old"), wording=words)


def _since(bar: Bar) -> str:
    if bar.seen is None:
        return "The figure to come from. This is your first visit, so the revision before the newest is taken."
    ended = f"{moment(bar.seen.at, bar.zone)}, at revision {bar.seen.revision}"
    return f"The figure to come from. Your last visit ended {ended}."
