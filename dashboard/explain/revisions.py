"""Explain between two revisions: the finding, the waterfall with its check, and the part that is opened."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard.charts.waterfall import Waterfall, waterfall_alt, waterfall_chart
from dashboard.explain.bar import ask, method_switch, swap_button
from dashboard.explain.opened import members_between, open_part
from dashboard.explain.question import Question
from dashboard.explain.words import amount, check, headline, main_part, moment, told, when
from dashboard.explore.controls import Facts
from dashboard.exports import Table
from dashboard.load import Resources
from dashboard.panels import colours, panel
from dashboard.past.words import plain
from dashboard.working import Progress, answer, work_on
from data.accounts.visits import Seen
from data.errors import UsageError
from data.queries.past import revision_opened_at
from data.revisions.compare import Comparison, comparison
from data.scope import Scope
from data.semantic.question import Query
from data.semantic.types import ColumnSpec, Unit


def ends_of(question: Question, *, newest: int, seen: Seen | None) -> tuple[int, int]:
    """The revisions that are compared: as asked, from the last visit, or from the one before the newest."""
    new = question.new or newest
    if question.old is not None:
        return question.old, new
    return (max(newest - 1, 1) if seen is None else min(seen.revision, newest)), new


def between_revisions(
    conn: sa.Connection, question: Question, ends: tuple[int, int], *, facts: Facts, scope: Scope, zone: str
) -> None:
    """Everything below the bar."""
    if ends[0] == ends[1]:
        _nothing_between(question, ends[0])
        return
    span = question.state.span(facts.first, facts.last)
    found = _compared(question, question.query(span), ends, scope)
    if found is None:
        return
    _finding(conn, found, question, zone)
    _waterfall(found, question, zone)
    if question.part is not None and question.part <= len(found.parts):
        open_part(conn, found, question, span, scope=scope, zone=zone)
    else:
        members_between(conn, found, question, span, scope=scope)


def _compared(question: Question, query: Query, ends: tuple[int, int], scope: Scope) -> Comparison | None:
    """The comparison; None while it is worked out, and where it cannot be."""
    old, new = ends
    method = question.method

    def run(conn: sa.Connection, progress: Progress) -> Comparison:
        return comparison(conn, query, from_revision=old, to_revision=new, scope=scope, method=method,
                          cache=Resources.cache, progress=progress)  # fmt: skip

    try:
        found: Comparison | None = answer(work_on(("compare", query, old, new, method), run, scope=scope))
    except UsageError as error:
        st.error(f"{str(error).capitalize()}.", icon=":material/error:")
        return None
    return found


def _nothing_between(question: Question, revision: int) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small", key="explain-nothing"):
        since = "since your last visit" if question.old is None and question.new is None else "between the two"
        st.markdown(f"**Nothing has been loaded or edited {since}**", text_alignment="center")
        st.markdown(f":gray[Both ends are revision {revision}.]", text_alignment="center")
        if revision > 1:
            earlier = replace(question, old=revision - 1, new=question.new)
            st.button(f"Compare with revision {revision - 1}", key="explain-earlier", on_click=ask, args=(earlier,))


def _finding(conn: sa.Connection, found: Comparison, question: Question, zone: str) -> None:
    with st.container(key="explain-finding", gap="xsmall"):
        st.subheader(headline(found), anchor=False)
        main = main_part(found)
        if main:
            st.markdown(plain(main))
        ends = " to ".join(
            f"revision {revision} ({moment(revision_opened_at(conn, revision=revision), zone)})"
            for revision in (found.from_revision, found.to_revision)
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"From {ends}.", width="content")
            swap_button(question, found.from_revision, found.to_revision)
            method_switch(question)


def _waterfall(found: Comparison, question: Question, zone: str) -> None:
    unit = found.metric.unit
    rows = [
        (at, part.group.label, float(part.contribution), amount(part.contribution, unit, sign=True), told(part))
        for at, part in enumerate(found.parts, 1)
    ]
    frame = pd.DataFrame(rows, columns=["key", "label", "amount", "words", "told"]).astype({"key": "int64"})
    frame["amount"] = frame["amount"].astype("float64")
    ends = (
        (f"Revision {found.from_revision}", float(found.before or 0), amount(found.before, unit)),
        (f"Revision {found.to_revision}", float(found.after or 0), amount(found.after, unit)),
    )
    waterfall = Waterfall(frame, found.metric.label, ends, question.part)
    panel(
        f"What changed {found.metric.label.lower()}",
        partial(waterfall_chart, waterfall, colours()),
        _table(found, zone),
        alt=waterfall_alt(waterfall),
        key="waterfall",
        note=_note(found, waterfall),
        on_pick=partial(_pick, question),
    )
    st.caption(check(found))
    _part_picker(found, question)


def _note(found: Comparison, waterfall: Waterfall) -> str:
    notes = []
    if waterfall.is_broken:
        notes.append("The axis does not begin at zero: the cut bars are longer than drawn.")
    if any(part.error is not None for part in found.parts):
        notes.append("Orders were sampled, not all tried: the table has each part's standard error.")
    return "  \n".join(notes)


def _table(found: Comparison, zone: str) -> Table:
    unit = found.metric.unit
    rows = []
    for part in found.parts:
        first = part.group.causes[0]
        who = ", ".join(dict.fromkeys(cause.author for cause in part.group.causes))
        numbers = part.group.revisions
        shown = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
        error = None if part.error is None else amount(part.error, unit)
        rows.append((part.group.label, str(part.group.kind), shown, who, when(first, zone),
                     amount(part.contribution, unit, sign=True), error))  # fmt: skip
    names = ["part", "kind", "revisions", "who", "when", "amount", "error"]
    labels = ["Part", "What it is", "Revisions", "Who", "When", "Amount", "Standard error"]
    sampled = any(part.error is not None for part in found.parts)
    columns = tuple(ColumnSpec(name, label, Unit.TEXT) for name, label in zip(names, labels, strict=True))
    return Table(f"{found.metric.label} from revision {found.from_revision} to {found.to_revision}",
                 pd.DataFrame(rows, columns=names), columns if sampled else columns[:-1])  # fmt: skip


def _part_picker(found: Comparison, question: Question) -> None:
    """The way to a part by keyboard, and back."""
    if not found.parts:
        return
    labels = {at: part.group.label for at, part in enumerate(found.parts, 1)}
    st.session_state["explain.part"] = question.part if question.part in labels else None

    def picked() -> None:
        ask(replace(question, part=st.session_state["explain.part"]))

    st.selectbox("Open a part", list(labels), index=None, format_func=labels.__getitem__, key="explain.part",
                 placeholder="Choose a part, or click its bar", on_change=picked, width=420)  # fmt: skip


def _pick(question: Question, key: int | None) -> None:
    if key is not None:
        ask(replace(question, part=int(key)))
