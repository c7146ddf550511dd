from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.periods import (
    GRAINS,
    PERIODS,
    Comparison,
    Period,
    Span,
    buckets,
    comparison_in_words,
    comparison_of,
    span_of,
)
from data.semantic.types import Grain

FIRST, LAST = date(2017, 1, 1), date(2017, 12, 31)
dates = st.dates(date(2000, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (Period.DAYS_7, "25\u201331 Dec 2017"),
        (Period.DAYS_28, "4\u201331 Dec 2017"),
        (Period.WEEKS_13, "2 Oct \u2013 31 Dec 2017"),
        (Period.THIS_MONTH, "1\u201331 Dec 2017"),
        (Period.LAST_MONTH, "1\u201330 Nov 2017"),
        (Period.YEAR_TO_DATE, "1 Jan \u2013 31 Dec 2017"),
        (Period.LAST_YEAR, "1 Jan \u2013 31 Dec 2016"),
        (Period.ALL, "1 Jan \u2013 31 Dec 2017"),
    ],
)
def test_a_period_counts_back_from_the_last_business_date(period, said):
    assert str(span_of(period, first=FIRST, last=LAST)) == said


def test_chosen_dates_are_both_included():
    span = span_of(Period.CUSTOM, first=FIRST, last=LAST, chosen=(date(2017, 2, 1), date(2017, 2, 28)))
    assert (span.start, span.end, span.days) == (date(2017, 2, 1), date(2017, 3, 1), 28)


@pytest.mark.parametrize(
    ("comparison", "period", "compared", "words"),
    [
        (Comparison.PREVIOUS, Period.DAYS_28, "6 Nov \u2013 3 Dec 2017", "the previous 28 days"),
        (Comparison.PREVIOUS, Period.WEEKS_13, "3 Jul \u2013 1 Oct 2017", "the previous 13 weeks"),
        (Comparison.PREVIOUS, Period.LAST_MONTH, "1\u201331 Oct 2017", "the month before"),
        (Comparison.PREVIOUS, Period.LAST_YEAR, "1 Jan \u2013 31 Dec 2015", "the year before"),
        (Comparison.PREVIOUS, Period.THIS_MONTH, "1\u201330 Nov 2017", "the same days last month"),
        (Comparison.LAST_YEAR, Period.DAYS_28, "5 Dec 2016 \u2013 1 Jan 2017", "the same weeks last year"),
    ],
)
def test_a_period_is_compared_with_dates_that_are_named(comparison, period, compared, words):
    span = span_of(period, first=FIRST, last=LAST)
    assert str(comparison_of(comparison, period, span)) == compared
    assert comparison_in_words(comparison, period, span) == words


def test_a_comparison_may_be_with_any_dates():
    easter = date(2017, 4, 10), date(2017, 4, 16)
    span = span_of(Period.DAYS_7, first=FIRST, last=LAST)
    assert str(comparison_of(Comparison.CUSTOM, Period.DAYS_7, span, chosen=easter)) == "10\u201316 Apr 2017"
    words = comparison_in_words(Comparison.CUSTOM, Period.DAYS_7, span, chosen=easter)
    assert words == "10\u201316 Apr 2017"


def test_this_month_is_compared_with_no_more_days_than_the_last_one_has():
    span = span_of(Period.THIS_MONTH, first=FIRST, last=date(2017, 3, 31))
    assert str(comparison_of(Comparison.PREVIOUS, Period.THIS_MONTH, span)) == "1\u201328 Feb 2017"


def test_no_comparison_has_no_dates():
    assert comparison_of(Comparison.NONE, Period.ALL, Span(FIRST, LAST)) is None


@given(dates, st.sampled_from([p for p in PERIODS if p not in {Period.CUSTOM, Period.ALL}]))
def test_a_previous_period_ends_where_the_period_begins_or_before(last, period):
    span = span_of(period, first=FIRST, last=last)
    before = comparison_of(Comparison.PREVIOUS, period, span)
    assert before.start < before.end <= span.start
    assert span.end <= last + timedelta(days=1)


@given(dates, dates)
def test_the_same_weeks_last_year_keep_their_weekdays(one, other):
    span = Span(min(one, other), max(one, other) + timedelta(days=1))
    before = comparison_of(Comparison.LAST_YEAR, Period.CUSTOM, span)
    assert (before.days, before.start.weekday()) == (span.days, span.start.weekday())


@given(dates, st.integers(1, 400), st.sampled_from(GRAINS))
def test_buckets_cover_every_date_without_a_gap(start, length, grain):
    span = Span(start, start + timedelta(days=length))
    starts = buckets(span, grain)
    assert starts[0] <= span.start
    assert starts[-1] < span.end
    assert starts == sorted(set(starts))
    gaps = {(later - earlier).days for earlier, later in pairwise(starts)}
    assert gaps <= {Grain.DAY: {1}, Grain.WEEK: {7}, Grain.MONTH: {28, 29, 30, 31}}[grain]
