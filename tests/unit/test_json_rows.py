"""What JSON holds is what every other form holds, to the last cent."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from dashboard.api.v1.json_rows import json_rows
from data.frames import frame_of
from data.semantic.types import ColumnSpec, Unit


def told(unit, *values, nullable=False):
    column = ColumnSpec("x", "X", unit, nullable=nullable)
    return [value for (value,) in json_rows(frame_of([(value,) for value in values], (column,)), (column,))]


def test_money_is_the_number_of_two_decimals():
    cents = [*range(-1000, 1000), 10**15 + 1, -(10**15) - 99, 2**53 - 1]
    assert [repr(value) for value in told(Unit.CENTS, *cents)] == [
        repr(float((Decimal(one) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP))) for one in cents
    ]


def test_money_per_something_is_rounded_half_away_from_zero():
    assert told(Unit.CENTS_RATIO, 12.5, -12.5, 100.4, float("nan")) == [0.13, -0.13, 1.0, None]


def test_what_is_undefined_is_null():
    assert told(Unit.CENTS, 5, None, nullable=True) == [0.05, None]
    assert told(Unit.COUNT, 5, None, nullable=True) == [5, None]
    assert told(Unit.RATIO, 0.5, None) == [0.5, None]
    assert told(Unit.TEXT, "a", None) == ["a", None]
    assert told(Unit.DATE, date(2017, 1, 1), None) == ["2017-01-01", None]


def test_values_are_those_of_python():
    assert [type(one) for one in (*told(Unit.COUNT, 1), *told(Unit.INTEGER, 2), *told(Unit.RATIO, 1))] == [
        int, int, float
    ]  # fmt: skip
    assert told(Unit.COUNT) == []
