"""The figures of the curated pages, by their marks: what is drawn where, and what is said of it."""

import math

import pandas as pd
import pytest

from dashboard.charts.curve import Curve, curve_chart
from dashboard.charts.diverging import Movers, movers_alt, movers_chart
from dashboard.charts.grid import Grid, grid_alt, grid_chart
from dashboard.charts.multiples import Multiples, multiples_alt, multiples_chart
from dashboard.charts.palette import DARK, LIGHT, blend
from dashboard.charts.scatter import scatter_chart
from dashboard.charts.strokes import with_end
from data.semantic.types import Grain, Unit
from tests.unit.charts.test_plots import plot

MOVERS = Movers(
    pd.DataFrame([("Milk", 100.0, 600.0, 500.0), ("Bread", 900.0, 100.0, -800.0)], columns=["label", "before", "after", "change"]),
    "Net sales", "product", Unit.CENTS, "February against January",
)  # fmt: skip


def grid(rows, **more):
    frame = pd.DataFrame(rows, columns=["row", "column", "value", "words", "told"])
    return Grid(frame, "Attainment", ("MEAT", "DELI"), ("Jan", "Feb"), **more)


CELLS = grid([("MEAT", "Jan", 0.8, "80", "missed"), ("DELI", "Feb", 1.3, "130", "met")], middle=1.0, reach=0.2)


def test_gains_are_blue_losses_orange_and_both_have_an_arrow_and_a_sign():
    figure = movers_chart(MOVERS, LIGHT)
    assert list(figure.data[0].x) == [-800.0, 500.0]  # the first member at the top
    assert list(figure.data[0].marker.color) == [LIGHT.down, LIGHT.up]
    assert [note.text for note in figure.layout.annotations] == ["\u25bc \u2212$8.00", "\u25b2 +$5.00"]


def test_the_amounts_of_movers_stand_in_a_margin_of_their_own():
    figure = movers_chart(MOVERS, LIGHT)
    assert all(note.xref == "paper" and note.x == 1 for note in figure.layout.annotations)
    assert figure.layout.margin.r > 40


def test_who_moved_most_is_said():
    assert "Milk gained most: \u25b2 +$5.00; Bread lost most: \u25bc \u2212$8.00" in movers_alt(MOVERS)
    nothing = Movers(MOVERS.frame.iloc[:0], "Net sales", "product", Unit.CENTS, "")
    assert "Nothing moved" in movers_alt(nothing)
    assert not movers_chart(nothing, LIGHT).layout.annotations


def test_a_grid_has_a_cell_for_each_row_and_column_and_leaves_the_others_empty():
    cells = grid_chart(CELLS, LIGHT).data[0]
    assert [list(line) for line in cells.z] == [[0.8, None], [None, 1.3]]
    assert [list(line) for line in cells.text] == [["80", ""], ["", "130"]]
    assert "MEAT · Jan" in cells.customdata[0][0]


def test_a_grid_about_a_middle_is_orange_below_and_blue_above_it():
    cells = grid_chart(CELLS, LIGHT).data[0]
    assert (cells.zmin, cells.zmax) == (0.8, 1.2)
    assert [colour for _, colour in cells.colorscale] == [blend(LIGHT.down, LIGHT.ground, 0.45), LIGHT.grid,
                                                          blend(LIGHT.up, LIGHT.ground, 0.45)]  # fmt: skip


def test_a_wide_grid_writes_nothing_into_its_cells():
    columns = tuple(str(at) for at in range(40))
    wide = Grid(pd.DataFrame([("MEAT", "3", 1.0, "1", "")], columns=["row", "column", "value", "words", "told"]),
                "Days", ("MEAT",), columns, labels=(("3", "Jan"),))  # fmt: skip
    figure = grid_chart(wide, LIGHT)
    assert figure.data[0].text is None
    assert list(figure.layout.xaxis.ticktext) == ["Jan"]


def test_a_grid_of_days_writes_nothing_however_few_there_are():
    assert grid_chart(grid([("MEAT", "Jan", 1.0, "2 Jan 2017", "")], written=False), LIGHT).data[0].text is None


def test_the_strongest_and_the_weakest_cell_are_said():
    assert grid_alt(CELLS) == "Attainment: highest DELI, Feb, 130; lowest MEAT, Jan, 80."
    assert grid_alt(grid([])) == "Attainment: no value is defined."


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_words_on_the_strongest_cell_have_contrast(colours):
    for strongest in (colours.accent, colours.up, colours.down):
        assert contrast(colours.text, blend(strongest, colours.ground, 0.45)) >= 4.5


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def multiples(values, **more):
    rows = [(label, day, value, True) for label, line in values.items()
            for day, value in zip(("2017-01-02", "2017-01-09"), line, strict=True)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["label", "period", "value", "complete"])
    frame["period"] = pd.to_datetime(frame["period"]).astype("datetime64[s]")
    return Multiples(frame.astype({"value": "float64"}), "Net sales", Unit.CENTS, Grain.WEEK, **more)


def test_small_multiples_share_one_scale_from_zero():
    many = multiples({f"Store {at}": (100 * at, 50) for at in range(1, 6)}, totals={"Store 5": 55_000})
    figure = multiples_chart(many, LIGHT)
    ranges = {tuple(figure.layout[name].range) for name in ("yaxis", "yaxis2", "yaxis5")}
    assert len(ranges) == 1
    assert min(ranges)[0] == 0
    assert figure.layout.annotations[4].text == "Store 5<br><b>$550.00</b>"
    assert figure.layout.yaxis5.domain[1] < figure.layout.yaxis.domain[0]  # the fifth begins a second row


def test_the_highest_point_of_all_is_said():
    assert multiples_alt(multiples({"Store 1": (100, 900), "Store 2": (5, 6)})).endswith(
        "the highest is Store 1, $9.00, W2 2017 (9\u201315 Jan)."
    )
    assert multiples_alt(multiples({})) == "Net sales: nothing to draw."
    assert len(multiples_chart(multiples({}), LIGHT).data) == 0


def test_a_curve_of_concentration_begins_at_nothing_and_marks_its_classes():
    frame = pd.DataFrame({"x": [0.5, 1.0], "y": [0.9, 1.0], "told": ["1 product", "2 products"]})
    figure = curve_chart(Curve(frame, "Of all products", "Of net sales", ((0.8, "A: to 80 %"),)), LIGHT)
    equal, line, points = figure.data
    assert (list(equal.x), list(equal.y)) == ([0, 1], [0, 1])
    assert list(line.y) == [0, 0.9, 1]
    assert "90.0\u202f%" in points.customdata[1]
    assert figure.layout.shapes[0].y0 == 0.8


def test_names_of_a_scatter_lie_on_no_other_name_and_on_no_point():
    crowd = [(f"Store {at}", "", 100_000 + at, math.nan, "member") for at in range(30)]
    points = plot([*crowd, ("Far away", "", 900_000, math.nan, "member")], y=[0.5] * 30 + [0.9], y_label="Share",
                  y_unit=Unit.RATIO)  # fmt: skip
    named = [text for text in scatter_chart(points, LIGHT).data[0].text if text]
    assert named == ["Store 29", "Far away"]  # of the crowd, the one that sells most


def test_a_long_name_keeps_the_part_that_tells_it_apart():
    assert with_end("FLUID MILK WHITE ONLY, no. 995242", 24) == "FLUID MILK W\u2026 no. 995242"
    assert with_end("MILK, no. 1", 24) == "MILK, no. 1"
    assert with_end("A name without any parts to keep", 10) == "A name wi\u2026"
