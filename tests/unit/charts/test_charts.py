"""What the figures hold, read from the figures themselves; how they look is for the screenshots."""

from datetime import date

import pandas as pd
import pytest

from dashboard.charts.events import numbered_events
from dashboard.charts.layout import SIZE, figure_of, round_ticks, text_px
from dashboard.charts.palette import DARK, LIGHT, member_colours, palette
from dashboard.charts.ranking import ROWS, Ranking, others_note, ranking_alt, ranking_chart
from dashboard.charts.sparkline import sparkline, sparkline_alt
from dashboard.charts.trend import Trend, incomplete_note, trend_alt, trend_chart
from dashboard.charts.value_axis import value_axis
from data.semantic.types import Grain, Unit

NAN = float("nan")
NO_EVENTS = pd.DataFrame({"name": [], "kind": [], "start_on": pd.to_datetime([]), "end_on": pd.to_datetime([])})


def trend(values, before=None, *, grain=Grain.DAY, first="2017-12-18", complete=None, **words):
    step = {"day": "D", "week": "7D", "month": "MS"}[grain]
    periods = pd.date_range(first, periods=len(values), freq=step).astype("datetime64[s]")
    earlier = pd.date_range("2017-11-20", periods=len(values), freq=step).astype("datetime64[s]")
    frame = pd.DataFrame(
        {
            "period": periods,
            "value": pd.Series(values, dtype="float64"),
            "before_period": earlier,
            "before": pd.Series(before or [NAN] * len(values), dtype="float64"),
            "complete": pd.Series(complete or [True] * len(values), dtype="bool"),
        }
    )
    return Trend(frame, "Net sales", Unit.CENTS, grain, "the last days", **words)


def ranking(rows, **words):
    frame = pd.DataFrame(rows, columns=["key", "label", "value", "before"])
    return Ranking(
        frame.astype({"value": "float64", "before": "float64"}), "Net sales", "department", Unit.CENTS, **words
    )


def test_the_comparison_lies_behind_the_period():
    figure = trend_chart(trend([100, 200], [50, 300], comparison="the days before"), NO_EVENTS, LIGHT)
    assert figure.data[0].line.color == LIGHT.comparison
    assert figure.data[1].line.color == LIGHT.accent
    assert list(figure.data[0].y) == [50, 300]


def test_room_for_labels_that_are_known_is_not_left_to_the_browser():
    axis = {"tickvals": [0, 1], "ticktext": ["a", "a longer &lt;name&gt;"]}
    known = figure_of([], LIGHT, height=90, x={"visible": False}, y=axis, margin={"l": 5}).layout
    assert not known.xaxis.automargin
    assert not known.yaxis.automargin
    assert text_px("a longer <name>") < known.margin.l - 5 < text_px("a longer <name>") + 10
    assert known.margin.b == 0
    found_out = figure_of([], LIGHT, height=90, x=axis, y={**axis, "title": {"text": "Share"}}).layout
    assert found_out.xaxis.automargin
    assert found_out.yaxis.automargin
    two_lines = {**axis, "ticktext": ["4 Dec<br>2017", "11 Dec"], "tickangle": 0}
    below = figure_of([], LIGHT, height=90, x=two_lines, y={"visible": False}).layout.margin
    assert 2 * SIZE < below.b < 4 * SIZE
    assert below.r >= text_px("11 Dec") / 2


def test_no_comparison_draws_no_grey_line():
    figure = trend_chart(trend([100, 200]), NO_EVENTS, LIGHT)
    assert [trace.mode for trace in figure.data] == ["lines", "markers"]


def test_a_hover_says_both_values_in_full_and_the_change():
    figure = trend_chart(trend([12_345_67, 200], [10_000_00, 300], comparison="before"), NO_EVENTS, LIGHT)
    assert figure.data[-1].customdata[0] == (
        "<b>18 Dec 2017</b><br>12,345.67<br>20 Nov 2017: 10,000.00<br>+23.5\u202f%"
    )


def test_a_week_that_the_period_cuts_off_is_dotted_hollow_and_said():
    cut = trend([100, 700, 800, 300], grain=Grain.WEEK, complete=[False, True, True, False])
    figure = trend_chart(cut, NO_EVENTS, LIGHT)
    assert [trace.line.dash for trace in figure.data[:-1]] == ["solid", "dot", "dot"]
    assert list(figure.data[0].y) == [700, 800]
    assert figure.data[-1].marker.color[0] == LIGHT.ground
    assert "lowest $7.00, W52 2017" in trend_alt(cut)
    assert incomplete_note(cut).startswith("W51 2017 (18\u201324 Dec) and W2 2018 (8\u201314 Jan) are only partly")


def test_events_are_numbered_marks_at_their_bucket():
    events = pd.DataFrame(
        {
            "name": ["Christmas Eve", "Christmas Day", "Before it all"],
            "start_on": pd.to_datetime(["2017-12-24", "2017-12-25", "2017-12-01"]),
        }
    )
    figure = trend_chart(trend([1, 2, 3], grain=Grain.WEEK, first="2017-12-18"), events, LIGHT)
    marks = {
        shape.x0.date(): note.text for shape, note in zip(figure.layout.shapes, figure.layout.annotations, strict=False)
    }
    assert marks == {date(2017, 12, 18): "1", date(2017, 12, 25): "2"}
    assert numbered_events(events)[0] == (1, date(2017, 12, 24), "Christmas Eve")


def test_an_event_of_a_region_or_store_is_listed_with_its_place():
    dates = pd.to_datetime(["2017-12-24", "2017-12-25"])
    events = pd.DataFrame({"name": ["Fair", "Christmas Day"], "start_on": dates, "place": ["North", ""]})
    assert [words for _, _, words in numbered_events(events)] == ["Fair (North)", "Christmas Day"]


def test_the_axis_starts_at_zero_and_is_written_short():
    figure = trend_chart(trend([900_000, 1_450_000]), NO_EVENTS, LIGHT)
    assert list(figure.layout.yaxis.ticktext) == ["$0", "$5K", "$10K", "$15K"]
    assert figure.layout.yaxis.range[0] == 0


def test_returns_below_zero_are_drawn_below_zero():
    figure = trend_chart(trend([100_000, -50_000]), NO_EVENTS, LIGHT)
    assert figure.layout.yaxis.range[0] <= -50_000


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_trend_of_few_buckets_draws(count):
    drawn = trend_chart(trend([100] * count, complete=[False] * count or None), NO_EVENTS, DARK)
    assert len(drawn.data[-1].x) == count


def test_the_words_of_a_trend_state_its_finding():
    text = trend_alt(trend([100_000, 300_000, 200_000], [150_000, 100_000, 100_000], comparison="the days before"))
    assert text == (
        "Net sales by day, the last days: highest $3.00K, 19 Dec 2017; lowest $1.00K, 18 Dec 2017. "
        "Above the days before in 2 of 3."
    )


def test_the_words_of_an_empty_trend_say_so():
    assert trend_alt(trend([])) == "Net sales, the last days: nothing was sold."


def test_bars_run_from_zero_largest_on_top_with_their_change():
    figure = ranking_chart(
        ranking([("A", "Grocery", 300_000, 200_000), ("B", "Deli", 100_000, 125_000)], comparison="before"), LIGHT
    )
    assert list(figure.data[0].x) == [100_000, 300_000]
    assert list(figure.layout.yaxis.ticktext) == ["Deli", "Grocery"]
    assert figure.layout.xaxis.range[0] == 0
    assert "\u25b2 +50.0\u202f%" in figure.data[-1].text[1]
    assert "\u25bc \u221220.0\u202f%" in figure.data[-1].text[0]
    assert list(figure.data[1].x) == [125_000, 200_000, 125_000, 200_000]
    assert list(figure.data[-1].x) == [125_000, 300_000]


def test_a_bar_carries_its_key_for_the_click():
    figure = ranking_chart(ranking([(367, "Store 367", 5, 4)]), LIGHT)
    assert figure.data[0].customdata[0][0] == 367


def test_the_words_of_a_bar_have_room_beside_it_and_the_bar_has_the_rest():
    plain = ranking_chart(ranking([("A", "A", 300_000, 1)]), LIGHT)
    compared = ranking_chart(ranking([("A", "A", 300_000, 1_000)], comparison="before"), LIGHT)
    assert plain.layout.xaxis.range[1] == 300_000
    assert plain.layout.margin.r < compared.layout.margin.r
    assert compared.layout.margin.r > len("$3.00K  \u25b2 +29,900.0\u202f%") * 6


def test_only_the_selected_bar_keeps_the_accent():
    figure = ranking_chart(ranking([("A", "A", 3, 1), ("B", "B", 2, 1)], selected=["B"]), LIGHT)
    assert list(figure.data[0].marker.color) == [LIGHT.accent, LIGHT.accent_soft]


def test_a_selected_member_is_shown_however_small_and_the_rest_is_said():
    many = [(number, f"Store {number}", 100_00 - number, 1) for number in range(40)]
    shown = ranking(many, selected=[39])
    assert list(shown.shown["key"]) == [*range(ROWS), 39]
    assert others_note(shown).startswith("29 more with $2.89K together")


def test_the_words_of_a_ranking_name_the_leader_and_the_largest_move():
    text = ranking_alt(
        ranking([("A", "Grocery", 300_000, 290_000), ("B", "Deli", 100_000, 150_000)], comparison="before")
    )
    assert text == "Net sales by department: Grocery leads with $3.00K (75.0\u202f%). Deli lost most: $500.00."
    assert ranking_alt(ranking([])) == "Net sales by department: nothing was sold."
    assert ranking_chart(ranking([]), LIGHT).data[0].x.size == 0


def test_a_sparkline_has_no_holes_and_says_its_range():
    frame = pd.DataFrame({"period": pd.date_range("2017-12-01", periods=4), "share": [NAN, 0.2, NAN, 0.3]})
    assert sparkline(frame, "share") == [0.2, 0.2, 0.2, 0.3]
    assert sparkline_alt(frame, "share", unit=Unit.RATIO, grain=Grain.DAY) == (
        "By day: lowest 20.0\u202f%, 2 Dec 2017; highest 30.0\u202f%, 4 Dec 2017"
    )
    assert sparkline(frame.head(1), "share") == []
    assert sparkline_alt(frame.head(2), "share", unit=Unit.RATIO, grain=Grain.DAY) == ""


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [(0, [0]), (9, [0, 2.5, 5, 7.5, 10]), (100, [0, 25, 50, 75, 100]), (1_450_000, [0, 500_000, 1_000_000, 1_500_000])],
)
def test_ticks_are_round_and_reach_the_highest(highest, ticks):
    assert round_ticks(highest) == ticks


def test_ticks_keep_one_step_on_both_sides_of_zero():
    assert round_ticks(145, -33) == [-50, 0, 50, 100, 150]
    assert round_ticks(0, -7) == [-8, -6, -4, -2, 0]


@pytest.mark.parametrize("unit", [Unit.CENTS, Unit.CENTS_RATIO, Unit.COUNT, Unit.RATIO, Unit.NUMBER])
@pytest.mark.parametrize("highest", [0.0004, 0.02, 1, 3, 47, 99_999])
def test_no_two_ticks_are_written_alike(unit, highest):
    words = value_axis(pd.Series([highest]), unit=unit, currency="USD", colours=LIGHT)["ticktext"]
    assert len(set(words)) == len(words)


def test_whole_things_have_whole_ticks():
    axis = value_axis(pd.Series([10]), unit=Unit.COUNT, currency="USD", colours=LIGHT)
    assert axis["ticktext"] == ["0", "5", "10"]


def _luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one, other):
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_4_5_to_1_and_marks_3_to_1(dark):
    colours = palette(dark=dark)
    for text in (colours.text, colours.muted, colours.accent, colours.up, colours.down):
        assert _contrast(text, colours.ground) >= 4.5, text
    for mark in (colours.comparison, *colours.categories):
        assert _contrast(mark, colours.ground) >= 3, mark


def test_a_member_has_its_colour_on_every_page():
    whole = member_colours(["GROCERY", "MEAT", "DELI"], LIGHT)
    assert len(set(whole.values())) == 3
    assert member_colours(["GROCERY"], LIGHT) == {"GROCERY": whole["GROCERY"]}
    alone = {key: member_colours([key], LIGHT)[key] for key in range(50)}
    assert set(alone.values()) == set(LIGHT.categories)


def test_eight_members_have_eight_colours_and_the_others_are_grey():
    given = member_colours(range(10), DARK)
    assert len({given[key] for key in range(8)}) == 8
    assert given[8] == given[9] == DARK.comparison
