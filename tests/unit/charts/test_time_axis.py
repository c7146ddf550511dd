import pandas as pd
import pytest

from dashboard.charts.time_axis import date_ticks
from data.semantic.types import Grain


@pytest.mark.parametrize(
    ("first", "count", "step", "grain", "words"),
    [
        ("2017-12-04", 28, "D", Grain.DAY, ["4 Dec<br>2017", "11 Dec", "18 Dec", "25 Dec"]),
        ("2017-12-30", 4, "D", Grain.DAY, ["30 Dec<br>2017", "31 Dec", "1 Jan<br>2018", "2 Jan"]),
        ("2017-01-01", 120, "D", Grain.DAY, ["1 Jan<br>2017", "1 Feb", "1 Mar", "1 Apr"]),
        ("2017-01-03", 60, "D", Grain.DAY, ["9 Jan<br>2017", "23 Jan", "6 Feb", "20 Feb"]),
        ("2016-07-01", 4, "QS", Grain.QUARTER, ["Q3<br>2016", "Q4", "Q1<br>2017", "Q2"]),
        ("2015-01-01", 3, "YS", Grain.YEAR, ["2015", "2016", "2017"]),
        ("2017-12-18", 3, "7D", Grain.WEEK, ["W51<br>2017", "W52", "W1<br>2018"]),
        ("2017-01-01", 12, "MS", Grain.MONTH, ["Jan<br>2017", "Mar", "May", "Jul", "Sep", "Nov"]),
    ],
)
def test_few_labels_and_the_year_where_it_begins(first, count, step, grain, words):
    places, told = date_ticks(pd.Series(pd.date_range(first, periods=count, freq=step)), grain)
    assert told == words
    assert len(places) == len(words)


def test_a_narrow_axis_has_fewer_labels_and_always_some():
    for days in range(1, 400):
        periods = pd.Series(pd.date_range("2017-01-03", periods=days))
        assert 1 <= len(date_ticks(periods, Grain.DAY, most=4)[0]) <= 4


def test_no_bucket_has_no_label():
    assert date_ticks(pd.Series(pd.to_datetime([])), Grain.DAY) == ([], [])
