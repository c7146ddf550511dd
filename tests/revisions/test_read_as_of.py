"""Lists, single lines, events and freshness as of a revision are what they were right after it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pytest
import sqlalchemy as sa

from data.cache import ResultCache
from data.changes.undoing import undo
from data.errors import UnknownName
from data.queries.calendar import calendar_events
from data.queries.freshness import freshness
from data.queries.lines import fact_line_count, fact_lines
from data.queries.members import members
from data.queries.metrics import metric_result
from data.queries.past import load_list, revision_at_end_of, revision_opened_at
from data.queries.revisions import current_revision
from data.scope import Scope
from data.semantic.details import Lines
from data.semantic.question import Filter, Query
from tests.changes.shop import MANAGER, edit
from tests.loading.conftest import TWO_LINES, Loader

EVERYTHING, OF_STORE_5 = Scope.everything(), Scope.of_stores(5)
YEAR = {"start": date(2017, 1, 1), "end": date(2018, 1, 1)}
MARCH = (date(2017, 3, 1), date(2017, 4, 1))
APRIL = "9,12,5,7,2017-04-02 10:00:00,1,9.00,0,0,0\n"


def told(conn, scope, revision=None):
    """Everything that pages read besides figures."""
    lines, south = Lines("sales", **YEAR), (Filter("region", ("South",)),)
    return [
        pd.DataFrame([freshness(conn, revision=revision)]),
        *(members(conn, dimension=name, scope=scope, revision=revision) for name in ("store", "region", "category")),
        fact_lines(conn, lines, scope=scope, revision=revision).frame,
        fact_lines(conn, replace(lines, filters=south), scope=scope, revision=revision).frame,
        pd.DataFrame([fact_line_count(conn, lines, scope=scope, revision=revision)]),
        calendar_events(conn, **YEAR, scope=scope, revision=revision),
        calendar_events(conn, **YEAR, scope=scope, filters=south, revision=revision),
    ]


def happenings(loader):
    """Loads, edits and what undoes them, one revision each."""
    yield loader.load("stores", "store,region,name\n5,North,Old town\n6,South,Harbour\n")
    yield loader.load("products", "product,department,category\n10,DAIRY,MILK\n11,DAIRY,CHEESE\n12,FUEL,\n")
    first = loader.sales(TWO_LINES)
    yield first
    yield loader.load("calendar_events", "name,first_day,last_day,region\nFair,2017-05-01,2017-05-02,South\n")
    yield edit(loader.database, "stores", "6", region="North", name="Seaside")
    april = loader.sales(APRIL)
    yield april
    yield undo(loader.database, april.revision, editor=MANAGER, reason="Too early")
    restated = loader.sales("1,10,5,7,2017-03-01 10:00:00,3,4.50,0,0,0\n", period=MARCH)
    yield restated
    yield edit(loader.database, "products", "10", category="DAIRY > CHEESE")
    yield undo(loader.database, restated.revision, editor=MANAGER, reason="It was the old file")


def test_every_list_reads_later_as_it_read_then(database, tmp_path):
    seen = {}
    for _ in happenings(Loader(database, tmp_path)):
        for scope in (EVERYTHING, OF_STORE_5):
            with database.reading(scope) as conn:
                seen[current_revision(conn), scope] = told(conn, scope)
    assert len(seen) == 20
    for (revision, scope), then in seen.items():
        with database.reading(scope) as conn:
            for now, before in zip(told(conn, scope, revision), then, strict=True):
                pd.testing.assert_frame_equal(now, before)


def test_members_that_are_kept_change_with_their_tables(database, tmp_path):
    cache = ResultCache()
    for _ in happenings(Loader(database, tmp_path)):
        for scope in (EVERYTHING, OF_STORE_5):
            with database.reading(scope) as conn:
                for name in ("store", "region", "category"):
                    kept, read = (members(conn, dimension=name, scope=scope, cache=use) for use in (cache, None))
                    pd.testing.assert_frame_equal(kept, read)
    assert cache.hits > 0


def test_freshness_counts_an_undo_from_its_revision_on(database, tmp_path):
    loader = Loader(database, tmp_path)
    march, april = loader.sales(TWO_LINES).revision, loader.sales(APRIL).revision
    undone = undo(database, april, editor=MANAGER, reason="Too early").revision
    with database.reading(EVERYTHING) as conn:
        days = {number: freshness(conn, revision=number).last_business_date for number in (march, april, undone)}
        assert days == {march: date(2017, 3, 1), april: date(2017, 4, 2), undone: date(2017, 3, 1)}
        assert freshness(conn, revision=april).revision == april


def test_a_revision_is_found_by_the_end_of_a_business_date(conn):
    for number, opened in ((1, datetime(2017, 3, 2, 4, 59, tzinfo=UTC)), (2, datetime(2017, 3, 2, 5, 0, tzinfo=UTC))):
        values = {"number": number, "opened": opened}
        conn.execute(sa.text(
            "insert into history.revisions (revision, opened_at, kind, login_name, role_name, previous_hash)"
            " values (:number, :opened, 'edit', 'a', 'a', '')"), values)  # fmt: skip
    found = {day: revision_at_end_of(conn, day=date(2017, 3, day), time_zone="America/New_York") for day in (1, 2, 3)}
    assert found == {1: 1, 2: 2, 3: 2}
    assert revision_at_end_of(conn, day=date(2017, 2, 28), time_zone="America/New_York") is None
    assert revision_at_end_of(conn, day=date(2017, 3, 1), time_zone="UTC") is None
    assert revision_opened_at(conn, revision=2) == datetime(2017, 3, 2, 5, 0, tzinfo=UTC)
    with pytest.raises(UnknownName, match="no such revision"):
        revision_opened_at(conn, revision=3)


def test_loads_are_listed_with_their_dates_and_what_stands_of_them(database, tmp_path):
    loader = Loader(database, tmp_path)
    with database.reading(EVERYTHING) as conn:
        assert load_list(conn).empty
    stores, april = loader.load("stores", "store,region\n5,North\n").revision, loader.sales(APRIL).revision
    undo(database, april, editor=MANAGER, reason="Too early")
    with database.reading(EVERYTHING) as conn:
        listed = load_list(conn)
    assert listed["revision"].tolist() == [april, stores]
    assert listed["standing"].tolist() == [0, 1]
    assert listed["last_on"].dt.date.tolist()[0] == date(2017, 4, 2)
    assert pd.isna(listed["last_on"].tolist()[1])


def test_what_nothing_touched_since_is_read_without_its_history(database, tmp_path):
    loader = Loader(database, tmp_path)
    loader.load("products", "product,department,category\n10,DAIRY,MILK\n11,DAIRY,CHEESE\n")
    march = loader.sales(TWO_LINES).revision
    edit(database, "products", "10", category="DAIRY > CHEESE")
    april = loader.sales(APRIL).revision
    in_all, by_category = Query(("net_sales",)), Query(("net_sales",), ("category",))
    assert histories_read(database, by_category, april) == set()
    assert histories_read(database, in_all, march) == {"sales_totals"}
    undo(database, april, editor=MANAGER, reason="Too early")
    assert histories_read(database, in_all, march) == {"sales_totals"}
    edit(database, "products", "11", category="DAIRY > MILK")
    assert histories_read(database, in_all, april + 1) == set()
    assert histories_read(database, by_category, april + 1) == {"products", "sales_months"}


def histories_read(database, query, revision):
    """The tables whose history the answer as of the revision was read from; what it shows as its SQL names them all."""
    heard = []

    def hear(conn, cursor, statement, *others):
        heard.extend(re.findall(r"FROM history\.(\w+)", statement))

    sa.event.listen(database.reader, "before_cursor_execute", hear)
    try:
        with database.reading(EVERYTHING) as conn:
            sql = metric_result(conn, query, scope=EVERYTHING, revision=revision).sql
    finally:
        sa.event.remove(database.reader, "before_cursor_execute", hear)
    assert "history.sales_" in sql
    return set(heard) - {"revisions", "revision_tables"}
