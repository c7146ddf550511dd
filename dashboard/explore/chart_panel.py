"""The chart of Explore: drawn as asked, with what it leaves out."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import format as fmt
from dashboard.charts.events import numbered_events
from dashboard.charts.layout import IMAGE_CONFIG
from dashboard.charts.plot import plot_alt
from dashboard.explore.controls import PICK, key_label
from dashboard.explore.explored import Explored, has_usual
from dashboard.explore.figures import drawable, figure_for
from dashboard.explore.links import as_link
from dashboard.explore.mark_bar import mark_bar
from dashboard.explore.marks import Drawing
from dashboard.explore.numbers import numbers_of
from dashboard.explore.state import Chart
from dashboard.in_browser import image_links
from dashboard.panels import colours
from dashboard.pins.button import pin_button
from dashboard.usual import usual_switch
from data.semantic.types import PERIOD


def show_chart(explored: Explored, events: pd.DataFrame) -> None:
    """The chart, what it leaves out, and what can be done with one of its marks."""
    if explored.state.resolved_chart() is Chart.NUMBER:
        _pin(explored)
        show_numbers(explored)
        return
    if explored.drawing is None:
        return
    with st.container(border=True, key="panel-explore", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.header(explored.title, anchor=False)
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                if has_usual(explored):
                    usual_switch("explore")
                _pin(explored)
                image_links("explore", explored.file_name)
        figure = figure_for(explored.state, explored.drawing, events, colours())
        _plotly(figure, explored.drawing, explored)
        for note in chart_notes(explored, events):
            st.caption(note)
        mark_bar(explored)


def _pin(explored: Explored) -> None:
    pin_button(f"?{as_link(explored.state)}", explored.title, revision=explored.shown_at)


def show_numbers(explored: Explored, *, key: str = "explore-numbers", border: bool = True) -> None:
    """Each metric's total as a number, with what it is compared with."""
    with st.container(horizontal=True, key=key):
        for number in numbers_of(explored):
            delta = number.moved.replace(fmt.MINUS, "-") or None
            st.metric(number.label, number.figure, delta, delta_color="off", help=number.about, border=border)


def _plotly(figure: go.Figure, drawing: Drawing, explored: Explored) -> None:
    key = "explore-chart"

    def picked() -> None:
        points = [point for point in st.session_state[key].selection.points if "customdata" in point]
        st.session_state[PICK] = int(points[0]["customdata"][0]) if points else -1

    alt = plot_alt(drawing.plot, explored.state.resolved_chart().value)
    st.plotly_chart(
        figure, theme=None, config=IMAGE_CONFIG, alt=alt, key=key, on_select=picked, selection_mode="points"
    )


def chart_notes(explored: Explored, events: pd.DataFrame) -> list[str]:
    """What stands below the chart: its events by number, and what it leaves out."""
    return [*event_lines(explored, events), *_notes(explored)]


def event_lines(explored: Explored, events: pd.DataFrame) -> list[str]:
    """What the numbers on a line over time mean."""
    drawing = explored.drawing
    if drawing is None or drawing.axes.x != PERIOD or drawable(explored.state, drawing) is not Chart.LINE:
        return []
    listed = [f"**{number}** {name}, {fmt.day_of_year(start)}" for number, start, name in numbered_events(events)]
    return [" · ".join(listed)] if listed else []


def _notes(explored: Explored) -> list[str]:
    drawing, state = explored.drawing, explored.state
    if drawing is None:
        return []
    notes = [explored.note] if explored.note else []
    if drawing.plot.usual:
        notes.append(drawing.plot.usual.note)
    if drawing.axes.left_out:
        names = ", ".join(key_label(key).lower() for key in drawing.axes.left_out)
        notes.append(f"The chart leaves out {names}; the table has it.")
    if (drawing.plot.frame["kind"] == "others").any():
        notes.append("Others are all members beyond those drawn, counted anew rather than added up.")
    cut = drawing.plot.frame.loc[~drawing.plot.frame["complete"], "x"].drop_duplicates()
    if len(cut):
        named = " and ".join(fmt.bucket(day, state.grain) for day in cut)
        notes.append(f"{named} {'is' if len(cut) == 1 else 'are'} only partly in the period.")
    return notes
