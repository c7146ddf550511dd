"""The usual range on charts: ribbon, rings and the words that say the same."""

import pandas as pd
import pytest

from dashboard.charts.lines import line_chart
from dashboard.charts.palette import DARK, LIGHT
from dashboard.charts.plot import Plot, plot_alt
from dashboard.charts.trend import Trend, trend_alt, trend_chart
from dashboard.charts.usual import Usual
from data.semantic.types import Grain, Unit

NAN = float("nan")
DAYS = pd.to_datetime(["2017-12-22", "2017-12-23", "2017-12-24", "2017-12-25"])


def usual(**more):
    frame = pd.DataFrame({
        "period": DAYS,
        "value": [300_000.0, 423_100.0, 290_000.0, 0.0],
        "usual": [310_000.0] * 4,
        "low": [301_000.0] * 4,
        "high": [369_000.0] * 4,
        "unusual": [True, True, False, False],
        "aside": ["", "", "the day before Christmas Day", "Christmas Day"],
        "near": ["", "2 days before Christmas Day", "", ""],
    })  # fmt: skip
    return Usual(frame, Unit.CENTS, Grain.DAY, **more)


def trend(band):
    frame = pd.DataFrame({"period": DAYS, "value": band.frame["value"], "before_period": pd.NaT, "before": NAN,
                          "complete": True})  # fmt: skip
    return Trend(frame, "Net sales", Unit.CENTS, Grain.DAY, "four days", usual=band)


def plot(band):
    frame = pd.DataFrame({"x": DAYS, "series": "", "value": band.frame["value"], "before": NAN, "kind": "member",
                          "mark": range(4), "complete": True})  # fmt: skip
    return Plot(frame, "Net sales", Unit.CENTS, "Day", "", Grain.DAY, "four days", usual=band)


def figures(band, colours):
    return [
        trend_chart(trend(band), pd.DataFrame(columns=["start_on", "name"]), colours),
        line_chart(plot(band), colours),
    ]


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_unusual_points_have_a_ring_and_the_ribbon_lies_behind(colours):
    for figure in figures(usual(), colours):
        ring = next(trace for trace in figure.data if trace.marker.symbol == "circle-open")
        assert list(ring.x) == list(DAYS[:2])
        assert ring.marker.color == colours.text
        assert figure.data[1].fill == "tonexty"
        assert list(figure.data[0].y) == [301_000.0] * 4
        assert figure.layout.yaxis.range[1] >= 423_100


def test_a_hover_says_how_a_point_lies_to_the_usual():
    words = figures(usual(), LIGHT)[0].data[-1].customdata
    assert "below the usual 3,010.00 to 3,690.00" in words[0]
    assert "above the usual 3,010.00 to 3,690.00; 2 days before Christmas Day" in words[1]
    assert "not judged: the day before Christmas Day" in words[2]
    assert "below the usual 3,010.00 to 3,690.00; not judged: Christmas Day" in words[3]
    assert "above the usual" in line_chart(plot(usual()), LIGHT).data[-1].customdata[1][1]


def test_the_note_and_the_text_alternative_name_the_days():
    assert usual().note.startswith("Ringed as unusual: 22 Dec, 23 Dec. The ribbon is the usual range")
    assert trend_alt(trend(usual())).endswith("Unusual: 22 Dec 2017, 23 Dec 2017.")
    assert plot_alt(plot(usual()), "line").endswith("Unusual: 22 Dec 2017, 23 Dec 2017.")


def test_where_nothing_can_be_judged_the_note_says_why_and_nothing_is_drawn():
    unknown = usual(why_not="it takes 56 whole days")
    unknown.frame[["usual", "low", "high"]] = NAN
    unknown.frame["unusual"] = False
    assert unknown.note == "No usual range: it takes 56 whole days."
    assert unknown.said(DAYS[0]) == ""
    for figure in figures(unknown, LIGHT):
        assert not [trace for trace in figure.data if trace.marker.symbol == "circle-open" and len(trace.x)]


def test_many_days_are_named_in_part():
    frame = pd.concat([usual().frame.iloc[:2]] * 5, ignore_index=True)
    assert "and 4 more" in Usual(frame, Unit.CENTS, Grain.DAY).note
