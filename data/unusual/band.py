"""What is usual of a series, as a band around its season and trend: pure statistics over numbers in a row.

Season and trend come from a robust STL (statsmodels), the band's width from the median absolute deviation of what is
left over. How it is set was chosen on the sample: square roots leave the most even residuals over the whole shop and
small stores alike (logarithms find too much below, plain money too much above, and days without sales have none), and
with the short and tilting seasonal window that STL starts from, the season follows each odd day: one day in eight would
be told, and more of short series. As it is, chance alone leaves the band on one day in a hundred or fewer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Numbers = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]

DEVIATIONS = 3.0  # half the band's width, in robust standard deviations
LEAST_DAYS, LEAST_WEEKS = 56, 26  # whole ones, below which nothing is judged
_WEEK, _TAIL = 7, 26 * 7
_SEASONAL_WINDOW, _TREND_WINDOW = 35, 29
_TO_DEVIATION = 1.4826  # the median absolute deviation of a normal distribution is one standard deviation over this
_LEAST_DEVIATION = 0.005  # of the level's root: no band is narrower than 3 % to either side
_MOST_SILENT = 0.2
_AROUND = 4
_ROUNDS = 6  # of robust weights; more change nothing that is seen


def why_not(values: Sequence[float], left_out: Sequence[bool]) -> str:
    """Why a series has no band; empty where it has one."""
    kept = _numbers(values)[~_marks(left_out)]
    if len(kept) < LEAST_DAYS:
        return f"it takes {LEAST_DAYS} whole days to tell what is usual; there are {len(kept)}"
    silent = int((kept == 0).sum())
    if silent > _MOST_SILENT * len(kept):
        return f"{silent} of {len(kept)} days are without any, which is too many to tell what is usual"
    return ""


def usual_band(values: Sequence[float], left_out: Sequence[bool]) -> pd.DataFrame:
    """What is usual on each day of a series without gaps.

    One row is a day, in the same order; columns usual, low, high (float64, unit of the values) and unusual (bool: the
    value lies outside of `low` to `high`). Days `left_out` take no part in what is usual, and are never unusual. Each
    day of the last week is judged by the others alone. All NaN, and nothing unusual, where `why_not` says why.
    """
    given, aside = _numbers(values), _marks(left_out)
    if why_not(values, left_out):
        return _nothing(len(given))
    known = np.where(aside, np.nan, _roots(given))
    usual = _fitted(known)
    taken = _WEEK + 2 * len(given) / _TREND_WINDOW
    deviation = _deviation((known - usual)[~aside], usual, taken=taken)
    start = max(len(known) - _TAIL, 0)
    for at in np.flatnonzero(~aside)[-_WEEK:]:
        others = np.where(np.arange(len(known)) == at, np.nan, known)
        usual[at] = _fitted(others[start:])[at - start] if at >= start else usual[at]
    return _judged(given, usual, deviation, aside)


def weekly_band(values: Sequence[float], usual: Sequence[float], left_out: Sequence[bool]) -> pd.DataFrame:
    """The same of weeks: their values, the sum of what is usual on their days, and which are not whole ordinary weeks.

    One row is a week; columns as `usual_band` gives them. The band comes from how far ordinary weeks are from the sum
    of their days; all NaN where there are fewer than LEAST_WEEKS of them.
    """
    given, days, aside = _numbers(values), _numbers(usual), _marks(left_out)
    if (~aside).sum() < LEAST_WEEKS or np.isnan(days).any():
        return _nothing(len(given))
    roots = _roots(days)
    return _judged(given, roots, _deviation((_roots(given) - roots)[~aside], roots), aside)


def _judged(given: Numbers, usual: Numbers, deviation: float, aside: Marks) -> pd.DataFrame:
    """The band around `usual`, which is in roots."""
    low, high = (_squared(usual + sign * DEVIATIONS * deviation) for sign in (-1, 1))
    if given.min() >= 0:  # values are whole numbers: less than one is none
        low = np.where(low < 1, 0, low)
    outside = (given < low) | (given > high)
    return pd.DataFrame({"usual": _squared(usual), "low": low, "high": high, "unusual": outside & ~aside})


def _nothing(count: int) -> pd.DataFrame:
    unknown = dict.fromkeys(("usual", "low", "high"), np.full(count, np.nan))
    return pd.DataFrame({**unknown, "unusual": np.zeros(count, dtype=bool)})


def _deviation(left: Numbers, usual: Numbers, taken: float = 0) -> float:
    """How far values usually are off; season and trend have `taken` so many of them to fit."""
    robust = _TO_DEVIATION * float(np.median(np.abs(left))) * math.sqrt(len(left) / (len(left) - taken))
    return max(robust, _LEAST_DEVIATION * float(np.median(np.abs(usual))))


def _fitted(known: Numbers) -> Numbers:
    """Season and trend together; what is not known is first taken to be like its neighbours in the season."""
    from statsmodels.tsa.seasonal import STL  # noqa: PLC0415  # takes a second, which only who judges shall wait for

    near = _neighbours(known)
    if not np.nanmedian(
        np.abs(known - near)
    ):  # most days are just like them, and STL's weights would divide by nothing
        return near
    filled = np.where(np.isnan(known), near, known)
    stl = STL(filled, period=_WEEK, seasonal=_SEASONAL_WINDOW, trend=_TREND_WINDOW, seasonal_deg=0, robust=True,
              seasonal_jump=4, trend_jump=3, low_pass_jump=2)  # fmt: skip
    found = stl.fit(outer_iter=_ROUNDS)
    return np.asarray(found.trend + found.seasonal, dtype=np.float64)


def _neighbours(known: Numbers) -> Numbers:
    """The median of the same weekday in the weeks around; of all days where none of them is known."""
    weeks = []
    for away in (week * _WEEK for week in range(-_AROUND, _AROUND + 1) if week):
        shifted = np.full(len(known), np.nan)
        if abs(away) < len(known):
            shifted[max(away, 0) : len(known) + min(away, 0)] = known[max(-away, 0) : len(known) - max(away, 0)]
        weeks.append(shifted)
    stacked = np.vstack(weeks)
    stacked[0, np.isnan(stacked).all(axis=0)] = np.nanmedian(known)
    return np.asarray(np.nanmedian(stacked, axis=0), dtype=np.float64)


def _roots(values: Numbers) -> Numbers:
    return np.sign(values) * np.sqrt(np.abs(values))


def _squared(roots: Numbers) -> Numbers:
    return np.sign(roots) * roots**2


def _numbers(values: Sequence[float]) -> Numbers:
    return np.asarray(values, dtype=np.float64)


def _marks(left_out: Sequence[bool]) -> Marks:
    return np.asarray(left_out, dtype=bool)
