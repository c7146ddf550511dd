"""Whatever Explore is asked, it answers: no state of its controls or its link is an error."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings

from dashboard.charts.palette import DARK
from dashboard.charts.plot import plot_alt
from dashboard.explore.explored import explore
from dashboard.explore.figures import figure_for
from dashboard.explore.questions import lines_query
from dashboard.explore.state import State
from dashboard.exports import csv_file, xlsx_file
from dashboard.periods import Comparison, Period
from data.queries.calendar import calendar_events
from data.queries.freshness import freshness
from data.queries.lines import fact_line_count, fact_lines
from data.scope import Scope
from data.semantic.types import PERIOD
from tests.factories.explore import states
from tests.integration.brute_force import random_lines
from tests.integration.test_random_queries import as_text
from tests.spec.world import World

PRODUCTS = """
product  department  category    brand     unit_of_measure
1        GROCERY     Unassigned  National  piece
2        GROCERY     BREAD       Private   piece
3        PRODUCE     Unassigned  National  piece
4        FUEL        FUEL        National  thousandth
"""
EVERYTHING = Scope.everything()
LONG_AGO, SINCE = (date(2010, 1, 1), date(2015, 1, 1)), (date(2016, 12, 31), date(2017, 2, 1))


@pytest.fixture(scope="module")
def shop(worker_database):
    with worker_database.owner.connect() as conn, conn.begin() as transaction:
        world = World(conn).products(PRODUCTS).stores("store  region\n1  North\n2  North\n3  South")
        world.targets("department  month  net\nGROCERY  2017-02-01  100.00")
        world.campaigns("campaign  start_on  end_on  households\n1  2017-01-20  2017-02-10  1,2")
        world.lines(as_text(random_lines(3)))
        yield conn
        transaction.rollback()


@pytest.mark.long
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(state=states())
@example(State(rows=("department",), period=Period.CUSTOM, dates=LONG_AGO, comparison=Comparison.CUSTOM, against=SINCE))
def test_every_state_is_answered(shop, state):
    fresh = freshness(shop)
    span = state.span(fresh.first_business_date, fresh.last_business_date)
    explored = explore(shop, state, span, fresh, scope=EVERYTHING)
    events = calendar_events(shop, start=span.start, end=span.end, scope=EVERYTHING)
    if explored.drawing is not None:
        figure_for(explored.state, explored.drawing, events, DARK)
        plot_alt(explored.drawing.plot, "chart")
        assert len(explored.drawing.marks) >= len(explored.drawing.plot.frame)
        for mark in explored.drawing.marks:
            for key, item in mark.members:
                state.filtered(item)
                if mark.only(key) is not None:
                    state.drill(key, mark.only(key), span)
            if mark.day is not None:
                state.drill(PERIOD, mark.day, span)
    assert csv_file(explored.table)
    assert xlsx_file([explored.table], ["a note"])
    statement = explored.tidy.sql.lower()
    assert statement.splitlines()[statement.startswith("--")].startswith("with")
    if state.lines is not None:
        asked = lines_query(state, span)
        assert len(fact_lines(shop, asked, scope=EVERYTHING).frame) <= fact_line_count(shop, asked, scope=EVERYTHING)
