"""Calendar events are drawn where they concern what is shown, and nowhere else."""

from __future__ import annotations

from datetime import date

import pytest

from data.models import CalendarEvent, Region, Store
from data.queries.calendar import calendar_events
from data.scope import Scope
from data.semantic.question import Filter, Match

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


def names(conn, scope=Scope.everything(), *filters):
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
