"""The waterfall: totals at both ends, parts that float between, an axis that is broken only where it must be."""

import pandas as pd
import pytest

from dashboard.charts.palette import LIGHT
from dashboard.charts.waterfall import Waterfall, waterfall_alt, waterfall_chart


def waterfall(before, *amounts, selected=None):
    rows = [(at, f"Part {at}", float(value), f"{value:+}", "edit by meg") for at, value in enumerate(amounts, 1)]
    frame = pd.DataFrame(rows, columns=["key", "label", "amount", "words", "told"])
    after = before + sum(amounts)
    ends = (("Revision 1", float(before), str(before)), ("Revision 9", float(after), str(after)))
    return Waterfall(frame, "Net sales", ends, selected)


def bars(drawn):
    return [trace for trace in waterfall_chart(drawn, LIGHT).data if trace.type == "bar"]


def test_each_part_begins_where_the_one_before_it_ended():
    totals, parts = bars(waterfall(100, 50, -120, 20))
    assert list(parts.base) == [100, 150, 30]
    assert list(parts.x) == [50, -120, 20]
    assert [parts.base[-1] + parts.x[-1], totals.x[-1] + totals.base[-1]] == [50, 50]
    assert list(totals.x) == [100, 50]


def test_the_first_total_stands_above_the_parts_and_the_last_below():
    totals, parts = bars(waterfall(100, 50, -120))
    assert [totals.y[0], *parts.y, totals.y[1]] == [3, 2, 1, 0]


def test_more_is_blue_and_less_is_orange():
    _, parts = bars(waterfall(100, 50, -120, 0))
    assert list(parts.marker.color) == [LIGHT.up, LIGHT.down, LIGHT.up]


def test_a_click_gives_the_key_of_a_part_and_none_of_a_total():
    totals, parts = bars(waterfall(100, 50, -120))
    assert [data[0] for data in parts.customdata] == [1, 2]
    assert [data[0] for data in totals.customdata] == [None, None]


@pytest.mark.parametrize(
    ("drawn", "broken"),
    [
        (waterfall(100, 50, -120), False),
        (waterfall(1_000_000, 50, -120), True),
        (waterfall(100, -300, 200), False),
        (waterfall(1_000_000), False),
        (waterfall(0, 50), False),
    ],
)
def test_the_axis_is_broken_where_parts_would_be_too_thin(drawn, broken):
    assert drawn.is_broken is broken
    figure = waterfall_chart(drawn, LIGHT)
    assert any("//" in str(trace.text) for trace in figure.data) is broken
    low, high = figure.layout.xaxis.range
    assert low <= min(0, *drawn.levels) if not broken else 0 < low < min(drawn.levels)
    assert high > max(drawn.levels) or high == pytest.approx(max(drawn.levels)) or not any(drawn.levels)
    totals, _ = bars(drawn)
    assert [base + x for base, x in zip(totals.base, totals.x, strict=True)] == [drawn.levels[0], drawn.levels[-1]]


def test_names_are_drawn_as_they_stand():
    drawn = waterfall(1, 2)
    drawn.frame["label"] = ["<b>bold</b>"]
    assert "&lt;b&gt;" in waterfall_chart(drawn, LIGHT).layout.yaxis.ticktext[1]


def test_the_finding_is_said():
    assert waterfall_alt(waterfall(100, 50, -120)) == (
        "Net sales: 100 (Revision 1), then 30 (Revision 9). 2 parts moved it; most did Part 2, -120."
    )
    assert waterfall_alt(waterfall(100, 50)).endswith("One part moved it: Part 1, +50.")
    assert waterfall_alt(waterfall(100)).endswith("No part moved it.")
