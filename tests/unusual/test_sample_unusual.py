"""The unusual days of the sample against plain pandas on its files, and an STL of the test's own."""

from datetime import date, timedelta

import holidays
import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.seasonal import STL

from data.unusual.contributors import contributors
from data.unusual.days import judged_days, judged_weeks
from tests.integration.test_sample_figures import ALL, lines

__all__ = ["lines"]  # the fixture
pytestmark = [pytest.mark.sample]
DATES = pd.date_range("2017-01-01", "2017-12-31")
NAMED = {pd.Timestamp(day) for day in holidays.country_holidays("US", years=2017, observed=False)}
EXCUSED = {day + timedelta(days=away) for day in NAMED for away in (-1, 0, 1)}
COLUMNS = {"net_sales": ("sales_value", "sum"), "baskets": ("basket_id", "nunique")}


def daily(lines, metric):
    found = lines.groupby("day").agg(value=COLUMNS[metric])["value"]
    found.index = pd.to_datetime(found.index)
    return found.reindex(DATES, fill_value=0).astype(float)


def band_of(values):
    """In full: each step of the smoothing, all rounds of weights; days of holidays as their neighbours in the week."""
    roots = np.sqrt(values).where(~values.index.isin(EXCUSED))
    for day in roots.index[roots.isna()]:
        near = [roots.get(day + timedelta(weeks=away)) for away in range(-4, 5) if away]
        roots[day] = np.nanmedian([value for value in near if value is not None])
    fit = STL(roots, period=7, seasonal=35, trend=29, seasonal_deg=0, robust=True).fit()
    usual = fit.trend + fit.seasonal
    left = (np.sqrt(values) - usual)[~values.index.isin(EXCUSED)]
    taken = 7 + 2 * len(values) / 29  # degrees of freedom, about
    width = 3 * 1.4826 * left.abs().median() * np.sqrt(len(left) / (len(left) - taken))
    return (usual - width) ** 2, (usual + width) ** 2


@pytest.mark.parametrize("metric", COLUMNS)
def test_unusual_days_are_those_outside_of_an_independent_band(sample, lines, metric):
    with sample.reading(ALL) as conn:
        days = judged_days(conn, metric=metric, scope=ALL)
    frame = days.frame.set_index("period")
    values = daily(lines, metric)
    assert frame["value"].tolist() == values.tolist()
    low, high = band_of(values)
    before_the_last_week = DATES[:-7]  # these are judged without themselves
    for ours, theirs in ((frame["low"], low), (frame["high"], high)):
        assert ours[before_the_last_week].to_numpy() == pytest.approx(theirs[before_the_last_week].to_numpy(), rel=0.03)
    sure = {day for day in DATES if day not in EXCUSED and not low[day] * 0.97 <= values[day] <= high[day] * 1.03}
    perhaps = {day for day in DATES if day not in EXCUSED and not low[day] * 1.03 <= values[day] <= high[day] * 0.97}
    found = set(frame.index[frame["unusual"]])
    assert sure <= found <= perhaps
    assert {pd.Timestamp("2017-11-21"), pd.Timestamp("2017-12-23")} <= found
    assert len(found) <= 15
    assert set(frame.index[frame["aside"] != ""]) == {day for day in EXCUSED if day in frame.index}


def test_what_a_day_came_from_is_exact(sample, lines):
    day = date(2017, 12, 23)
    like = [date(2017, 11, 25), date(2017, 12, 2), date(2017, 12, 9), date(2017, 12, 16), date(2017, 12, 30)]
    with sample.reading(ALL) as conn:
        days = judged_days(conn, metric="net_sales", scope=ALL)
        for dimension, column in {"department": "department", "store": "store_id", "category": "category"}.items():
            found = contributors(conn, days, dimension=dimension, day=day, scope=ALL)
            now = lines[lines["day"] == day].groupby(column)["sales_value"].sum()
            usual = lines[lines["day"].isin(like)].groupby(column)["sales_value"].sum() / len(like)
            frame = found.frame.set_index("key")
            assert set(frame.index) == set(now.index) | set(usual.index)
            assert frame["value"].sum() == now.sum()
            assert frame["usual"].sum() == found.frame["value"].sum() - found.difference
            assert (frame["usual"] - usual.reindex(frame.index, fill_value=0)).abs().max() <= 1
            assert abs(found.difference - (now.sum() - usual.sum())) <= 0.5
            named = found.most(3)["difference"].sum()
            assert named + found.others(3)[1] == found.difference
            assert found.frame["difference"].is_monotonic_decreasing


def test_weeks_with_holidays_are_left_out_and_the_others_judged(sample, lines):
    with sample.reading(ALL) as conn:
        weeks = judged_weeks(judged_days(conn, metric="net_sales", scope=ALL))
    frame = weeks.frame.set_index("period")
    assert weeks.why_not == ""
    values = daily(lines, "net_sales")
    assert (
        frame["value"].tolist() == values["2017-01-02":].resample("W-MON", closed="left", label="left").sum().tolist()
    )
    excused = {day - timedelta(days=day.weekday()) for day in EXCUSED}
    assert set(frame.index[frame["aside"] != ""]) == {monday for monday in excused if monday in frame.index}
    usual = frame.loc[frame["aside"] == "", "usual"]
    assert (frame["value"][usual.index] / usual - 1).abs().median() < 0.05
    assert frame["low"].lt(frame["usual"]).all()
    assert frame["unusual"].sum() <= 2
