"""What Explain is asked, in a link: said, read again, and forgiving."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard.explain.question import (
    Between,
    Question,
    explain_address,
    from_params,
    periods_address,
    plain,
    to_params,
)
from dashboard.explore.state import State
from dashboard.periods import Comparison, Period, Span
from data.revisions.compare import Method
from data.semantic.question import Filter

FUEL = Filter("department", ("FUEL",))
MARCH = (date(2017, 3, 1), date(2017, 3, 31))


@pytest.mark.parametrize(
    "question",
    [
        Question(),
        Question(old=3, new=9),
        Question(plain(State(metrics=("baskets",), period=Period.DAYS_28, filters=(FUEL,))), old=3, part=2),
        Question(plain(State(period=Period.CUSTOM, dates=MARCH, rows=("store",))), method=Method.SHAPLEY),
        Question(plain(State(comparison=Comparison.PREVIOUS, revision=4)), Between.PERIODS),
    ],
)
def test_a_link_says_the_whole_question(question):
    assert from_params(to_params(question)) == (question, [])


def test_without_dates_it_is_about_all_of_them():
    question, _ = from_params({})
    assert question.state.period is Period.ALL
    assert question.query(Span(date(2017, 1, 1), date(2018, 1, 1))).metrics == ("net_sales",)


def test_what_is_one_member_already_is_not_what_parts_are_opened_by():
    question, _ = from_params({"f": ["department.in:FUEL"]})
    assert question.dimension != "department"
    kept, _ = from_params({"f": ["department.in:FUEL"], "r": ["department"]})
    assert kept.dimension == "department"


def test_what_is_not_there_is_told_and_left_out():
    words = {"old": ["99"], "new": ["abc"], "how": ["magic"], "between": ["friends"], "m": ["nonsense"], "part": ["0"]}
    question, ignored = from_params(words, 9)
    assert question == from_params({})[0]
    assert {"revision 99", "revision abc", "magic", "friends", "nonsense"} <= set(ignored)


@pytest.mark.parametrize("word", ["-1", "1e9", "²", "100", "99999999999", ""])
def test_a_part_is_a_small_whole_number(word):
    assert from_params({"part": [word]})[0].part is None


def test_periods_are_compared_with_something():
    question, _ = from_params({"between": ["periods"], "p": ["28d"]})
    assert question.state.comparison is Comparison.PREVIOUS


def test_the_first_metric_of_a_view_is_explained_over_its_dates_and_filters():
    state = State(metrics=("units", "baskets"), drawn="baskets", period=Period.DAYS_7, filters=(FUEL,), top=5)
    link = urlsplit(explain_address(state, old=3))
    question, ignored = from_params(parse_qs(link.query))
    assert (link.path, ignored) == ("/explain", [])
    assert (question.metric, question.state.period, question.state.filters) == ("baskets", Period.DAYS_7, (FUEL,))
    assert (question.old, question.new, question.between) == (3, None, Between.REVISIONS)


def test_an_earlier_period_is_held_at_the_revision_that_is_shown():
    state = State(comparison=Comparison.LAST_YEAR, revision=7)
    question, _ = from_params(parse_qs(urlsplit(periods_address(state)).query))
    assert (question.between, question.state.revision) == (Between.PERIODS, 7)
    assert question.state.comparison is Comparison.LAST_YEAR
