"""The figures of Explore, by their marks: values, order, what a click gives back, and what is said of them."""

import math
from itertools import pairwise

import pandas as pd
import pytest

from dashboard.charts.bars import bar_chart
from dashboard.charts.heatmap import heatmap_chart
from dashboard.charts.lines import area_chart, line_chart
from dashboard.charts.palette import LIGHT
from dashboard.charts.plot import Plot, plot_alt
from dashboard.charts.scatter import scatter_chart
from data.semantic.types import Grain, Unit

NAN = float("nan")


def plot(rows, *, grain=None, comparison=None, unit=Unit.CENTS, **more):
    """A plot of (x, series, value, before, kind) rows."""
    frame = pd.DataFrame(rows, columns=["x", "series", "value", "before", "kind"])
    if grain is not None:
        frame["x"] = pd.to_datetime(frame["x"]).astype("datetime64[s]")
    frame = frame.astype({"value": "float64", "before": "float64"}).assign(mark=range(len(frame)), complete=True)
    if "y" in more:
        frame["y"] = more.pop("y")
    return Plot(frame, "Net sales", unit, "Store", "Brand", grain, "Feb 2017", comparison, **more)


STORES = plot([("Store 1", "", 500_000, 400_000, "member"), ("Store 2", "", 100_000, NAN, "member"),
               ("Others", "", 900_000, 900_000, "others")], comparison="the month before")  # fmt: skip
WEEKS = plot(
    [(day, name, value, NAN, kind) for name, kind, values in (("A", "member", (1, 2, 9)), ("Others", "others", (5, 5, 5)),
     ("B", "member", (3, 3, 9))) for day, value in zip(("2017-01-02", "2017-01-09", "2017-01-16"), values, strict=True)],
    grain=Grain.WEEK,
)  # fmt: skip


def marks_of(figure):
    return [point[0] for trace in figure.data if trace.customdata is not None for point in trace.customdata]


def test_bars_lie_in_the_order_given_and_give_their_mark_back():
    figure = bar_chart(STORES, LIGHT)
    bars = figure.data[0]
    assert list(bars.x) == [500_000, 100_000, 900_000]
    assert list(figure.layout.yaxis.categoryarray) == ["Others", "Store 2", "Store 1"]
    assert marks_of(figure) == [0, 1, 2]
    assert list(bars.marker.color) == [LIGHT.accent, LIGHT.accent, LIGHT.comparison]


def test_the_comparison_is_a_tick_where_there_is_one():
    ticks = bar_chart(STORES, LIGHT).data[1]
    assert list(ticks.x) == [400_000, 900_000]


def test_bars_stand_over_time_and_stack():
    figure = bar_chart(WEEKS, LIGHT, stacked=True)
    assert figure.layout.barmode == "stack"
    assert [trace.name for trace in figure.data] == ["A", "B", "Others"]
    assert figure.layout.yaxis.range[1] >= 23


def test_each_line_is_named_at_its_end_and_no_names_meet():
    figure = line_chart(WEEKS, LIGHT)
    ends = {label.text.split("\xa0")[-1]: label.y for label in figure.layout.annotations}
    assert set(ends) == {"A", "B", "Others"}
    low, high = figure.layout.yaxis.range
    places = sorted(ends.values())
    assert all(right - left > (high - low) * 0.03 for left, right in pairwise(places))


def test_one_line_has_its_comparison_behind_it():
    figure = line_chart(plot([("2017-01-01", "", 5, 4, "member"), ("2017-02-01", "", 6, 7, "member")],
                             grain=Grain.MONTH, comparison="target", target=True), LIGHT)  # fmt: skip
    behind = figure.data[0]
    assert (list(behind.y), behind.line.dash, behind.line.color) == ([4, 7], "dash", LIGHT.comparison)
    assert marks_of(figure) == [0, 1]


def test_a_comparison_of_one_bucket_is_a_point():
    one = line_chart(plot([("2017-01-01", "", 5, 4, "member")], grain=Grain.MONTH, comparison="before"), LIGHT)
    assert (one.data[0].mode, list(one.data[0].marker.size)) == ("lines+markers", [6])


def test_on_a_narrow_page_the_names_stand_above_the_lines():
    wide, narrow = line_chart(WEEKS, LIGHT), line_chart(WEEKS, LIGHT, narrow=True)
    assert (wide.layout.title.text, len(narrow.layout.annotations)) == (None, 0)
    assert all(f"\xa0{name}" in narrow.layout.title.text for name in "AB")
    assert narrow.layout.margin.r < wide.layout.margin.r


def test_lines_and_areas_without_any_value_say_so():
    nothing = plot([("2017-01-01", "", NAN, NAN, "member")], grain=Grain.MONTH)
    assert "No value" in line_chart(nothing, LIGHT).layout.annotations[0].text


def test_areas_fade_towards_a_bucket_that_is_cut_off():
    WEEKS.frame.loc[WEEKS.frame["x"] == "2017-01-16", "complete"] = False
    veil = area_chart(WEEKS, LIGHT).layout.shapes
    WEEKS.frame["complete"] = True
    assert [(str(shape.x0)[:10], str(shape.x1)[:10]) for shape in veil] == [("2017-01-09", "2017-01-16")]
    assert not area_chart(WEEKS, LIGHT).layout.shapes


def test_an_area_can_be_pointed_at_and_clicked():
    for trace in area_chart(WEEKS, LIGHT).data:
        assert "markers" in trace.mode
        assert [point[0] for point in trace.customdata] == list(
            WEEKS.frame.loc[WEEKS.frame["series"] == trace.name, "mark"]
        )


def test_areas_add_up():
    figure = area_chart(WEEKS, LIGHT)
    assert {trace.stackgroup for trace in figure.data} == {"all"}
    assert figure.layout.yaxis.range[1] >= 23


def test_a_heatmap_has_the_cells_of_the_table():
    cells = plot(
        [("Store 1", "A", 1, NAN, "member"), ("Store 1", "B", 2, NAN, "member"), ("Store 2", "A", 3, NAN, "member")]
    )
    heat, picks = heatmap_chart(cells, LIGHT).data
    assert [list(line) for line in heat.z] == [[1, 2], [3, None]]
    assert [point[0] for point in picks.customdata] == [0, 1, 2]
    assert list(picks.text) == ["$0.01", "$0.02", "$0.03"]


def test_a_scatter_leaves_out_what_is_not_defined():
    points = plot([("Store 1", "", 1, NAN, "member"), ("Store 2", "", 2, NAN, "member")], y=[0.5, NAN],
                  y_label="Discount rate", y_unit=Unit.RATIO)  # fmt: skip
    figure = scatter_chart(points, LIGHT)
    assert marks_of(figure) == [0]
    assert "Discount rate: 50.0" in figure.data[0].customdata[0][1]


@pytest.mark.parametrize("chart", [line_chart, area_chart, bar_chart, heatmap_chart, scatter_chart])
@pytest.mark.parametrize("values", [[NAN], [0.0], [-5.0], [NAN, NAN], [0.0, 7.0]])
def test_odd_values_are_drawn_without_an_error(chart, values):
    for grain, places in ((None, ("a", "b")), (Grain.QUARTER, ("2017-01-01", "2017-04-01"))):
        rows = [(places[at], "", value, NAN, "member") for at, value in enumerate(values)]
        figure = chart(plot(rows, grain=grain, y=values), LIGHT)
        assert all(math.isfinite(bound) for bound in figure.layout.yaxis.range or ())


def test_the_alternative_says_the_finding_and_no_others():
    assert plot_alt(STORES, "bar") == (
        "Net sales by store and brand, Feb 2017, as bars: highest $5.00K, Store 1; lowest $1.00K, Store 2. "
        "Above the month before in 1 of 2."
    )
    assert plot_alt(plot([("a", "", NAN, NAN, "member")]), "bar") == "Net sales, Feb 2017: no value is defined."


def test_the_alternative_counts_the_series_and_passes_over_what_is_cut_off():
    WEEKS.frame.loc[WEEKS.frame["x"] == "2017-01-16", "complete"] = False
    words = plot_alt(WEEKS, "area")
    WEEKS.frame["complete"] = True
    assert words.startswith("Net sales by store and brand, Feb 2017, as areas of 3 series: highest $0.03, B, W1 2017")


def test_the_alternative_of_one_mark_says_its_change():
    one = plot([("a", "", 110, 100, "member")], comparison="target")
    assert plot_alt(one, "bar").endswith(": $1.10, a. +10.0\u202f% on target.")


def test_places_keep_their_order_though_a_series_lacks_some_of_them():
    gaps = plot([("b", "A", 9, NAN, "member"), ("d", "A", 8, NAN, "member"), ("Others", "A", 8, NAN, "others"),
                 ("a", "B", 7, NAN, "member"), ("b", "B", 7, NAN, "member"), ("c", "B", 7, NAN, "member"),
                 ("d", "B", 7, NAN, "member"), ("e", "B", 7, NAN, "member"), ("e", "Others", 1, NAN, "others")])  # fmt: skip
    assert gaps.places() == ["a", "b", "c", "d", "e", "Others"]
    assert WEEKS.places() == sorted(WEEKS.places())


def test_a_name_is_drawn_as_it_stands():
    odd = plot([("<a href='https://example.org'>R&D", "", 1, NAN, "member")])
    said = odd.marked(odd.frame)[0][1]
    assert said.startswith("<b>&lt;a href='https://example.org'&gt;R&amp;D</b>")


def test_the_others_are_grey_and_one_series_has_the_accent():
    assert WEEKS.colours(LIGHT)["Others"] == LIGHT.comparison
    assert len(set(WEEKS.colours(LIGHT).values())) == 3
    assert STORES.colours(LIGHT) == {"": LIGHT.accent}
