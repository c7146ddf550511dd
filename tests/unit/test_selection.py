from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.periods import GRAINS, IN_TIME, PERIODS, Comparison, Period
from dashboard.selection import PARAMS, Filters, from_params, to_params
from data.semantic.question import Filter
from data.semantic.types import Grain

ALLOWED = {"department": ["DELI", "TRAVEL & LEISURE"], "store": [31, 367], "brand": ["National", "Private"]}
dates = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@st.composite
def filters(draw):
    period = draw(st.sampled_from(PERIODS))
    comparison = draw(st.sampled_from(IN_TIME))
    chosen = tuple(sorted((draw(dates), draw(dates)))) if period is Period.CUSTOM else None
    against = tuple(sorted((draw(dates), draw(dates)))) if comparison is Comparison.CUSTOM else None
    members = {
        name: tuple(keys)
        for name, among in ALLOWED.items()
        if (keys := draw(st.lists(st.sampled_from(among), unique=True)))
    }
    return Filters(period, draw(st.sampled_from(GRAINS)), comparison, chosen, against, members)


@given(filters())
def test_a_link_reproduces_the_filters(asked):
    assert from_params(to_params(asked), ALLOWED) == (asked, [])


@given(filters() | st.just(Filters(Period.OWN)))
def test_a_page_with_other_defaults_has_links_of_its_own(asked):
    plain = Filters(Period.OWN)
    assert from_params(to_params(asked, plain), ALLOWED, plain) == (asked, [])
    assert from_params({}, ALLOWED, plain) == (plain, [])


def test_the_dates_of_each_view_are_no_choice_where_there_is_one_view():
    assert from_params({"p": ["own"]}, ALLOWED) == (Filters(), ["own"])


@given(st.dictionaries(st.sampled_from(PARAMS), st.lists(st.text(), max_size=3)))
def test_any_link_is_understood_or_ignored(params):
    understood, _ = from_params(params, ALLOWED)
    assert from_params(to_params(understood), ALLOWED) == (understood, [])


def test_the_defaults_need_no_words():
    assert to_params(Filters()) == {}


def test_a_link_is_short():
    asked = Filters(Period.WEEKS_13, Grain.WEEK, Comparison.NONE, members={"department": ("DELI",), "store": (31, 367)})
    assert to_params(asked) == {
        "p": ["13w"],
        "by": ["week"],
        "vs": ["none"],
        "dept": ["DELI"],
        "store": ["31", "367"],
    }


@pytest.mark.parametrize(
    ("params", "ignored"),
    [
        ({"p": ["fortnight"]}, ["fortnight"]),
        ({"by": ["quarter"]}, ["quarter"]),
        ({"dept": ["DELI", "ATTIC"]}, ["department ATTIC"]),
        ({"store": ["999"]}, ["store 999"]),
        ({"p": ["dates"], "from": ["2017-02-30"], "to": ["2017-03-01"]}, ["the dates"]),
        ({"p": ["dates"], "from": ["2017-03-02"], "to": ["2017-03-01"]}, ["the dates"]),
        ({"p": ["dates"], "from": ["0001-01-01"], "to": ["9999-12-31"]}, ["the dates"]),
        ({"p": ["dates"]}, ["the dates"]),
        ({"vs": ["dates"], "vsfrom": ["2017-03-02"]}, ["the dates to compare with"]),
    ],
)
def test_what_nothing_goes_by_is_ignored_and_named(params, ignored):
    assert from_params(params, ALLOWED)[1] == ignored


def test_a_second_click_lifts_the_filter():
    once = Filters().toggled("store", 31)
    assert once.query_filters() == (Filter("store", (31,)),)
    assert once.toggled("store", 31) == Filters()
    assert once.query_filters(without="store") == ()
