"""The HTML file of a dashboard: all in it, nothing from elsewhere, and no text that acts."""

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pandas as pd
import pytest

from dashboard.dashboards.export import html_file
from dashboard.dashboards.shown import Shown
from dashboard.dashboards.table_html import table_html
from dashboard.explore.explored import explored_of
from dashboard.explore.state import Chart, State
from dashboard.exports import Table
from dashboard.periods import Span
from data.dashboards.kind import Content, Item
from data.queries.metrics import Result
from data.semantic.types import ColumnSpec, Unit
from data.views.kind import Content as View
from data.views.kind import SavedView

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
SPAN = Span(datetime(2017, 2, 1).date(), datetime(2017, 3, 1).date())  # noqa: DTZ001
COLUMNS = (ColumnSpec("department", "Department", Unit.TEXT), ColumnSpec("net_sales", "Net sales", Unit.CENTS))


def answer(names, values):
    frame = pd.DataFrame({"department": names, "net_sales": values}).astype({"department": "str"})
    return Result(frame.assign(department_kind="member"), COLUMNS, lambda: None)


def shown(chart, names=("GROCERY", "PRODUCE"), title="Departments"):
    state = State(("net_sales",), ("department",), chart=chart)
    result = answer(list(names), [1200, 800][: len(names)])
    explored = explored_of(state, SPAN, lambda: result, result if chart is Chart.BAR else None, currency="USD")
    view = SavedView(1, 1, View("explore", "", title), 1, "Ann", "Ann", datetime(2017, 1, 1, tzinfo=UTC), False)
    return Shown(Item(1, 4), title, view, explored, f"{title} · 1\u201328 Feb 2017")


def page_of(*panels, name="Morning"):
    return html_file(
        Content(name, description="At nine"), panels, "Each view over its own dates", ["Revision 3"]
    ).decode()


class Parsed(HTMLParser):
    """The tags, the text outside scripts, and the contents of the scripts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.scripts, self._in = [], "", [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._in = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._in = ""

    def handle_data(self, data):
        if self._in == "script":
            self.scripts[-1] += data
        elif self._in != "style":
            self.text += data


def test_it_says_what_was_asked_and_what_it_is_of():
    text = Parsed(page_of(shown(Chart.TABLE))).text
    for words in (
        "Morning",
        "At nine",
        "Each view over its own dates",
        "Revision 3",
        "Departments · 1\u201328 Feb 2017",
    ):
        assert words in text


def test_figures_are_kept_for_both_appearances_with_their_table():
    parsed = Parsed(page_of(shown(Chart.BAR)))
    figures = next(json.loads(script) for script in parsed.scripts if script.startswith('{"light"'))
    assert figures["light"]["layout"]["font"]["color"] != figures["dark"]["layout"]["font"]["color"]
    assert figures["light"]["data"][0]["type"] == "bar"
    assert "12.00" in parsed.text
    assert any(
        tag == "div" and attrs.get("role") == "img" and "GROCERY" in attrs["aria-label"] for tag, attrs in parsed.tags
    )


def test_nothing_is_fetched_from_anywhere():
    parsed = Parsed(page_of(shown(Chart.BAR), shown(Chart.TABLE)))
    for tag, attrs in parsed.tags:
        assert tag not in {"link", "iframe", "object", "embed"}
        assert not {"src", "href", "action", "data"} & set(attrs), (tag, attrs)
    policy = next(
        attrs["content"] for tag, attrs in parsed.tags if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy


def test_a_dashboard_without_a_chart_needs_no_script_to_draw():
    assert len(page_of(shown(Chart.TABLE))) < 500_000 < len(page_of(shown(Chart.BAR)))


@pytest.mark.parametrize("chart", [Chart.BAR, Chart.TABLE])
def test_text_of_people_is_text_and_nothing_else(chart):
    panel = shown(chart, names=(EVIL, "PRODUCE"), title=EVIL)
    plain, evil = Parsed(page_of(shown(chart))), Parsed(page_of(panel, name=EVIL))
    assert [tag for tag, _ in evil.tags] == [tag for tag, _ in plain.tags]
    assert not any("onerror" in attrs for _, attrs in evil.tags)
    assert EVIL in evil.text


def test_what_cannot_be_shown_says_why():
    panel = Shown(Item(1), "View 1", missing="This view is private", advice="Ask its owner")
    text = Parsed(page_of(panel)).text
    assert "This view is private" in text
    assert "Ask its owner" in text


def test_a_table_has_figures_as_people_read_them():
    columns = (
        ColumnSpec("name", "Store", Unit.TEXT),
        ColumnSpec("net", "Net sales", Unit.CENTS),
        ColumnSpec("net_change", "Change", Unit.CENTS),
        ColumnSpec("rate", "Rate", Unit.RATIO),
        ColumnSpec("on", "Day", Unit.DATE),
    )
    frame = pd.DataFrame(
        {
            "name": ["A & B", None],
            "net": [123456, 0],
            "net_change": [5, -5],
            "rate": [0.125, float("nan")],
            "on": pd.to_datetime(["2017-12-23", None]),
        }
    )
    made = table_html(Table("Stores", frame, columns, frozenset({"net_change"})))
    cells = re.findall(r"<td[^>]*>(.*?)</td>", made)
    assert cells == [
        "A &amp; B", "1,234.56", "+0.05", "12.5\u202f%", "23 Dec 2017",
        "\u2014", "0.00", "\u22120.05", "\u2014", "\u2014",
    ]  # fmt: skip
    assert "class='number up'>+0.05" in made
