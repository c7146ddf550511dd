from decimal import Decimal

import pandas as pd
import pytest

from data.currency import in_currency
from data.semantic.types import ColumnSpec, Unit

MONEY = ColumnSpec("net", "Net", Unit.CENTS)
PER = ColumnSpec("per", "Per", Unit.CENTS_RATIO)
COUNT = ColumnSpec("n", "N", Unit.COUNT)


@pytest.mark.parametrize(
    ("cents", "units"),
    [(0, "0.00"), (1, "0.01"), (-1, "-0.01"), (459603958, "4596039.58"), (9007199254740993, "90071992547409.93")],
)
def test_cents_become_exact_decimals(cents, units):
    frame = in_currency(pd.DataFrame({"net": pd.Series([cents], dtype="int64")}), [MONEY])
    assert frame["net"].tolist() == [Decimal(units)]


def test_money_per_something_is_rounded_half_away_from_zero_and_undefined_is_none():
    frame = in_currency(pd.DataFrame({"per": [2949.5, -0.5, float("nan")]}), [PER])
    assert frame["per"].tolist() == [Decimal("29.50"), Decimal("-0.01"), None]


def test_other_columns_and_empty_frames_are_left_alone():
    frame = pd.DataFrame({"n": pd.Series([], dtype="int64"), "net": pd.Series([], dtype="int64")})
    result = in_currency(frame, [COUNT, MONEY])
    assert list(result.columns) == ["n", "net"]
    assert str(result["n"].dtype) == "int64"
