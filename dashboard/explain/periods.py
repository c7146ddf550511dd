"""Explain between two periods of one revision: price, volume and mix, and what each member added."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard.charts.waterfall import Waterfall, waterfall_alt, waterfall_chart
from dashboard.explain.bar import ask, dimension_picker
from dashboard.explain.components import component_columns, component_rows, parts_frame
from dashboard.explain.question import Question
from dashboard.explain.words import amount
from dashboard.explore.controls import Facts, key_label
from dashboard.exports import Table
from dashboard.load import Resources, result
from dashboard.panels import colours, panel
from dashboard.periods import Span, comparison_of
from dashboard.states import nothing_sold
from data.queries.freshness import Freshness
from data.queries.price_volume import AFTER, BEFORE, COMPONENTS, KEY, LABEL, price_volume_mix
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.question import Compare, Query, Versus
from data.semantic.types import ColumnSpec, Unit

_SHOWN = 12
_CHANGE = "change"


@dataclass(frozen=True, eq=False)
class _Told:
    """The amounts of both periods, and the rows that lead from one to the other."""

    before: Decimal
    after: Decimal
    members: (
        pd.DataFrame
    )  # a member a row: key, label, before, after, change (the metric's unit), and components if any
    components: tuple[str, ...]

    @property
    def adds_up(self) -> bool:
        """Whether the members' changes are the change of the total."""
        return sum(map(Decimal, self.members[_CHANGE].tolist()), Decimal(0)) == self.after - self.before


def between_periods(conn: sa.Connection, question: Question, *, facts: Facts, fresh: Freshness, scope: Scope) -> None:
    """Everything below the bar."""
    state = question.state
    span = state.span(facts.first, facts.last)
    before = comparison_of(state.comparison, state.period, span, chosen=state.against)
    if before is None or before.end <= facts.first:
        _nothing_before(question, before)
        return
    dimension_picker(question, "By")
    metric, dimension = state.subject.metrics[question.metric], question.dimension
    if not state.subject.adds_up(metric, dimension):
        st.info(
            f"{metric.label} does not add up over {key_label(dimension).lower()}, so that its change cannot be shared "
            "out. Choose another metric or dimension; Explore compares both periods all the same.",
            icon=":material/info:",
        )
        return
    told = _read(conn, question, span, before, scope)
    if not told.before and not told.after:
        nothing_sold(f"{metric.label}, {before} and {span}", widen="All filters off",
                     on_widen=partial(_unfiltered, question))  # fmt: skip
        return
    _show(question, told, span, before, fresh)


def _nothing_before(question: Question, before: Span | None) -> None:
    where = "" if before is None else f" ({before})"
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("**There is nothing to compare with**", text_alignment="center")
        st.markdown(f":gray[The facts do not reach back to the earlier period{where}.]", text_alignment="center")


def _unfiltered(question: Question) -> None:
    ask(replace(question, state=replace(question.state, filters=())))


def _read(conn: sa.Connection, question: Question, span: Span, before: Span, scope: Scope) -> _Told:
    state = question.state
    declared = state.subject.subject.price_volume
    if declared is not None and declared.amount == question.metric:
        found = price_volume_mix(
            conn,
            subject=state.subject.subject.name,
            dimension=question.dimension,
            periods=((before.start, before.end), (span.start, span.end)),
            scope=scope,
            filters=state.filters,
            cache=Resources.cache,
            revision=state.revision,
        )
        frame = found.frame.assign(**{_CHANGE: found.frame[AFTER] - found.frame[BEFORE]})
        return _Told(Decimal(found.before), Decimal(found.after), frame, COMPONENTS)
    query = replace(question.query(span), dimensions=(question.dimension,),
                    compare=Compare(Versus.RANGE, before.start, before.end))  # fmt: skip
    return _by_member(conn, query, scope, state.revision)


def _by_member(conn: sa.Connection, query: Query, scope: Scope, revision: int | None) -> _Told:
    (dimension,), (metric,) = query.dimensions, query.metrics
    rows = result(conn, query, scope, revision).frame
    frame = pd.DataFrame({
        KEY: rows[dimension],
        LABEL: rows.get(f"{dimension}_label", rows[dimension]).astype("str"),
        BEFORE: pd.to_numeric(rows[f"{metric}_before"]).fillna(0),
        AFTER: pd.to_numeric(rows[metric]).fillna(0),
    })  # fmt: skip
    frame[_CHANGE] = frame[AFTER] - frame[BEFORE]
    frame = frame.loc[frame[_CHANGE].abs().sort_values(ascending=False, kind="stable").index].reset_index(drop=True)
    before, after = (Decimal(str(frame[column].sum())) for column in (BEFORE, AFTER))
    return _Told(before, after, frame, ())


def _show(question: Question, told: _Told, span: Span, before: Span, fresh: Freshness) -> None:
    metric = catalog().metric(question.metric)
    unit, label = metric.unit, metric.label
    moved = told.after - told.before
    verb = "rose" if moved > 0 else "fell"
    with st.container(key="explain-finding", gap="xsmall"):
        by = f"{label} {verb} by {amount(abs(moved), unit)}" if moved else f"{label} is the same in both"
        st.subheader(f"{by}, from {amount(told.before, unit)} to {amount(told.after, unit)}.", anchor=False)
        st.caption(f"{span} against {before}.")
    if told.components:
        parts = component_rows(told.members, key_label(question.dimension).lower(), unit)
        _panel(question, told, parts, (before, span), "Price, volume and mix",
               "components")  # fmt: skip
    by_label = key_label(question.dimension).lower()
    _panel(question, told, _member_rows(told, unit), (before, span), f"{label} by {by_label}", "members")


def _member_rows(told: _Told, unit: Unit) -> pd.DataFrame:
    rows = []
    top, rest = told.members.head(_SHOWN), told.members.iloc[_SHOWN:]
    for at, row in enumerate(top.itertuples(index=False)):
        value = Decimal(str(getattr(row, _CHANGE)))
        words = f"{amount(Decimal(str(row.before)), unit)} to {amount(Decimal(str(row.after)), unit)}"
        rows.append((at, str(row.label), float(value), amount(value, unit, sign=True), words))
    if len(rest):
        value = Decimal(str(rest[_CHANGE].sum()))
        rows.append((_SHOWN, f"{len(rest):,} others", float(value), amount(value, unit, sign=True), ""))
    return parts_frame(rows)


def _panel(question: Question, told: _Told, rows: pd.DataFrame, spans: tuple[Span, Span], title: str, key: str) -> None:
    metric = catalog().metric(question.metric)
    ends = tuple(
        (str(span), float(value), amount(value, metric.unit))
        for span, value in zip(spans, (told.before, told.after), strict=True)
    )
    waterfall = Waterfall(rows, metric.label, (ends[0], ends[1]))
    moved = amount(told.after - told.before, metric.unit, sign=True)
    fault = ":material/error: The parts do not add up: a fault."
    notes = [f":material/check: The parts add up to {moved} exactly." if told.adds_up else fault]
    if waterfall.is_broken:
        notes.append("The axis does not begin at zero: the cut bars are longer than drawn.")
    panel(title, partial(waterfall_chart, waterfall, colours()), _table(question, told, title),
          alt=waterfall_alt(waterfall), key=f"explain-{key}", note="  \n".join(notes))  # fmt: skip


def _table(question: Question, told: _Told, title: str) -> Table:
    unit = catalog().metric(question.metric).unit
    columns = [
        ColumnSpec(LABEL, key_label(question.dimension), Unit.TEXT),
        ColumnSpec(BEFORE, "Before", unit),
        ColumnSpec(AFTER, "After", unit),
        ColumnSpec(_CHANGE, "Change", unit),
        *(component_columns(unit) if told.components else ()),
    ]
    return Table(title, told.members, tuple(columns), signed=frozenset({_CHANGE, *told.components}))
