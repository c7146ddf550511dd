"""The statistics of unusual values, on made-up series whose odd days are known."""

import numpy as np
import pytest

from data.unusual.band import usual_band, weekly_band, why_not

WEEK = np.array([1.3, 0.9, 0.85, 0.9, 0.95, 1.2, 1.4])


def shop(days=364, level=10_000.0, noise=0.05, seed=7):
    """Sales with a week, a slow wave over the year and some noise."""
    chance = np.random.default_rng(seed)
    at = np.arange(days)
    wave = 1 + 0.15 * np.sin(2 * np.pi * at / 365)
    return level * np.resize(WEEK, days) * wave * chance.lognormal(0, noise, days)


def nothing(values):
    return np.zeros(len(values), dtype=bool)


def unusual(values, left_out=None):
    band = usual_band(values, nothing(values) if left_out is None else left_out)
    return set(np.flatnonzero(band["unusual"]).tolist())


@pytest.mark.parametrize("at", [0, 30, 200, 357, 362, 363])
@pytest.mark.parametrize("times", [1.45, 0.6])
def test_a_spike_and_a_dip_are_found_wherever_they_are(at, times):
    values = shop()
    calm = unusual(values)
    values[at] *= times
    assert at in unusual(values)
    assert len(unusual(values) - calm - {at}) <= 1


@pytest.mark.parametrize("days", [56, 84, 182, 364])
def test_chance_alone_leaves_the_band_on_one_day_in_a_hundred_or_less(days):
    counts = [len(unusual(shop(days, seed=seed))) for seed in range(12)]
    assert sum(counts) / len(counts) <= days * 0.011


def test_a_day_that_is_left_out_never_alarms_and_does_not_widen_the_band():
    values = shop()
    plain = usual_band(values, nothing(values))
    values[[100, 250]] = [50_000, 0]
    left_out = nothing(values)
    left_out[[100, 250]] = True
    band = usual_band(values, left_out)
    assert not band.loc[[100, 250], "unusual"].any()
    assert (band["high"] - band["low"]).mean() == pytest.approx((plain["high"] - plain["low"]).mean(), rel=0.02)
    assert band.loc[[99, 101], "usual"].to_numpy() == pytest.approx(plain.loc[[99, 101], "usual"].to_numpy(), rel=0.02)


@pytest.mark.parametrize("at", [150, 300, 340])
def test_a_shifted_level_is_told_at_first_and_then_becomes_usual(at):
    values = shop()
    calm = unusual(values)
    values[at:] *= 1.5
    told = {day for day in unusual(values) - calm if day >= at}
    assert at in told or at + 1 in told
    assert len({day for day in told if day > at + 14}) <= 2  # as many as chance finds


def test_the_band_of_a_constant_series_is_narrow_and_finds_what_leaves_it():
    values = np.full(120, 500.0)
    band = usual_band(values, nothing(values))
    assert not band["unusual"].any()
    assert band["low"].to_numpy() == pytest.approx(np.full(120, 485.0), rel=0.001)
    values[60] = 550
    assert unusual(values) == {60}
    values[60] = 505
    assert unusual(values) == set()


def test_a_day_without_sales_is_unusual_where_there_always_are_some():
    values = shop()
    values[180] = 0
    assert 180 in unusual(values)


def test_small_counts_do_not_alarm_at_every_zero():
    counts = np.random.default_rng(3).poisson(2.5, 364).astype(float)
    found = unusual(counts)
    assert len(found) <= 364 * 0.015
    assert not {day for day in found if counts[day] == 0}


def test_returns_alone_are_a_day_below_everything_usual():
    values = shop()
    values[200] = -300
    band = usual_band(values, nothing(values))
    assert band.loc[200, "unusual"]
    assert (band["low"] > 0).all()


def test_the_same_series_is_judged_alike_every_time_and_its_scale_does_not_matter():
    values = np.round(shop())
    first, again = (usual_band(values, nothing(values)) for _ in range(2))
    assert first.equals(again)
    cents = usual_band(values * 100, nothing(values))
    assert cents["unusual"].equals(first["unusual"])
    assert cents["high"].to_numpy() == pytest.approx(first["high"].to_numpy() * 100)


@pytest.mark.parametrize("days", [0, 1, 55])
def test_too_short_a_series_says_so_and_judges_nothing(days):
    values = shop(days)
    assert why_not(values, nothing(values)) == f"it takes 56 whole days to tell what is usual; there are {days}"
    band = usual_band(values, nothing(values))
    assert len(band) == days
    assert band[["usual", "low", "high"]].isna().all(axis=None)
    assert not band["unusual"].any()


def test_days_that_are_left_out_do_not_count_as_known():
    values = shop(60)
    left_out = nothing(values)
    left_out[:5] = True
    assert "there are 55" in why_not(values, left_out)


def test_a_series_that_is_mostly_silent_is_not_judged():
    values = shop()
    values[::3] = 0
    assert why_not(values, nothing(values)).startswith("122 of 364 days are without any")


def test_eight_weeks_are_enough():
    values = shop(56)
    values[50] *= 1.6
    assert 50 in unusual(values)


def weeks_of(values):
    """Whole weeks: what they sold, and what is usual on their days."""
    band = usual_band(values, nothing(values))
    return values.reshape(-1, 7).sum(axis=1), band["usual"].to_numpy().reshape(-1, 7).sum(axis=1)


def test_a_week_is_judged_by_the_sum_of_its_days():
    values = shop()
    values[203:210] *= 1.12  # no day of it stands out
    sold, usual = weeks_of(values)
    found = weekly_band(sold, usual, nothing(sold))
    assert found.loc[29, "unusual"]
    assert found["unusual"].sum() <= 3
    left_out = nothing(sold)
    left_out[29] = True
    assert not weekly_band(sold, usual, left_out).loc[29, "unusual"]


def test_half_a_year_of_weeks_is_the_least():
    sold, usual = weeks_of(shop(25 * 7))
    assert weekly_band(sold, usual, nothing(sold))["low"].isna().all()
    sold, usual = weeks_of(shop(26 * 7))
    assert weekly_band(sold, usual, nothing(sold))["low"].notna().all()
