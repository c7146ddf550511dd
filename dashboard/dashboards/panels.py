"""The panels of a dashboard: a figure each, with what can be done with it behind one button."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import format as fmt
from dashboard.anchors import anchor, show_lines
from dashboard.charts.events import numbered_events
from dashboard.charts.layout import CONFIG
from dashboard.charts.plot import plot_alt
from dashboard.dashboards.actions import bring_back
from dashboard.dashboards.layout import HEIGHT_PX, NARROW
from dashboard.dashboards.shown import Shown, is_chart
from dashboard.downloads import download_button
from dashboard.explain.leading import why_line
from dashboard.explore.chart_panel import chart_notes, event_lines, show_numbers
from dashboard.explore.explored import Explored
from dashboard.explore.figures import figure_for
from dashboard.explore.state import Chart
from dashboard.explore.tables import MOST_SHOWN, first_rows
from dashboard.exports import CSV_TYPE, csv_file
from dashboard.panels import colours, show_table
from dashboard.past.words import plain
from dashboard.pins.button import pin_button
from data.accounts.visits import Seen

_ROW_PX, _SLACK = 32, 1.3
# The menu's words are there to be read out; to be seen, its three dots are enough.
MENU_STYLE = """<style>
[class*=st-key-board-][class*=-menu] button [data-testid=stMarkdownContainer] {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
</style>"""


@dataclass(frozen=True)
class Reading:
    """Who reads the panels: what they saw last, up to where revisions go, and whether they only look."""

    seen: Seen | None
    newest: int
    only_look: bool = False


def show_panel(shown: Shown, key: str, reading: Reading) -> None:
    """The figure of an item under its title, or why there is none."""
    with st.container(border=True, key=f"panel-{key}", gap="xsmall", height="stretch"):
        as_table = _heading(shown, key, reading)
        if shown.explored is None:
            _placeholder(shown, key, reading)
            return
        st.caption(plain(shown.about))
        if shown.is_empty:
            with st.container(height=HEIGHT_PX[shown.item.height], border=False, vertical_alignment="center"):
                st.markdown("**Nothing was sold here**", text_alignment="center")
                st.markdown(f":gray[{shown.explored.span}, with the filters of the view and above.]",
                            text_alignment="center")  # fmt: skip
        else:
            _figure(shown, shown.explored, key, as_table=as_table)
        for note in shown.notes:
            st.caption(f":material/info: {plain(note)}")


def _heading(shown: Shown, key: str, reading: Reading) -> bool:
    """Title and menu; returns whether the figures are wanted as a table."""
    explored = shown.explored
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", wrap=False):
        st.header(plain(shown.title), anchor=False)
        if explored is None or reading.only_look:
            return False
        words = f"More on {plain(shown.title)}"
        with st.popover(words, icon=":material/more_horiz:", key=f"{key}-menu", type="tertiary"):
            drawn = is_chart(explored)
            as_table = st.toggle("As table", key=f"{key}-as-table") if drawn else False
            show_lines([_links(shown, explored, reading)], name="panel-links")
            pin_button(shown.address, shown.title, revision=explored.shown_at)
            download_button("CSV", partial(_csv, explored), f"{explored.file_name}.csv", CSV_TYPE,
                            key=f"{key}-csv", help=f"Download {shown.title} as CSV",
                            type="tertiary", icon=":material/download:", revision=explored.shown_at)  # fmt: skip
    return as_table


def _links(shown: Shown, explored: Explored, reading: Reading) -> str:
    why = why_line(explored.asked, seen=reading.seen, newest=reading.newest)
    return f"{anchor('Open in Explore', shown.address)}<br>{why}"


def _csv(explored: Explored) -> bytes:
    return csv_file(explored.table)


def _figure(shown: Shown, explored: Explored, key: str, *, as_table: bool) -> None:
    height, state = HEIGHT_PX[shown.item.height], explored.state
    if state.resolved_chart() is Chart.NUMBER and not as_table:
        show_numbers(explored, key=f"{key}-numbers", border=False)
        return
    drawing = explored.drawing
    if drawing is None or as_table:
        _table(shown, explored, key, rows=max(height // _ROW_PX - 2, 2))
        return
    alt = plot_alt(drawing.plot, state.resolved_chart().value)
    figure = figure_for(state, drawing, shown.events, colours(), height=height, narrow=shown.width <= NARROW)
    tall = int(figure.to_dict()["layout"].get("height") or height)
    scrolls = tall > height * _SLACK
    with st.container(height=height if scrolls else "content", border=False, key=f"{key}-figure"):
        st.plotly_chart(figure, theme=None, config=CONFIG, alt=alt, key=f"{key}-chart")
    _notes(explored, shown.events)


def _notes(explored: Explored, events: pd.DataFrame) -> None:
    """What the chart leaves out, and the list of its events behind their number: it is looked at from afar."""
    listed = event_lines(explored, events)
    if listed:
        count = len(numbered_events(events))
        st.caption("1 numbered event" if count == 1 else f"{count} numbered events", help=listed[0])
    left_out = " ".join(note for note in chart_notes(explored, events) if note not in listed)
    if left_out:
        st.caption(left_out)


def _table(shown: Shown, explored: Explored, key: str, *, rows: int) -> None:
    table = explored.table
    cut = first_rows(table)
    show_table(cut, key=f"{key}-table", alt=f"{shown.title}: {len(table.frame)} rows", rows=rows)
    if len(cut.frame) < len(table.frame):
        st.caption(f"The first {MOST_SHOWN} of {len(table.frame):,} rows and the total; the file holds all.")
    for reason in dict.fromkeys(column.reason for column in explored.tidy.columns if column.reason):
        st.caption(f":material/info: {fmt.UNDEFINED} {reason}")


def _placeholder(shown: Shown, key: str, reading: Reading) -> None:
    """What stands where a figure cannot: why, and what can be done about it."""
    with st.container(height=HEIGHT_PX[shown.item.height], border=False, vertical_alignment="center",
                      horizontal_alignment="center", gap="small"):  # fmt: skip
        st.markdown(f":material/hide_source: **{plain(shown.missing)}**", text_alignment="center")
        st.markdown(f":gray[{plain(shown.advice)}]", text_alignment="center")
        if shown.can_come_back and not reading.only_look:
            st.button("Bring it back", key=f"{key}-back", on_click=bring_back, args=(shown.item.view_id,))
