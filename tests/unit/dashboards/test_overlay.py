"""What a view shows under the bar of its dashboard."""

from datetime import date
from types import SimpleNamespace

import pytest

from dashboard.dashboards.overlay import overlaid
from dashboard.explore.state import State
from dashboard.periods import Comparison, Period
from dashboard.selection import Filters
from data.semantic.question import Filter, Match

OWN = Filters(Period.OWN)
APRIL = (date(2017, 4, 1), date(2017, 4, 30))
VIEW = State(("net_sales",), ("category",), period=Period.WEEKS_13, comparison=Comparison.PREVIOUS)
GROCERY, PRODUCE = Filter("department", ("GROCERY",)), Filter("department", ("PRODUCE",))


def test_without_a_word_from_the_bar_a_view_is_as_it_was_saved():
    assert overlaid(VIEW, OWN, revision=None).state == VIEW
    assert overlaid(VIEW, OWN, revision=None).notes == ()


def test_dates_of_the_bar_take_the_place_of_the_views():
    under = overlaid(VIEW, Filters(Period.CUSTOM, dates=APRIL), revision=None).state
    assert (under.period, under.dates, under.comparison) == (Period.CUSTOM, APRIL, Comparison.PREVIOUS)


def test_chosen_dates_to_compare_with_go_with_the_dates_that_they_were_chosen_for():
    chosen = State(("net_sales",), comparison=Comparison.CUSTOM, against=APRIL)
    assert overlaid(chosen, OWN, revision=None).state == chosen
    under = overlaid(chosen, Filters(Period.DAYS_7), revision=None)
    assert (under.state.comparison, under.state.against) == (Comparison.PREVIOUS, None)
    assert under.notes == ("Compared with the period before, as the dates above are not the view's own.",)


def test_a_filter_of_the_bar_is_added_to_those_on_other_dimensions():
    store = Filter("store", (1,))
    view = State(("net_sales",), filters=(store,))
    under = overlaid(view, OWN.with_members("department", ["GROCERY"]), revision=None)
    assert (under.state.filters, under.notes) == ((store, GROCERY), ())


@pytest.mark.parametrize("own", [PRODUCE, Filter("department", ("GROCERY",), Match.NOT_IN)])
def test_a_filter_of_the_bar_takes_the_place_of_the_views_own_and_it_is_said(own):
    under = overlaid(State(("net_sales",), filters=(own,)), OWN.with_members("department", ["GROCERY"]), revision=None)
    assert under.state.filters == (GROCERY,)
    assert under.notes == ("The filter on department above takes the place of the view's own.",)


def test_the_same_filter_twice_is_nothing_to_be_told():
    under = overlaid(State(("net_sales",), filters=(GROCERY,)), OWN.with_members("department", ["GROCERY"]), revision=3)
    assert (under.state.filters, under.state.revision, under.notes) == ((GROCERY,), 3, ())


def test_a_view_saved_at_a_revision_stays_there_until_the_bar_names_another():
    view = State(("net_sales",), revision=5)
    assert overlaid(view, OWN, revision=None).state.revision == 5
    assert overlaid(view, OWN, revision=7).state.revision == 7


def test_a_filter_that_a_subject_knows_nothing_of_is_not_applied_and_it_is_said(monkeypatch):
    footfall = SimpleNamespace(dimensions={"store": None}, subject=SimpleNamespace(label="Footfall"))
    monkeypatch.setattr(State, "subject", footfall)
    asked = OWN.with_members("department", ["GROCERY"]).with_members("store", [1])
    under = overlaid(State(("visitors",)), asked, revision=None)
    assert under.state.filters == (Filter("store", (1,)),)
    assert under.notes == ("Not filtered by department: footfall is not recorded by it.",)
