"""What can be done with a mark of the chart: go down, filter, or see the single rows behind it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import format as fmt
from dashboard.explore.controls import PICK, ask_for, key_label
from dashboard.explore.explored import Explored
from dashboard.explore.marks import Mark
from dashboard.explore.state import State, bucket_of, within
from dashboard.periods import Period, Span
from data.semantic.types import PERIOD

_NO_MARK = -1


def mark_bar(explored: Explored) -> None:
    """What can be done with a mark: chosen by a click on it, or by name."""
    drawing, state = explored.drawing, explored.state
    if drawing is None or not drawing.marks:
        return
    marks = drawing.marks
    if st.session_state.get(PICK) not in range(len(marks)):
        st.session_state[PICK] = _NO_MARK
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="mark-bar"):
        names = {_NO_MARK: "Click a mark, or choose one"} | {
            at: _mark_label(mark, state) for at, mark in enumerate(marks)
        }
        st.selectbox("Look closer at", list(names), format_func=names.__getitem__, key=PICK, width=330)
        if st.session_state[PICK] != _NO_MARK:
            _mark_actions(explored, marks[st.session_state[PICK]])


def _mark_actions(explored: Explored, mark: Mark) -> None:
    state, span = explored.asked, explored.span
    for key in filter(None, (explored.drawing.axes.x, explored.drawing.axes.series) if explored.drawing else ()):
        member, below = mark.only(key), state.drilled(key)
        if member is not None and below is not None:
            finer = state.drill(key, member, span).grain if key == PERIOD else key_label(below).lower()
            _action(f"Drill down to {finer}", state.drill(key, member, span), f"drill-{key}", "arrow_downward")
    for key, item in mark.members:
        _action(f"Keep only this {key_label(key).lower()}", state.filtered(item), f"keep-{key}", "filter_alt")
    if mark.day is not None:
        days = within(bucket_of(mark.day, state.grain), span)
        _action(f"Keep only this {state.grain}", _dated(state, days), f"keep-{PERIOD}", "filter_alt")
    if state.subject.subject.details:
        _action("Show the lines", _with_lines(state, mark, span), "lines", "list")


def _action(words: str, state: State, key: str, icon: str) -> None:
    def act() -> None:
        st.session_state[PICK] = _NO_MARK
        ask_for(state)

    st.button(words, icon=f":material/{icon}:", key=f"mark-{key}", on_click=act)


def _dated(state: State, days: Span) -> State:
    return replace(state, period=Period.CUSTOM, dates=(days.start, days.last), lines=None)


def _with_lines(state: State, mark: Mark, span: Span) -> State:
    """A bucket of time narrows the dates; members narrow the lines alone."""
    narrowed = state if mark.day is None else _dated(state, within(bucket_of(mark.day, state.grain), span))
    return replace(narrowed, lines=mark.filters, lines_page=1)


def _mark_label(mark: Mark, state: State) -> str:
    words = [mark.label] if mark.label else []
    if mark.day is not None:
        words.insert(0, fmt.bucket(mark.day, state.grain))
    return " · ".join(words) or "Everything"
