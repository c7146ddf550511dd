from dashboard.charts.palette import DARK, LIGHT
from dashboard.charts.sparkline import sparkline_svg
from dashboard.tiles import Tile, tiles_html


def tile(change, line=(), label="Net sales"):
    words = "on the previous 28 days"
    return Tile(label, "$350.06K", change, words, list(line), ("350,055.08 in February", "What the shop received."))


def test_a_rise_is_blue_and_a_fall_orange_each_with_arrow_and_sign():
    up = tiles_html([tile("+3.2\u202f%")], LIGHT)
    down = tiles_html([tile("\u22123.2\u202f%")], LIGHT)
    assert "<b class='up'>\u25b2 +3.2\u202f%</b> on the previous 28 days" in up
    assert "<b class='down'>\u25bc \u22123.2\u202f%</b>" in down
    assert f".tiles b.up {{ color: {LIGHT.up}; }}" in up


def test_what_did_not_move_has_no_arrow():
    assert tile("0.0\u202f%").direction == tile(None).direction == "level"
    assert "\u25b2" not in tiles_html([tile("0.0 points")], LIGHT)


def test_a_tile_can_be_reached_by_keyboard_and_names_the_exact_value():
    shown = tiles_html([tile(None)], DARK)
    assert "tabindex='0'" in shown
    assert "<b>350,055.08 in February</b><span>What the shop received.</span>" in shown


def test_labels_are_text_whatever_they_hold():
    assert "<script>" not in tiles_html([tile(None, label="<script>")], LIGHT)


def test_the_line_spans_its_box_highest_on_top():
    assert 'points="0.00,30.00 50.00,2.00 100.00,16.00"' in sparkline_svg([0, 100, 50], "#000000")
    assert 'points="0.00,16.00 100.00,16.00"' in sparkline_svg([5, 5], "#000000")
    assert sparkline_svg([], "#000000") == ""
