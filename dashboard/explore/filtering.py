"""Filters on any dimension: added in one place, shown as chips, each taken back by a click."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
import streamlit as st

from dashboard.explore.controls import ask_for, reset
from dashboard.explore.state import State, first_state
from data.errors import UsageError
from data.queries.members import members
from data.scope import Scope
from data.semantic.question import Filter, Match
from data.semantic.types import Unit

_FOUND = 200
_DIMENSION, _MATCH, _FIND, _PICKED, _FROM, _TO = (
    f"filter.{name}" for name in ("on", "how", "find", "in", "from", "to")
)
_MATCHES = {
    Match.IN: "is one of",
    Match.NOT_IN: "is none of",
    Match.RANGE: "is from \N{HORIZONTAL ELLIPSIS} to \N{HORIZONTAL ELLIPSIS}",
    Match.SEARCH: "contains",
}


def filter_picker(
    conn: sa.Connection, state: State, *, scope: Scope, ask: Callable[[State], None] = ask_for, key: str = "explore"
) -> None:
    """The button that opens the picker; a filter that is added is given to `ask` with the rest of the state."""
    count = len(state.filters)
    with st.popover(f"Filter · {count}" if count else "Filter", icon=":material/filter_list:", key=f"{key}-filter"):
        dimensions = state.subject.dimensions
        st.selectbox("Filter by", list(dimensions), format_func=lambda name: dimensions[name].label, key=_DIMENSION,
                     width=320)  # fmt: skip
        st.selectbox("Keep what", list(Match), format_func=_MATCHES.__getitem__, key=_MATCH, width=320)
        name, match = st.session_state[_DIMENSION], st.session_state[_MATCH]
        _value_widgets(conn, state, name, match, scope)
        problem = st.session_state.pop("filter.problem", "")
        if problem:
            st.caption(f":material/error: {problem}")
        st.button("Add filter", type="primary", key="filter-add", on_click=_add, args=(state, ask))


def reset_button(state: State) -> None:
    """Back to the first view."""
    plain = replace(state, revision=None) == first_state()
    st.button("Reset", type="tertiary", key="reset", on_click=reset, disabled=plain)


def chips(conn: sa.Connection, state: State, *, scope: Scope, ask: Callable[[State], None] = ask_for) -> None:
    """A chip per filter, which removes it."""
    with st.container(horizontal=True, gap="xsmall", key="chips"):
        for at, item in enumerate(state.filters):
            label = in_words(conn, state, item, scope=scope)
            st.button(label, icon=":material/close:", key=f"chip-{at}", help=f"Remove the filter “{label}”",
                      on_click=ask, args=(state.without(item),))  # fmt: skip


def in_words(conn: sa.Connection, state: State, item: Filter, *, scope: Scope) -> str:
    """`Department: GROCERY, PRODUCE`."""
    label = state.subject.dimensions[item.dimension].label
    if item.match is Match.SEARCH:
        return f"{label} contains “{item.members[0]}”"
    if item.match is Match.RANGE:
        first, last = item.members
        bounds = [label, *([] if first is None else ["from", str(first)]), *([] if last is None else ["to", str(last)])]
        return " ".join(bounds)
    named = members(conn, dimension=item.dimension, scope=scope, keys=item.members[:3], revision=state.revision)
    labels = dict(zip(named["key"].tolist(), named["label"].tolist(), strict=True))
    words = ", ".join(str(labels.get(key, key)) for key in item.members[:3])
    more = f" and {len(item.members) - 3} more" if len(item.members) > 3 else ""
    return f"{label}{' not' if item.match is Match.NOT_IN else ''}: {words}{more}"


def _value_widgets(conn: sa.Connection, state: State, name: str, match: Match, scope: Scope) -> None:
    if match is Match.SEARCH:
        st.text_input("Text, in any case", key=_FIND, width=320)
        return
    if match is Match.RANGE:
        with st.container(horizontal=True, width=320):
            st.text_input("From", key=_FROM, width=150)
            st.text_input("To", key=_TO, width=150)
        return
    listed = members(conn, dimension=name, scope=scope, limit=_FOUND + 1, revision=state.revision)
    if len(listed) > _FOUND:
        st.text_input("Find", key=_FIND, placeholder="Part of a name or number", width=320)
        found = st.session_state[_FIND]
        listed = members(conn, dimension=name, scope=scope, search=found, limit=_FOUND, revision=state.revision)
    labels = dict(zip(listed["key"].tolist(), listed["label"].astype("str").tolist(), strict=True))
    known: dict[Any, str] = st.session_state.setdefault("filter.labels", {}).setdefault(name, {})
    known |= labels
    key = f"{_PICKED}.{name}"
    options = [*labels, *(member for member in st.session_state.get(key, ()) if member not in labels)]
    st.multiselect("Members", options, format_func=lambda member: known.get(member, str(member)), key=key, width=320)


def _add(state: State, ask: Callable[[State], None]) -> None:
    held = st.session_state
    name, match = held[_DIMENSION], held[_MATCH]
    try:
        item = Filter(name, _members(state, name, match), match)
    except UsageError as error:
        held["filter.problem"] = str(error)
        return
    for key in (_FIND, _FROM, _TO, f"{_PICKED}.{name}"):
        held.pop(key, None)
    ask(state.filtered(item))


def _members(state: State, name: str, match: Match) -> tuple[Any, ...]:
    held = st.session_state
    if match is Match.SEARCH:
        return (held.get(_FIND, "").strip(),)
    if match is Match.RANGE:
        return tuple(_bound(state, name, held.get(key, "").strip()) for key in (_FROM, _TO))
    return tuple(held.get(f"{_PICKED}.{name}", ()))


def _bound(state: State, name: str, text: str) -> Any:
    dimension = state.subject.dimensions[name]
    if not text:
        return None
    if dimension.unit is Unit.TEXT:
        return text
    if not re.fullmatch(r"-?[0-9]{1,17}", text):  # digits of every script would not do: a raised two is one
        raise UsageError(f"{dimension.label} is a whole number; got {text!r}")
    return int(text)
