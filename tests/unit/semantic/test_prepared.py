"""A statement that was written for other dates is the one that would have been written for these."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.queries import prepared as module
from data.queries.prepared import prepared, statement_of
from data.scope import Scope
from data.semantic.question import Compare, Filter, Query, Versus
from data.semantic.types import Grain
from data.written import written
from tests.integration.test_random_queries import queries

EVERYTHING = Scope.everything()
KPI = ("net_sales", "units", "baskets", "households", "average_basket")
DAYS = {"start": date(2017, 1, 1), "end": date(2017, 1, 29)}
ASKED = [
    Query(KPI, ("category",), Grain.WEEK),
    Query(KPI, ("store",), **DAYS, compare=Compare(Versus.PREVIOUS)),
    Query(("baskets",), ("product",), Grain.MONTH, filters=(Filter("brand", ("National",)),)),
    Query(("net_sales", "target"), ("department",), Grain.DAY, **DAYS, compare=Compare(Versus.SAME_WEEKS_LAST_YEAR)),
    Query(("net_sales",), (), Grain.MONTH, **DAYS, compare=Compare(Versus.RANGE, date(2016, 5, 2), date(2016, 6, 1))),
]


def moved(query, days):
    """The question of so many days later; a range that it is compared with moves along."""
    step, compare = timedelta(days), query.compare
    if compare is not None and compare.start is not None:
        compare = replace(compare, start=compare.start + step, end=compare.end + step)
    start = None if query.start is None else query.start + step
    return replace(query, start=start, end=None if query.end is None else query.end + step, compare=compare)


def as_if_new(query, scope, revision=None):
    return written(statement_of(query, scope=scope, revision=revision))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=queries(), days=st.lists(st.integers(-400, 400), min_size=2, max_size=4), revision=st.none() | st.just(7))
def test_whatever_is_asked(asked, days, revision):
    query, scope = asked
    for one in (query, *(moved(query, shift) for shift in days)):
        found = prepared(one, scope=scope, revision=revision)
        assert found.written == as_if_new(one, scope, revision)


@pytest.mark.parametrize("query", ASKED, ids=lambda query: "-".join(query.dimensions) or "all")
def test_a_year_of_days_and_lengths_needs_few_statements(query):
    module._prepared.cache_clear()
    asked = [
        replace(query, start=start, end=start + timedelta(length))
        for start in (date(2017, 1, 1) + timedelta(day) for day in range(0, 365, 9))
        for length in (1, 7, 28, 31, 91)
    ]
    for one in asked:
        assert prepared(one, scope=EVERYTHING).written == as_if_new(one, EVERYTHING)
    assert module._prepared.cache_info().misses < len(asked) / 3


def test_other_values_are_other_statements():
    kept = Query(("net_sales",), (), None, date(2017, 1, 2), date(2017, 1, 9), filters=(Filter("store", (1,)),))
    other = replace(kept, filters=(Filter("store", (2,)),))
    assert prepared(kept, scope=EVERYTHING).written != prepared(other, scope=EVERYTHING).written
    assert prepared(kept, scope=EVERYTHING).written != prepared(kept, scope=Scope.of_stores(1)).written
    assert prepared(kept, scope=EVERYTHING).written != prepared(kept, scope=EVERYTHING, revision=3).written
