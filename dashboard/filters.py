"""The filter bar: widgets, the chips of what is active, and the link that reproduces them.

The link is what counts: widgets are set from it when it changes (opened, or back and forward), and a change of a
widget, a chip or a click on a bar writes it. Nothing else is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import sqlalchemy as sa
import streamlit as st
from streamlit.errors import StreamlitAPIException

from dashboard import load
from dashboard.address_bar import words_of, write_words
from dashboard.kept import kept
from dashboard.periods import (
    COMPARISON_NAMES,
    GRAINS,
    IN_TIME,
    PERIOD_NAMES,
    PERIODS,
    Comparison,
    Period,
    Span,
    span_before,
)
from dashboard.selection import LISTS, PARAMS, PLAIN, Filters, from_params, to_params
from dashboard.states import ignored_notice
from data.queries.members import members
from data.scope import Scope
from data.semantic.types import Grain

_LINK = "filters.link"
_PERIOD, _GRAIN, _COMPARISON = (f"filters.{name}" for name in ("period", "grain", "comparison"))
_DATES, _AGAINST = "filters.dates", "filters.against"
_RESET = "filters-reset"
# Buttons as high as the fields beside them, so that all labels stand in one line.
_STYLE = "<style>.st-key-filter-bar [data-testid=stButtonGroup] button { min-height: 2.5rem; }</style>"
_TITLES = {"department": "Departments", "store": "Stores", "brand": "Brands"}


@dataclass(frozen=True)
class Choices:
    """What can be picked: labels by key for each dimension, and the business dates that there are facts for.

    `known` adds to the members of a past revision those of now: a filter on one of these finds nothing, and is kept.
    """

    labels: Mapping[str, Mapping[Any, str]]
    known: Mapping[str, Mapping[Any, str]]
    first: date
    last: date


def read_choices(conn: sa.Connection, *, scope: Scope, first: date, last: date, revision: int | None = None) -> Choices:
    """The members that the caller may pick, now or as of `revision`."""
    read = partial(_read_choices, conn, scope=scope, first=first, last=last, revision=revision)
    return kept(conn, ("choices", scope, first, last, revision), read)


def _read_choices(conn: sa.Connection, *, scope: Scope, first: date, last: date, revision: int | None) -> Choices:
    def labels(revision: int | None) -> dict[str, dict[Any, str]]:
        found = partial(members, conn, scope=scope, revision=revision, cache=load.Resources.cache)
        return {name: _labels(found(dimension=name)) for name in LISTS}

    now = labels(None)
    if revision is None:
        return Choices(now, now, first, last)
    then = labels(revision)
    return Choices(then, {name: now[name] | then[name] for name in LISTS}, first, last)


def filter_bar(
    choices: Choices,
    *,
    more: Callable[[], None],
    ignored: Sequence[str] = (),
    grain: bool = True,
    comparison: bool = True,
    plain: Filters = PLAIN,
    by_interval: str = "",
) -> Filters:
    """Show the bar and return what is asked for; `plain` is asked for where the link says nothing.

    `more` shows what else belongs to it; `ignored` is what the link named in vain besides filters. A page on which a
    grain or a comparison would mean nothing leaves its widget out. Where `by_interval` names a fragment, another grain
    draws that one again instead of the page.
    """
    unknown = [*ignored, *_follow_link(choices, plain)]
    st.html(_STYLE)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="filter-bar"):
        regrained = partial(_draw_again, by_interval, choices, plain) if by_interval else None
        _period_widgets(choices, grain=grain, comparison=comparison, plain=plain, regrained=regrained)
        _list_widgets(choices)
        more()
        filters = asked_by(choices)
        if by_interval:
            _reset_apart(choices, plain)
        else:
            _reset(filters, plain)
    # Always there, if empty: what comes and goes would move the rest, and the page be drawn twice for a moment.
    _chips(filters, choices)
    with st.container():
        ignored_notice(unknown)
    _write_link(filters, plain)
    return filters


def ask_for(filters: Filters) -> None:
    """Make the widgets and the link say `filters`; to be called before the bar is shown, as callbacks are."""
    state = st.session_state
    state[_PERIOD], state[_GRAIN], state[_COMPARISON] = filters.period, filters.grain, filters.comparison
    for key, dates in ((_DATES, filters.dates), (_AGAINST, filters.against)):
        if dates:
            state[key] = dates
    for dimension in LISTS:
        state[_list_key(dimension)] = list(filters.picked(dimension))


def toggle(filters: Filters, dimension: str, key: Any) -> None:
    """Pick a member, or drop it where it is picked."""
    ask_for(filters.toggled(dimension, key))


def _draw_again(fragment: str, choices: Choices, plain: Filters) -> None:
    """Draw what another interval changes, and nothing else; the whole page where that is not shown."""
    _write_link(asked_by(choices), plain)
    with suppress(StreamlitAPIException):
        st.rerun([fragment, _RESET])


def _reset(filters: Filters, plain: Filters, on_click: Callable[[Filters], None] = ask_for) -> None:
    st.button("Reset", type="tertiary", key="reset", on_click=on_click, args=(plain,), disabled=filters == plain)


@st.fragment(key=_RESET)
def _reset_apart(choices: Choices, plain: Filters) -> None:
    """The button where the bar stays as it is when the interval changes."""
    _reset(asked_by(choices), plain, _reset_page)


def _reset_page(plain: Filters) -> None:
    ask_for(plain)
    st.rerun()


def _labels(frame: pd.DataFrame) -> dict[Any, str]:
    return dict(zip(frame["key"].tolist(), frame["label"].astype("str").tolist(), strict=True))


def _name(choices: Choices, dimension: str, key: Any) -> str:
    return choices.known[dimension].get(key, str(key))


def _list_key(dimension: str) -> str:
    return f"filters.{dimension}"


def _follow_link(choices: Choices, plain: Filters) -> list[str]:
    """Where the link is not the one that we wrote, take the filters from it; returns what it named in vain."""
    state, link = st.session_state, words_of(PARAMS)
    if _PERIOD in state and state.get(_LINK) == (link, plain.period):
        return []
    filters, ignored = from_params(link, choices.known, plain)
    ask_for(filters)
    return ignored


def _write_link(filters: Filters, plain: Filters) -> None:
    wanted = to_params(filters, plain)
    write_words(wanted, PARAMS)
    st.session_state[_LINK] = (wanted, plain.period)


def _period_widgets(
    choices: Choices, *, grain: bool, comparison: bool, plain: Filters, regrained: Callable[[], None] | None
) -> None:
    state = st.session_state
    periods = [plain.period, *PERIODS] if plain.period not in PERIODS else [*PERIODS]
    st.selectbox("Period", periods, format_func=PERIOD_NAMES.__getitem__, key=_PERIOD, width=155)
    if state[_PERIOD] is Period.CUSTOM:
        state.setdefault(_DATES, (choices.first, choices.last))
        st.date_input("Dates, both included", key=_DATES, format="DD/MM/YYYY", width=220)
    if grain:
        st.segmented_control("By", GRAINS, format_func=lambda name: str(name).capitalize(), key=_GRAIN, required=True,
                             on_change=regrained)  # fmt: skip
    if not comparison:
        return
    st.selectbox("Compared with", IN_TIME, format_func=COMPARISON_NAMES.__getitem__, key=_COMPARISON, width=175)
    if state[_COMPARISON] is Comparison.CUSTOM:
        span = Filters(state[_PERIOD], dates=_picked_dates(_DATES, choices)).span(choices.first, choices.last)
        before = span_before(state[_PERIOD], span)
        state.setdefault(_AGAINST, (before.start, before.last))
        st.date_input("Dates to compare with", key=_AGAINST, format="DD/MM/YYYY", width=220)


def _list_widgets(choices: Choices) -> None:
    """One button that opens the lists; what is picked is shown as chips below."""
    count = sum(len(st.session_state[_list_key(dimension)]) for dimension in LISTS)
    with st.popover(f"Filter · {count}" if count else "Filter", icon=":material/filter_list:", key="filters-lists"):
        for dimension, title in _TITLES.items():
            labels, key = choices.labels[dimension], _list_key(dimension)
            elsewhen = [member for member in st.session_state[key] if member not in labels]
            named = partial(_name, choices, dimension)
            st.multiselect(title, [*labels, *elsewhen], format_func=named, key=key, placeholder="All", width=320)


def _picked_dates(key: str, choices: Choices) -> tuple[date, date]:
    """Both dates of a pair; while only the first is chosen, that day alone."""
    chosen = st.session_state.get(key) or (choices.first, choices.last)
    return chosen[0], chosen[-1]


def asked_by(choices: Choices) -> Filters:
    """What the widgets say."""
    state = st.session_state
    dates = _picked_dates(_DATES, choices) if state[_PERIOD] is Period.CUSTOM else None
    comparison = state.get(_COMPARISON, Comparison.PREVIOUS)  # gone where another page has left the widget out
    against = _picked_dates(_AGAINST, choices) if comparison is Comparison.CUSTOM else None
    picked = {name: tuple(state[_list_key(name)]) for name in LISTS if state[_list_key(name)]}
    return Filters(state[_PERIOD], state.get(_GRAIN) or Grain.DAY, comparison, dates, against, picked)


def _chips(filters: Filters, choices: Choices) -> None:
    """A chip per member picked, which removes it."""
    with st.container(horizontal=True, gap="xsmall", key="chips"):
        for dimension in LISTS:
            for key in filters.picked(dimension):
                _chip(_name(choices, dimension, key), filters.toggled(dimension, key), f"{dimension}-{key}")


def _chip(label: str, without: Filters, key: str) -> None:
    name = f"chip-{key}"
    help_text = f"Remove the filter “{label}”"
    st.button(label, icon=":material/close:", key=name, help=help_text, on_click=ask_for, args=(without,))


def in_words(filters: Filters, choices: Choices, span: Span) -> str:
    """What is asked for, as a sentence for people: the dates, and the members picked."""
    return f"{span}, {picked_in_words(filters, choices) or 'everything that is sold'}"


def picked_in_words(filters: Filters, choices: Choices) -> str:
    """The members picked: `departments GROCERY, PRODUCE; stores Store 367`; empty where there are none."""
    return "; ".join(
        f"{_TITLES[name].lower()} {', '.join(_name(choices, name, key) for key in filters.picked(name))}"
        for name in LISTS
        if filters.picked(name)
    )
