from datetime import date

import pytest

from dashboard import format as fmt
from data.semantic.types import Grain, Unit

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (459_603_958, Unit.CENTS, "$4.60M"),
        (35_005_508, Unit.CENTS, "$350.06K"),
        (99_999, Unit.CENTS, "$999.99"),
        (100_000, Unit.CENTS, "$1.00K"),
        (99_999_999, Unit.CENTS, "$1.00M"),
        (99_999_400, Unit.CENTS, "$999.99K"),
        (99_999_999_999, Unit.CENTS, "$1.00B"),
        (123_456_789_012, Unit.CENTS, "$1.23B"),
        (-35_005_508, Unit.CENTS, "\u2212$350.06K"),
        (0, Unit.CENTS, "$0.00"),
        (2968.38, Unit.CENTS_RATIO, "$29.68"),
        (11_795, Unit.COUNT, "11,795"),
        (1_469_307, Unit.COUNT, "1.47M"),
        (0.1724, Unit.RATIO, "17.2\u202f%"),
        (8.456, Unit.NUMBER, "8.46"),
        (NAN, Unit.CENTS_RATIO, "\u2014"),
        (None, Unit.CENTS, "\u2014"),
    ],
)
def test_a_tile_says_the_figure_in_short(value, unit, expected):
    assert fmt.short(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (459_603_958, Unit.CENTS, "4,596,039.58"),
        (-5, Unit.CENTS, "\u22120.05"),
        (2968.385, Unit.CENTS_RATIO, "29.68"),
        (2968.5, Unit.CENTS_RATIO, "29.69"),
        (11_795, Unit.COUNT, "11,795"),
        (NAN, Unit.RATIO, "\u2014"),
    ],
)
def test_a_table_says_the_figure_in_full(value, unit, expected):
    assert fmt.exact(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (5_000_000, Unit.CENTS, "$50K"),
        (250_000_000, Unit.CENTS, "$2.5M"),
        (0, Unit.CENTS, "$0"),
        (50_050, Unit.CENTS, "$500.5"),
        (2_000, Unit.COUNT, "2,000"),
        (0.1, Unit.RATIO, "10.0\u202f%"),
    ],
)
def test_an_axis_drops_decimals_that_say_nothing(value, unit, expected):
    assert fmt.tick(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (46_300, Unit.CENTS, "463"),
        (1_050, Unit.CENTS, "11"),
        (3_124, Unit.CENTS_RATIO, "31.2"),
        (99_990_000, Unit.CENTS, "1.0M"),
        (1_234_500, Unit.CENTS, "12.3K"),
        (-45_678_900, Unit.CENTS, "\u2212457K"),
        (999, Unit.COUNT, "999"),
        (0.125, Unit.RATIO, "12.5\u202f%"),
        (None, Unit.COUNT, "\u2014"),
    ],
)
def test_where_there_is_hardly_room_three_digits_tell_a_figure(value, unit, expected):
    assert fmt.brief(value, unit) == expected


def test_another_currency_has_its_own_sign_or_its_code():
    assert fmt.short(120_000, Unit.CENTS, "EUR") == "€1.20K"
    assert fmt.short(120_000, Unit.CENTS, "CHF") == "CHF 1.20K"


@pytest.mark.parametrize(
    ("now", "before", "unit", "expected"),
    [
        (1032, 1000, Unit.CENTS, "+3.2\u202f% on the previous 28 days"),
        (968, 1000, Unit.CENTS, "\u22123.2\u202f% on the previous 28 days"),
        (100_001, 100_000, Unit.CENTS, "the same as the previous 28 days"),
        (5, 0, Unit.CENTS, "nothing to compare in the previous 28 days"),
        (NAN, 3.0, Unit.NUMBER, "nothing to compare in the previous 28 days"),
        (0.18, 0.172, Unit.RATIO, "+0.8 points on the previous 28 days"),
        (NAN, 0.172, Unit.RATIO, "nothing to compare in the previous 28 days"),
        (0.172, 0.172, Unit.RATIO, "the same as the previous 28 days"),
        (0.17, 0.172, Unit.RATIO, "\u22120.2 points on the previous 28 days"),
    ],
)
def test_a_change_is_said_in_words(now, before, unit, expected):
    assert fmt.change_in_words(now, before, of="the previous 28 days", unit=unit) == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2017-12-23", "2017-12-23", "23 Dec 2017"),
        ("2017-12-18", "2017-12-24", "18\u201324 Dec 2017"),
        ("2017-11-27", "2017-12-03", "27 Nov \u2013 3 Dec 2017"),
        ("2016-12-30", "2017-01-02", "30 Dec 2016 \u2013 2 Jan 2017"),
    ],
)
def test_a_range_of_days_repeats_nothing(first, last, expected):
    assert fmt.days(date.fromisoformat(first), date.fromisoformat(last)) == expected


@pytest.mark.parametrize(
    ("start", "grain", "expected"),
    [
        ("2017-12-18", Grain.WEEK, "W51 2017 (18\u201324 Dec)"),
        ("2018-12-31", Grain.WEEK, "W1 2019 (31 Dec \u2013 6 Jan)"),
        ("2017-02-01", Grain.MONTH, "Feb 2017"),
        ("2017-10-01", Grain.QUARTER, "Q4 2017"),
        ("2017-01-01", Grain.YEAR, "2017"),
        ("2017-01-01", Grain.DAY, "1 Jan 2017"),
    ],
)
def test_a_bucket_is_named_after_its_grain(start, grain, expected):
    assert fmt.bucket(date.fromisoformat(start), grain) == expected
