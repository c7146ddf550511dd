"""Calendar events are drawn where they concern what is shown, and nowhere else."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from dashboard.load import Resources
from dashboard.overview import read_overview
from dashboard.selection import Filters
from data.cache import ResultCache
from data.models import CalendarEvent, Region, Store
from data.queries.calendar import calendar_events
from data.queries.freshness import freshness
from data.scope import Scope
from data.semantic.question import Filter, Match
from tests.spec.world import World

YEAR = {"start": date(2017, 1, 1), "end": date(2018, 1, 1)}


@pytest.fixture
def calendar(conn):
    """Stores 1 and 2 in North, 3 in South; an event everywhere, one in North, one in store 2, one that is retired."""
    conn.execute(Region.__table__.insert(), [{"region_id": 901, "name": "North"}, {"region_id": 902, "name": "South"}])
    conn.execute(
        Store.__table__.insert(),
        [{"store_id": 1, "region_id": 901, "name": None}, {"store_id": 2, "region_id": 901, "name": "Harbour"},
         {"store_id": 3, "region_id": 902, "name": None}],
    )  # fmt: skip
    day = {"kind": "event", "start_on": date(2017, 5, 1), "end_on": date(2017, 5, 3), "retired": False}
    conn.execute(
        CalendarEvent.__table__.insert(),
        [
            {**day, "name": "Everywhere", "region_id": None, "store_id": None},
            {**day, "name": "Fair", "region_id": 901, "store_id": None},
            {**day, "name": "Roadworks", "region_id": None, "store_id": 2},
            {**day, "name": "Given up", "region_id": None, "store_id": None, "retired": True},
        ],
    )
    return conn


def names(conn, scope, *filters):
    return calendar_events(conn, **YEAR, scope=scope, filters=filters)["name"].tolist()


def test_everybody_who_sees_all_stores_sees_all_events_and_where_they_are(calendar):
    frame = calendar_events(calendar, **YEAR, scope=Scope.everything())
    assert dict(zip(frame["name"], frame["place"], strict=True)) == {
        "Everywhere": "",
        "Fair": "North",
        "Roadworks": "Harbour",
    }


@pytest.mark.parametrize(
    ("stores", "seen"),
    [((1,), ["Everywhere", "Fair"]), ((2,), ["Everywhere", "Fair", "Roadworks"]), ((3,), ["Everywhere"]), ((), ["Everywhere"])],
)  # fmt: skip
def test_a_limit_to_stores_leaves_the_events_of_these(calendar, stores, seen):
    assert names(calendar, Scope.of_stores(*stores)) == seen
    if stores:
        assert names(calendar, Scope.everything(), Filter("store", stores)) == seen


def test_filters_on_regions_count_and_others_do_not(calendar):
    everything = Scope.everything()
    assert names(calendar, everything, Filter("region", ("South",))) == ["Everywhere"]
    assert names(calendar, everything, Filter("department", ("GROCERY",))) == ["Everywhere", "Fair", "Roadworks"]
    assert names(calendar, everything, Filter("store", (3,), Match.NOT_IN)) == ["Everywhere", "Fair", "Roadworks"]


def test_events_touch_the_dates_asked_for(calendar):
    late = calendar_events(calendar, start=date(2017, 5, 3), end=date(2018, 1, 1), scope=Scope.everything())
    assert late.empty
    assert list(late) == ["name", "kind", "start_on", "end_on", "place"]


def test_a_store_without_a_name_is_called_by_its_number_and_wins_over_the_region_beside_it(calendar):
    values = {"name": "Repairs", "start_on": date(2017, 6, 1), "end_on": date(2017, 6, 2), "region_id": 902}
    calendar.execute(CalendarEvent.__table__.insert().values(**values, store_id=1))
    frame = calendar_events(calendar, start=date(2017, 6, 1), end=date(2017, 6, 2), scope=Scope.of_stores(1))
    assert frame["place"].tolist() == ["Store 1"]
    assert names(calendar, Scope.of_stores(3)) == ["Everywhere"]


def test_the_limit_and_every_filter_count_together(calendar):
    north = Filter("region", ("North",))
    assert names(calendar, Scope.of_stores(1, 3), north, Filter("store", (1, 2))) == ["Everywhere", "Fair"]
    assert names(calendar, Scope.of_stores(1), Filter("store", (2,))) == ["Everywhere"]
    assert names(calendar, Scope.everything(), north, Filter("store", (3,))) == ["Everywhere"]


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**63 - 1])
def test_a_filter_may_name_a_store_that_cannot_be(calendar, number):
    assert names(calendar, Scope.everything(), Filter("store", (number,))) == ["Everywhere"]
    assert names(calendar, Scope.everything(), Filter("store", (2, number))) == ["Everywhere", "Fair", "Roadworks"]


def test_events_are_one_statement_in_the_order_of_their_first_day(calendar):
    values = {"name": "A later one", "start_on": date(2017, 6, 1), "end_on": date(2017, 6, 2)}
    calendar.execute(CalendarEvent.__table__.insert().values(values))
    sent = []
    sa.event.listen(calendar, "before_cursor_execute", lambda *asked: sent.append(asked[2]))
    assert names(calendar, Scope.everything()) == ["Everywhere", "Fair", "Roadworks", "A later one"]
    assert len(sent) == 1


@pytest.mark.parametrize(("picked", "seen"), [((), ["Everywhere", "Fair", "Roadworks"]), ((3,), ["Everywhere"])])
def test_overview_draws_the_events_of_the_stores_that_are_picked(calendar, monkeypatch, picked, seen):
    monkeypatch.setattr(Resources, "cache", ResultCache())
    world = World(calendar)
    world.stores("store  region\n7  East")
    world.lines("basket  product  store  household  sold_on  quantity  net\n1  1  7  1  2017-05-02  1  1.00")
    filters = Filters().with_members("store", picked)
    overview = read_overview(calendar, filters, freshness(calendar), scope=Scope.everything())
    assert overview.events["name"].tolist() == seen
