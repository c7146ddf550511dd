"""The page of a pin: what was pinned, the figures then and now, the chart as it was, and what moved."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial
from urllib.parse import urlencode

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard import format as fmt
from dashboard.anchors import anchor, show_lines
from dashboard.charts.layout import CONFIG
from dashboard.charts.plot import plot_alt
from dashboard.downloads import download_button
from dashboard.explain.question import explain_address
from dashboard.explain.words import amount, moment
from dashboard.explore.explored import Explored
from dashboard.explore.figures import figure_for
from dashboard.explore.links import to_params
from dashboard.exports import CSV_TYPE, Table, csv_file
from dashboard.load import database
from dashboard.panels import colours, show_table
from dashboard.past.words import plain
from dashboard.pins.shown import MOVED, NOW, THEN, WHO, Shown
from data.pins.keeping import Pin
from data.queries.calendar import calendar_events
from data.revisions.asked import DIGITS
from data.revisions.reading import name_of_revision
from data.scope import Scope
from data.semantic.types import ColumnSpec, Metric, Unit

_ROWS = 500


def about(pin: Pin, *, zone: str) -> None:
    """What it is, by whom and of when."""
    with database().accounts() as conn:
        named = name_of_revision(conn, revision=pin.content.revision)
    called = "" if named is None else f" · {plain(named.name)}{', certified' if named.certified else ''}"
    st.subheader(plain(pin.content.title), anchor=False)
    st.caption(
        f":material/push_pin: Pinned by {plain(pin.made_by)}, {moment(pin.made_at, zone)}, "
        f"at revision {pin.content.revision}{called}. These figures stay as they are."
    )


def unknown(reason: str) -> None:
    """The empty state of a link that leads to no pin."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("**This pin cannot be shown**", text_alignment="center")
        st.markdown(f":gray[{plain(reason)}.]", text_alignment="center")
        st.markdown(":gray[Ask who gave you the link for another one.]", text_alignment="center")


def notices(shown: Shown) -> None:
    """What a reader has to know before they compare."""
    if not shown.is_whole:
        smaller_scope(shown.pin.content.revision)
    if shown.redefined:
        redefinition(shown.pin.content.revision)


def smaller_scope(revision: int) -> None:
    """That the reader sees other stores than who pinned."""
    st.info(
        "You may see other stores than who pinned this. The figures are those of your stores, "
        f"as of revision {revision}; what was kept is not shown.",
        icon=":material/visibility:",
    )


def redefinition(revision: int) -> None:
    """That figures mean something else today."""
    st.warning(
        f"The definition has changed since: by today's formulas, revision {revision} itself gives other figures. "
        "What was pinned is shown as it was; “now” is by today's definition.",
        icon=":material/function:",
    )


def then_and_now(shown: Shown) -> None:
    """The drawn metric in all: then, now, the difference, and the way to why."""
    metric, state = shown.state.subject.metrics[shown.state.metric], shown.state
    total = shown.changes.iloc[-1] if len(shown.changes) else None
    with st.container(horizontal=True, key="pin-figures"):
        for label, name, sign in (("Then", THEN, False), ("Now", NOW, False), ("Difference", MOVED, True)):
            value = None if total is None else total[name]
            st.metric(f"{metric.label}, {label.lower()}", written(value, metric, sign=sign), border=True)
    links = [anchor("Open in Explore as of now", explore_now(shown))]
    if not shown.has_moved:
        st.markdown(":material/check: Nothing has changed since.")
    elif total is not None and not total[MOVED]:
        st.markdown("In all it is the same; some of its parts are not.")
    if shown.has_moved:
        why = explain_address(replace(state, revision=None), old=shown.pin.content.revision)
        links = [anchor("Why did this change?", why), *links]
    show_lines([" · ".join(links)], name="pin-links")


def explore_now(shown: Shown) -> str:
    """Where Explore shows the same as of now."""
    return f"/explore?{urlencode(to_params(replace(shown.state, revision=None)), doseq=True)}"


def chart(conn: sa.Connection, shown: Shown, *, scope: Scope) -> None:
    """The chart, drawn from the kept figures."""
    explored = shown.then
    if explored.drawing is None:
        return
    span, state = explored.span, explored.state
    events = calendar_events(conn, start=span.start, end=span.end, scope=scope, filters=state.filters,
                             revision=shown.pin.content.revision)  # fmt: skip
    with st.container(border=True, key="panel-pin", gap="xsmall"):
        st.header(f"{explored.title}, as it was", anchor=False)
        figure = figure_for(state, explored.drawing, events, colours())
        alt = plot_alt(explored.drawing.plot, state.resolved_chart().value)
        st.plotly_chart(figure, theme=None, config=CONFIG, alt=alt, key="pin-chart")


def tables(shown: Shown) -> None:
    """Every row then and now, and the whole table as it was."""
    if not shown.state.keys:
        return
    metric = shown.state.subject.metrics[shown.state.metric]
    moved = shown.changes[shown.changes[MOVED].fillna(0) != 0]
    if len(moved):
        labels = {THEN: "Then", NOW: "Now", MOVED: "Difference"}
        figures = (ColumnSpec(name, label, metric.unit) for name, label in labels.items())
        columns = (ColumnSpec(WHO, "Row", Unit.TEXT), *figures)
        table = Table(f"{metric.label}, then and now", moved.head(_ROWS), columns, signed=frozenset({MOVED}))
        _panel(table, f"What moved: {len(moved):,} of {len(shown.changes):,} rows", "moved", shown.then)
    _panel(shown.then.table, "Figures, as they were", "kept", shown.then)


def _panel(table: Table, title: str, key: str, then: Explored) -> None:
    with st.container(border=True, key=f"panel-pin-{key}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.header(title, anchor=False)
            download_button("CSV", partial(csv_file, table), f"pinned-{then.file_name}-{key}.csv", CSV_TYPE,
                            key=f"pin-csv-{key}", help=f"Download {title.lower()} as CSV",
                            type="tertiary", icon=":material/download:", revision=then.shown_at)  # fmt: skip
        show_table(replace(table, frame=table.frame.head(_ROWS)), key=f"pin-table-{key}", alt=title, rows=14)


def written(value: float | None, metric: Metric, *, sign: bool = False) -> str:
    """The figure with every digit that counts; a dash where it is not defined."""
    if value is None or pd.isna(value):
        return fmt.UNDEFINED
    step = Decimal(1).scaleb(-DIGITS[metric.unit])
    return amount(Decimal(str(value)).quantize(step), metric.unit, sign=sign)
