from datetime import date

import pandas as pd
import pytest

from dashboard import format as fmt
from dashboard.charts.palette import DARK, LIGHT
from dashboard.charts.sparkline import sparkline_svg
from dashboard.periods import Span
from dashboard.selection import Filters
from dashboard.summary import TILES, Summary
from dashboard.tiles import Tile
from dashboard.tiles import tile as tile_of
from dashboard.tiles import tiles_html

NAN = float("nan")


def tile(change, line=(), label="Net sales"):
    words = "on the previous 28 days"
    return Tile(label, "$350.06K", change, words, list(line), ("350,055.08 in February", "What the shop received."),
                "/explore?m=net_sales", "<button>Pin</button>")  # fmt: skip


def test_a_rise_is_blue_and_a_fall_orange_each_with_arrow_and_sign():
    up = tiles_html([tile("+3.2\u202f%")], LIGHT)
    down = tiles_html([tile("\u22123.2\u202f%")], LIGHT)
    assert "<b class='up'>\u25b2 +3.2\u202f%</b> on the previous 28 days" in up
    assert "<b class='down'>\u25bc \u22123.2\u202f%</b>" in down
    assert f".tiles b.up {{ color: {LIGHT.up}; }}" in up


def test_what_did_not_move_has_no_arrow():
    assert tile(None).direction == "level"
    assert "\u25b2" not in tiles_html([tile(None)], LIGHT)


def test_a_tile_can_be_reached_by_keyboard_and_names_the_exact_value():
    shown = tiles_html([tile(None)], DARK)
    assert "<a class='label' target='_self' href='/explore?m=net_sales' aria-description='Open in Explore'>" in shown
    assert "<b>350,055.08 in February</b><span>What the shop received.</span>" in shown


def test_labels_are_text_whatever_they_hold():
    assert "<script>" not in tiles_html([tile(None, label="<script>")], LIGHT)


def test_the_line_spans_its_box_highest_on_top():
    assert 'points="0.00,30.00 50.00,2.00 100.00,16.00"' in sparkline_svg([0, 100, 50], "#000000")
    assert 'points="0.00,16.00 100.00,16.00"' in sparkline_svg([5, 5], "#000000")
    assert sparkline_svg([], "#000000") == ""


def summary(totals, before=None):
    """The summary of two days, of which only the totals matter."""
    days = pd.to_datetime(["2017-12-30", "2017-12-31"])
    series = pd.DataFrame({"period": days, **{name: [NAN, NAN] for name in TILES}, "complete": True})
    return Summary(
        filters=Filters(),
        span=Span(date(2017, 12, 30), date(2018, 1, 1)),
        compared=Span(date(2017, 12, 28), date(2017, 12, 30)) if before else None,
        compared_words="the previous 2 days",
        note="",
        currency="USD",
        totals=dict.fromkeys(TILES, 1.0) | totals,
        before=dict.fromkeys(TILES, 1.0) | before if before else {},
        series=series,
        shown_at=7,
    )


@pytest.mark.parametrize("before", [None, {"discount_rate": 0.1}])
def test_an_undefined_ratio_is_a_dash_with_its_reason(before):
    shown = tile_of(summary({"discount_rate": NAN}, before), "discount_rate")
    assert (shown.figure, shown.change, shown.words) == ("\u2014", None, fmt.NOT_DEFINED)
    assert shown.hover[0] == f"{fmt.NOT_DEFINED} in 30\u201331 Dec 2017"
    assert "nan" not in tiles_html([shown], LIGHT)


def test_a_change_stands_before_its_words_and_no_change_is_said():
    moved = tile_of(summary({"net_sales": 103_200}, {"net_sales": 100_000}), "net_sales")
    assert (moved.change, moved.words) == ("+3.2\u202f%", "on the previous 2 days")
    level = tile_of(summary({"net_sales": 100_000}, {"net_sales": 100_000}), "net_sales")
    assert (level.change, level.words) == (None, "the same as the previous 2 days")
    new = tile_of(summary({"net_sales": 100_000}, {"net_sales": 0}), "net_sales")
    assert (new.change, new.words) == (None, "nothing to compare in the previous 2 days")


def test_without_a_comparison_a_tile_says_nothing_of_one():
    shown = tile_of(summary({"net_sales": 100_000}), "net_sales")
    assert (shown.figure, shown.change, shown.words) == ("$1.00K", None, "")
