"""A dashboard as one HTML file that needs nothing else: figures, tables, notes, and the script that draws them."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from plotly.offline import get_plotlyjs

from dashboard.charts.palette import DARK, LIGHT, Palette
from dashboard.charts.plot import plot_alt
from dashboard.dashboards.layout import HEIGHT_PX, NARROW
from dashboard.dashboards.shown import Shown, is_chart
from dashboard.dashboards.table_html import table_html
from dashboard.explore.chart_panel import chart_notes
from dashboard.explore.explored import Explored
from dashboard.explore.figures import figure_for
from dashboard.explore.numbers import numbers_of
from dashboard.explore.state import Chart
from dashboard.explore.tables import MOST_SHOWN, first_rows
from data.dashboards.reading import Content

_COLOURS = ("accent", "text", "muted", "grid", "ground", "border", "up", "down")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


def html_file(content: Content, shown: Sequence[Shown], words: str, notes: Sequence[str]) -> bytes:
    """The dashboard as it is shown; `words` say what was asked, `notes` what it is of: revision and freshness.

    Nothing in it is fetched from anywhere, which its own content policy makes sure of; text of people is escaped.
    """
    sections = "\n".join(_section(one) for one in shown)
    drawn = any(one.explored is not None and is_chart(one.explored) for one in shown)
    about = [content.description, words]
    page = Template(files("dashboard").joinpath("dashboards/export.html").read_text(encoding="utf-8")).substitute(
        title=escape(content.name),
        heading=escape(content.name),
        about="\n".join(f"<p>{escape(line)}</p>" for line in about if line),
        sections=sections,
        notes="\n".join(f"<p>{escape(line)}</p>" for line in notes),
        plotly=f"<script>{get_plotlyjs()}</script>" if drawn else "",
        light=_variables(LIGHT),
        dark=_variables(DARK),
        regular=_font("Inter-Regular"),
        semibold=_font("Inter-SemiBold"),
    )
    return page.encode("utf-8")


def _section(shown: Shown) -> str:
    explored, size = shown.explored, f"--width: {shown.width}; --height: {HEIGHT_PX[shown.item.height]}px"
    if explored is None:
        body = _empty(shown.missing, shown.advice)
    elif shown.is_empty:
        body = _empty("Nothing was sold here", f"{explored.span}, with the filters of the view and of the dashboard.")
    elif explored.state.resolved_chart() is Chart.NUMBER:
        body = _numbers(explored)
    elif is_chart(explored):
        body = _chart(shown, explored)
    else:
        body = _table(shown, explored)
    said = [*shown.notes, *(column.reason for column in explored.tidy.columns if column.reason)] if explored else []
    notes = "".join(f"<p class='note'>{escape(note)}</p>" for note in dict.fromkeys(said))
    about = f"<p class='about'>{escape(shown.about)}</p>" if shown.about else ""
    return f"<section style='{size}'><h2>{escape(shown.title)}</h2>{about}{body}{notes}</section>"


def _empty(what: str, why: str) -> str:
    return f"<div class='empty'><strong>{escape(what)}</strong><p>{escape(why)}</p></div>"


def _numbers(explored: Explored) -> str:
    entries = "".join(
        f"<div><dt>{escape(number.label)}</dt><dd><strong>{escape(number.figure)}</strong>"
        f"<span>{escape(number.moved)}</span></dd></div>"
        for number in numbers_of(explored)
    )
    return f"<dl class='numbers'>{entries}</dl>"


def _chart(shown: Shown, explored: Explored) -> str:
    drawing = explored.drawing
    assert drawing is not None  # noqa: S101 - what `is_chart` says
    alt = plot_alt(drawing.plot, explored.state.resolved_chart().value)
    figures = {name: json.loads(_figure(shown, explored, look)) for name, look in (("light", LIGHT), ("dark", DARK))}
    notes = "".join(f"<p class='note'>{_bold(note)}</p>" for note in chart_notes(explored, shown.events))
    return (
        f"<div class='chart' role='img' tabindex='0' aria-label='{escape(alt)}'><div></div></div>"
        f"<script type='application/json'>{_in_script(figures)}</script>{notes}"
        f"<details><summary>As table</summary>{_table(shown, explored)}</details>"
    )


def _figure(shown: Shown, explored: Explored, look: Palette) -> str:
    if explored.drawing is None:
        return "{}"
    height, narrow = HEIGHT_PX[shown.item.height], shown.width <= NARROW
    figure = figure_for(explored.state, explored.drawing, shown.events, look, height=height, narrow=narrow)
    return str(figure.to_json())


def _table(shown: Shown, explored: Explored) -> str:
    table = first_rows(explored.table)
    cut = len(table.frame) < len(explored.table.frame)
    note = f"The first {MOST_SHOWN} of {len(explored.table.frame):,} rows and the total." if cut else ""
    told = f"<p class='note'>{note}</p>" if note else ""
    return f"<div class='table' tabindex='0' role='region' aria-label='{escape(shown.title)}, as a table'>" + (
        f"{table_html(table)}</div>{told}"
    )


def _bold(note: str) -> str:
    return _BOLD.sub(r"<b>\1</b>", escape(note))


def _in_script(value: object) -> str:
    """JSON that cannot end the script it stands in, whatever names members have."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _variables(look: Palette) -> str:
    colours = asdict(look)
    return " ".join(f"--{name}: {colours[name]};" for name in _COLOURS)


@cache
def _font(name: str) -> str:
    return b64encode(files("dashboard").joinpath(f"static/{name}.woff2").read_bytes()).decode("ascii")
