"""What the values of a file may be: each kind reads what it should and says which rule a value breaks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.loading import instants
from data.loading.checks import Reading
from data.loading.instants import Day, Instant, LastDay, Month
from data.loading.mapping import Mapping
from data.loading.numbers import Money, Whole
from data.loading.texts import Flag, Text

NEW_YORK = Reading(Mapping(), "America/New_York")
COMMA = Reading(Mapping(decimal=","), "America/New_York")
QUANTITY = Whole(0, 2**31 - 1, pa.int32())
KEY = Whole(1, 2**63 - 1, pa.int64())
CENTS = Money(-(2**31) + 1, 2**31 - 1, pa.int32())


def check(kind, values, reading=NEW_YORK, of=None):
    """The values read, and for each value the rules that it broke."""
    checked = kind.check(pa.array(values, of), reading)
    faults = [[rule for rule, rows in checked.broken if rows[place]] for place in range(len(values))]
    return checked.values.to_pylist(), faults


def fault(kind, value, reading=NEW_YORK, of=None):
    values, faults = check(kind, [value], reading, of)
    assert values == [None]
    return faults[0]


@pytest.mark.parametrize("value", ["0", "7", " 7 ", "+7", "2147483647", "007"])
def test_whole_numbers_are_read(value):
    assert check(QUANTITY, [value]) == ([int(value)], [[]])


@pytest.mark.parametrize("value", ["x", "1.0", "0x10", "1e3", "1_000", "1,000", "--1", "٣"])
def test_what_is_no_whole_number_is_refused(value):
    assert fault(QUANTITY, value) == ["must be a whole number"]


@pytest.mark.parametrize("value", ["-1", "2147483648", "9" * 19, "9" * 38])
def test_a_number_out_of_range_is_refused(value):
    assert fault(QUANTITY, value) == ["must lie between 0 and 2147483647"]


def test_the_largest_number_is_read_beside_broken_ones():
    assert check(KEY, ["9223372036854775807", "9223372036854775808", "x"])[0] == [2**63 - 1, None, None]


def test_numbers_of_parquet_are_read():
    assert check(QUANTITY, [1, 2**40], of=pa.int64())[0] == [1, None]
    assert check(QUANTITY, [1, None], of=pa.int16())[0] == [1, None]
    assert check(KEY, [1, 2**64 - 1], of=pa.uint64())[0] == [1, None]
    assert check(QUANTITY, [3.0, 2.5, 1e30, float("nan"), None])[0] == [3, None, None, None, None]
    assert check(QUANTITY, [Decimal("4.00"), Decimal("4.50")])[0] == [4, None]
    assert fault(QUANTITY, True) == ["must be a whole number"]


def test_an_empty_value_breaks_no_rule_of_a_kind():
    for kind in (QUANTITY, CENTS, Instant(), Day(), Month(), Flag(), Text()):
        assert check(kind, ["", "  ", None], of=pa.string()) == ([None] * 3, [[]] * 3)


@pytest.mark.parametrize(
    ("value", "cents"),
    [("1.5", 150), ("-0.01", -1), (".5", 50), ("5.", 500), ("+2.25", 225), (" 3 ", 300), ("1.500", 150), ("0", 0)],
)
def test_amounts_are_read_as_cents(value, cents):
    assert check(CENTS, [value])[0] == [cents]
    assert check(CENTS, [value, "x"])[0] == [cents, None]


@pytest.mark.parametrize("value", ["1.005", "1e2", "1,50", "1 000", "$5", "abc", ".", "1.2.3"])
def test_what_is_no_exact_amount_is_refused(value):
    assert fault(CENTS, value) == ["must be an amount with at most two decimals and a decimal point"]


def test_a_decimal_comma_is_read_only_where_it_is_mapped():
    assert check(CENTS, ["1,50", "2", "-0,5"], COMMA)[0] == [150, 200, -50]
    rule = "must be an amount with at most two decimals and a decimal comma"
    assert fault(CENTS, "1.50", COMMA) == fault(CENTS, "1.234,50", COMMA) == [rule]


@pytest.mark.parametrize("value", ["21474836.48", "-99999999999", "9" * 30])
def test_an_amount_too_large_for_the_column_is_refused(value):
    assert fault(CENTS, value) == ["must lie between -21474836.47 and 21474836.47"]


def test_floats_must_be_within_a_millionth_of_a_cent():
    assert check(CENTS, [0.1, 4.300000000000001, 19.99, -0.07])[0] == [10, 430, 1999, -7]
    for value in (1.005, 0.1 + 2e-8, float("nan"), float("inf")):
        assert fault(CENTS, value) == ["must be an amount with at most two decimals"]


def test_decimals_and_integers_of_parquet_are_exact():
    assert check(CENTS, [Decimal("1.10"), None])[0] == [110, None]
    assert check(CENTS, [Decimal("1.1000"), Decimal("1.0050")])[0] == [110, None]
    assert check(CENTS, [3, -4], of=pa.int32())[0] == [300, -400]
    assert fault(CENTS, True) == ["must be an amount with at most two decimals"]


@given(st.lists(st.integers(-(2**31) + 1, 2**31 - 1), min_size=1))
def test_every_amount_of_cents_survives_its_text_and_its_float(amounts):
    texts = [f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}" for cents in amounts]
    assert check(CENTS, texts)[0] == amounts
    assert check(CENTS, [*texts, "x"])[0] == [*amounts, None]
    assert check(CENTS, [cents / 100 for cents in amounts])[0] == amounts


def test_a_time_without_a_zone_is_business_time():
    expected = [datetime(2017, 1, 1, 16, 53, 26, tzinfo=UTC), datetime(2017, 7, 1, 4, tzinfo=UTC)]
    assert check(Instant(), ["2017-01-01 11:53:26", "2017-07-01"])[0] == expected
    assert check(Instant(), [datetime(2017, 1, 1, 11, 53, 26), datetime(2017, 7, 1)])[0] == expected  # noqa: DTZ001
    assert check(Instant(), [date(2017, 7, 1)])[0] == expected[1:]


def test_a_time_with_a_zone_is_converted():
    values = ["2017-01-01T00:00:00Z", "2017-01-01 01:30:00.5+01:00", "2016-12-31T19:00:00-0500", "2016-12-31 19:00"]
    midnight = datetime(2017, 1, 1, tzinfo=UTC)
    half_past = midnight + timedelta(minutes=30, seconds=0.5)
    assert check(Instant(), values)[0] == [midnight, half_past, midnight, midnight]
    assert check(Instant(), [midnight], of=pa.timestamp("ns", "Asia/Tokyo"))[0] == [midnight]


def test_the_mapping_names_another_zone_and_format():
    berlin = Reading(Mapping(date_format="%d.%m.%Y %H:%M", time_zone="Europe/Berlin"), "America/New_York")
    assert check(Instant(), ["01.02.2017 10:00"], berlin)[0] == [datetime(2017, 2, 1, 9, tzinfo=UTC)]
    assert fault(Instant(), "2017-02-01", berlin) == ["must be a time written as %d.%m.%Y %H:%M"]
    zoned = Reading(Mapping(date_format="%Y%m%d%H%M%z"), "America/New_York")
    assert check(Instant(), ["201702011000+0100"], zoned)[0] == [datetime(2017, 2, 1, 9, tzinfo=UTC)]


def test_a_time_that_clocks_skipped_is_refused():
    assert fault(Instant(), "2017-03-12 02:30:00") == [
        "is a time that does not exist in America/New_York: clocks went forward"
    ]


def test_a_time_that_clocks_showed_twice_is_the_first_of_the_two():
    assert check(Instant(), ["2017-11-05 01:30:00"])[0] == [datetime(2017, 11, 5, 5, 30, tzinfo=UTC)]


@pytest.mark.parametrize(
    "value", ["2017-02-30 10:00", "25:00", "yesterday", "01/02/2017", "20170101", "2017-01-01 99:00"]
)
def test_what_is_no_time_is_refused(value):
    assert fault(Instant(), value) == ["must be a time written as 2017-03-12 14:30:00, with or without a zone"]


def test_a_number_is_no_time():
    assert len(fault(Instant(), 20170101)) == 1


def test_times_before_1990_and_after_tomorrow_are_refused(monkeypatch):
    monkeypatch.setattr(instants, "now", lambda: datetime(2017, 6, 1, tzinfo=UTC))
    assert fault(Instant(), "1989-12-31 10:00") == ["must lie between 1990-01-01 and tomorrow"]
    assert fault(Instant(), "2017-06-03 10:00") == ["must lie between 1990-01-01 and tomorrow"]
    assert check(Instant(), ["2017-06-01 10:00"])[1] == [[]]


def test_dates_are_read():
    assert check(Day(), ["2017-01-31", " 2017-02-01 "])[0] == [date(2017, 1, 31), date(2017, 2, 1)]
    assert check(Day(), [datetime(2017, 1, 31), None])[0] == [date(2017, 1, 31), None]  # noqa: DTZ001
    german = Reading(Mapping(date_format="%d.%m.%Y"), "UTC")
    assert check(Day(), ["31.01.2017"], german)[0] == [date(2017, 1, 31)]
    assert fault(Day(), "2017-02-30") == ["must be a date written as 2017-03-12"]
    assert fault(Day(), "31.01.2017") == ["must be a date written as 2017-03-12"]


def test_a_last_day_is_kept_as_the_day_after():
    assert check(LastDay(), ["2017-12-31", ""])[0] == [date(2018, 1, 1), None]


def test_months_are_kept_as_their_first_day():
    assert check(Month(), ["2017-02", "2017-03-01"])[0] == [date(2017, 2, 1), date(2017, 3, 1)]
    for value in ("2017-02-03", "2017", "February"):
        assert fault(Month(), value) == ["must be a month written as 2017-03"]
    assert check(Month(), [date(2017, 2, 1), date(2017, 2, 2)])[0] == [date(2017, 2, 1), None]


def test_texts_are_trimmed_and_bounded():
    assert check(Text(), [" a b ", "x" * 201])[1] == [[], ["must have at most 200 characters"]]
    assert check(Text(), [12])[0] == ["12"]
    assert check(Text(("a", "b")), ["a", "c"])[1] == [[], ["must be one of a, b"]]


def test_flags_are_yes_or_no():
    assert check(Flag(), ["true", "No", "1", "0"])[0] == [True, False, True, False]
    assert fault(Flag(), "perhaps") == ["must be true or false"]
    assert check(Flag(), [True, False])[0] == [True, False]
