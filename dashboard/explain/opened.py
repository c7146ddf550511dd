"""A part of a waterfall, opened: the revisions in it, what each member contributed, and the rows behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html import escape

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard.anchors import anchor, show_lines
from dashboard.explain.bar import ask, dimension_picker
from dashboard.explain.question import Question
from dashboard.explain.words import amount, when
from dashboard.explore.controls import key_label
from dashboard.exports import Table
from dashboard.load import Resources
from dashboard.panels import show_table
from dashboard.periods import Span
from dashboard.reference.telling import STEP_COLUMNS, revision_steps, tables_of
from data.queries.revisions import revision_detail
from data.revisions.causes import Cause, Kind
from data.revisions.compare import Comparison, Method, Part
from data.revisions.groups import Group
from data.revisions.lines import LineKind, changed_lines, line_changes
from data.revisions.opened import AFTER, BEFORE, CHANGE, LABEL, contributions, member_changes
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.details import detail_columns
from data.semantic.question import Query
from data.semantic.types import ColumnSpec, Metric, Unit

_MEMBERS, _LINES, _STEPS = 50, 100, 200
_LINE_WORDS = {
    LineKind.REMOVED: "Removed: were there, are not in the new file",
    LineKind.RESTATED: "Restated: the same line with other amounts",
    LineKind.NEW: "New: were not there before",
}


def open_part(
    conn: sa.Connection, found: Comparison, question: Question, span: Span, *, scope: Scope, zone: str
) -> None:
    """The panel of the part that the question names."""
    part = found.parts[(question.part or 1) - 1]
    group = part.group
    query = question.query(span)
    with st.container(border=True, key="explain-opened"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.header(group.label, anchor=False)
            st.button("Close", icon=":material/close:", type="tertiary", key="explain-close", on_click=ask,
                      args=(replace(question, part=None),))  # fmt: skip
        _about(part, found.metric, zone)
        if len(group.revisions) > 1:
            _several(group, question, zone)
        if _in_one_piece(group, question.method):
            _members(conn, query, group, question, found.metric, scope=scope)
            _rows(conn, query, group, scope=scope, zone=zone)
        else:
            st.caption("Its revisions lie apart, with others between them: open each in order of time.")


def _about(part: Part, metric: Metric, zone: str) -> None:
    first, last = part.group.causes[0], part.group.causes[-1]
    who = ", ".join(dict.fromkeys(cause.author for cause in part.group.causes))
    times = when(first, zone) if first.revision == last.revision else f"{when(first, zone)} to {when(last, zone)}"
    error = "" if part.error is None else f" ± {amount(part.error, metric.unit)}"
    contributed = amount(part.contribution, metric.unit, sign=True)
    said = f"<b>{contributed}</b>{error} · {part.group.kind} by {escape(who)} · {times}"
    if len(part.group.revisions) == 1:
        said += f" · {anchor(f'Revision {first.revision} in History', f'/history?revision={first.revision}')}"
    show_lines([said], name="explain-about")


def _several(group: Group, question: Question, zone: str) -> None:
    """The revisions of a part that puts several together, and the way into it."""
    told = {cause.revision: cause for cause in group.causes}
    rows = [(c.revision, str(c.kind), c.author, when(c, zone), c.reason) for c in told.values()]
    names = ("revision", "kind", "who", "when", "why")
    labels = ("Revision", "What it is", "Who", "When", "Why")
    units = (Unit.INTEGER, *[Unit.TEXT] * 4)
    columns = tuple(ColumnSpec(*about) for about in zip(names, labels, units, strict=True))
    table = Table("Revisions of this part", pd.DataFrame(rows, columns=list(names)), columns)
    show_table(table, key="explain-several", alt=f"The {len(rows)} revisions of this part")
    first, last = group.revisions[0] - 1, group.revisions[-1]
    if first >= 1:
        inside = replace(question, old=first, new=last, method=Method.TIMELINE, part=None)
        st.button(f"Explain from revision {first} to {last}", key="explain-inside", on_click=ask, args=(inside,))


def _in_one_piece(group: Group, method: Method) -> bool:
    """Whether nothing else happened between the first and the last cause, so that both sides can be held together."""
    return method is Method.TIMELINE or len(group.revisions) == 1


def members_between(conn: sa.Connection, found: Comparison, question: Question, span: Span, *, scope: Scope) -> None:
    """Which members have another figure at the later revision, also where the total is the same."""
    with st.container(border=True, key="explain-all-members"):
        st.header("Who moved", anchor=False)
        dimension_picker(question, "From one revision to the other, by")
        frame, count = member_changes(
            conn,
            question.query(span),
            from_revision=found.from_revision,
            to_revision=found.to_revision,
            dimension=question.dimension,
            scope=scope,
            limit=_MEMBERS,
            cache=Resources.cache,
        )
        _member_table(frame, count, question, found.metric)


def _members(
    conn: sa.Connection, query: Query, group: Group, question: Question, metric: Metric, *, scope: Scope
) -> None:
    dimension_picker(question, "What each member contributed, by")
    frame, count = contributions(conn, query, group, dimension=question.dimension, scope=scope, limit=_MEMBERS,
                                 cache=Resources.cache)  # fmt: skip
    _member_table(frame, count, question, metric)
    if question.method is Method.SHAPLEY:
        st.caption("Before and after are those of its turn in time.")


def _member_table(frame: pd.DataFrame, count: int, question: Question, metric: Metric) -> None:
    dimension = question.dimension
    label = key_label(dimension)
    if frame.empty:
        st.caption(f"No {label.lower()} has another figure.")
        return
    columns = (ColumnSpec(LABEL, label, Unit.TEXT), ColumnSpec(BEFORE, "Before", metric.unit),
               ColumnSpec(AFTER, "After", metric.unit), ColumnSpec(CHANGE, "Change", metric.unit))  # fmt: skip
    table = Table(f"{metric.label} by {label.lower()}", frame, columns, signed=frozenset({CHANGE}))
    show_table(table, key=f"explain-members-{dimension}", alt=f"{metric.label} of each {label.lower()} that changed")
    notes = [] if count <= _MEMBERS else [f"The {_MEMBERS} that moved most, of {count:,}."]
    if not question.state.subject.adds_up(metric, dimension):
        notes.append(f"{metric.label} does not add up over {label.lower()}: changes need not sum to the whole.")
    if notes:
        st.caption(" ".join(notes))


def _rows(conn: sa.Connection, query: Query, group: Group, *, scope: Scope, zone: str) -> None:
    """The rows of reference data that were changed, and the lines that came or went."""
    if len(group.revisions) == 1:
        _changed_rows(conn, group.revisions[0], scope=scope, zone=zone)
    if len(group.causes) != 1:
        return
    (cause,) = group.causes
    if cause.load is None:
        return
    if cause.kind is Kind.RESTATED:
        _restated(conn, query, cause, scope=scope)
    elif cause.kind in {Kind.NEW, Kind.LATE}:
        _arrived(conn, query, cause, scope=scope)


def _changed_rows(conn: sa.Connection, revision: int, *, scope: Scope, zone: str) -> None:
    about, _ = revision_detail(conn, revision=revision)
    for table in tables_of(conn, revision):
        frame = revision_steps(conn, table, pd.DataFrame([about]), scope=scope, zone=zone, limit=_STEPS)
        if frame.empty:
            continue
        st.subheader(f"{table.label} that it changed", anchor=False)
        shown = Table(f"{table.label}, revision {revision}", frame, STEP_COLUMNS[4:])
        show_table(shown, key=f"explain-steps-{table.name}", alt=f"What revision {revision} did to {table.label}")
        if frame["row"].nunique() >= _STEPS:
            st.caption(f"The first {_STEPS} rows; History has them all.")


def _restated(conn: sa.Connection, query: Query, cause: Cause, *, scope: Scope) -> None:
    st.subheader("What became of the lines of the period", anchor=False)
    found = line_changes(conn, query, cause, scope=scope)
    unit = catalog().metric(query.metrics[0]).unit
    rows = [(_LINE_WORDS[item.kind], item.lines, amount(item.contribution, unit, sign=True)) for item in found]
    columns = (ColumnSpec("what", "Lines", Unit.TEXT), ColumnSpec("count", "Number", Unit.COUNT),
               ColumnSpec("amount", "Amount", Unit.TEXT))  # fmt: skip
    frame = pd.DataFrame(rows, columns=["what", "count", "amount"])
    show_table(Table("Lines of a restated period", frame, columns), key="explain-lines-kinds",
               alt="Lines removed, restated and new, with what they contributed")  # fmt: skip
    kinds = [item.kind for item in found if item.lines]
    if kinds:
        kind = st.segmented_control("Lines", kinds, default=kinds[0], format_func=lambda k: str(k).capitalize(),
                                    key="explain.lines", required=True, label_visibility="collapsed")  # fmt: skip
        _lines(conn, query, cause, kind, scope=scope)


def _arrived(conn: sa.Connection, query: Query, cause: Cause, *, scope: Scope) -> None:
    st.subheader("The lines that arrived", anchor=False)
    _lines(conn, _narrowed(query, cause), cause, LineKind.NEW, scope=scope)


def _narrowed(query: Query, cause: Cause) -> Query:
    """The query over the dates of this part of its load."""
    since, before = (None, None) if cause.load is None else (cause.load.since, cause.load.before)
    start = max((day for day in (query.start, since) if day is not None), default=None)
    end = min((day for day in (query.end, before) if day is not None), default=None)
    if start is not None and end is not None and start >= end:
        end = start + timedelta(days=1)
    return replace(query, start=start, end=end)


def _lines(conn: sa.Connection, query: Query, cause: Cause, kind: LineKind, *, scope: Scope) -> None:
    frame = changed_lines(conn, query, cause, kind=kind, scope=scope, limit=_LINES + 1)
    if frame.empty:
        st.caption("None of them is in what was asked for.")
        return
    columns = detail_columns(catalog().subject_of(query))
    show_table(Table(f"Lines, {kind}", frame.head(_LINES), columns), key=f"explain-lines-{kind}",
               alt=f"Lines that are {kind}, with their amounts")  # fmt: skip
    if len(frame) > _LINES:
        st.caption(f"The first {_LINES} lines.")
