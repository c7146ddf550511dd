"""From rollups or from lines, at any revision of a history with everything in it, a question has one answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from random import Random

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.changes.undoing import undo
from data.frames import read_frame
from data.migrating import downgrade, upgrade
from data.queries.metrics import metric_result
from data.queries.revisions import current_revision
from data.revisions.causes import causes_between
from data.revisions.replay import Replay
from data.rollups import repair_rollup, rollup_names, rollup_state
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.compile import compile_query
from data.semantic.question import Compare, Filter, Query, Versus
from data.semantic.sources import rows_at
from data.semantic.types import Grain
from tests.changes.shop import LINES, MANAGER, PRODUCTS, STORES, add, edit
from tests.integration.test_random_queries import queries
from tests.loading.conftest import Loader
from tests.revisions.happenings import a_shop, happen, happenings
from tests.spec.world import World

NET_AND_UNITS = Query(("net_sales", "units"), ("department", "brand"), Grain.MONTH)
HISTORY = [
    ("load", None, [(date(2017, 1, 30), 10, 1, 2, 250), (date(2017, 2, 7), 20, 2, 1, 99), (date(2017, 2, 7), 30, 3, 4, 8)]),
    ("product", 10, {"category": "GROCERY > BREAD"}),  # joins the products of a class that is there
    ("load", None, [(date(2017, 2, 1), 10, 3, 3, 120), (date(2017, 2, 1), 20, 3, 1, 40), (date(2017, 3, 2), 30, 1, 1, 7)]),
    ("product", 20, {"unit_of_measure": "thousandth"}),
    ("restate", date(2017, 2, 6), [(date(2017, 2, 6), 20, 2, 2, 77), (date(2017, 2, 6), 10, 1, 1, 5)]),
    ("product", 20, {"brand": "Ours"}),
    ("store", 2, "South"),
    ("undo", 3, None),  # the restated days come back
    ("product", 10, {"category": "GROCERY > MILK", "brand": "Ours"}),
    ("undo", 1, None),
    ("undo", 11, None),  # the first load goes, restated or not
    ("product", 30, {"category": "GROCERY > BREAD"}),
    ("load", None, [(date(2017, 2, 20), 30, 1, 1, 300), (date(2017, 2, 21), 20, 1, 2, 10)]),
]  # fmt: skip


@pytest.fixture(scope="module")
def shop(server_url, template, owner_login, tmp_path_factory):
    with a_shop(server_url, template, owner_login) as (database, model):
        for happening in HISTORY:
            happen(database, model, tmp_path_factory.mktemp("files"), happening)
        assert model.last - model.first >= len(HISTORY) - 2
        yield database, model.first, model.last


def both(database, query, scope, revision):
    """The answer from rollups and the one from lines, in one snapshot; and which rollups were read."""
    frames, read = [], ()
    with database.reading(scope) as conn:
        for by_rollups in (True, False):
            compiled = compile_query(
                query, catalog=catalog(), source=rows_at(revision), scope=scope, by_rollups=by_rollups
            )
            read = compiled.rollups or read
            frames.append(read_frame(conn, compiled.statement, compiled.columns))
    return *frames, read


@pytest.mark.committing
@pytest.mark.long
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=queries(), back=st.none() | st.integers(0, 12))
def test_five_hundred_questions_have_one_answer(shop, asked, back):
    database, first, last = shop
    revision = None if back is None else max(first, last - back)
    from_rollups, from_lines, _ = both(database, *asked, revision)
    pd.testing.assert_frame_equal(from_rollups, from_lines)


@pytest.mark.committing
def test_states_that_never_were_have_one_answer_too(shop):
    database, first, last = shop
    draw, sales = Random(4), catalog().subject("sales")
    with database.reading(Scope.everything()) as conn:
        causes = causes_between(conn, tables=sorted({"products", "stores", "sales_lines"}), after=first, upto=last)
        replay = Replay(conn, causes, base=first)
        assert replay.by_rollups(sales)
        for _ in range(40):
            source = replay.source([cause for cause in causes if draw.random() < 0.5])
            from_rollups, from_lines = (
                metric_result(
                    conn, NET_AND_UNITS, scope=Scope.everything(), source=source, by_rollups=by_rollups, by_day=True
                ).frame
                for by_rollups in (True, False)
            )
            pd.testing.assert_frame_equal(from_rollups, from_lines)


@pytest.mark.committing
def test_a_state_without_a_product_that_others_stand_in_for_is_read_from_lines(
    server_url, template, owner_login, tmp_path
):  # fmt: skip
    with a_shop(server_url, template, owner_login) as (database, model):
        add(database, "products", product="40", category="PRODUCE > FRUIT", brand="National", unit_of_measure="piece")
        happen(database, model, tmp_path, ("load", None, [(date(2017, 2, 3), 40, 1, 2, 500)]))
        with database.reading(Scope.everything()) as conn:
            last = current_revision(conn)
            causes = causes_between(conn, tables=("products", "sales_lines"), after=last - 2, upto=last)
            assert len(causes) == 2
            assert not Replay(conn, causes, base=last - 2).by_rollups(catalog().subject("sales"))


def wrong(database):
    with database.owner.connect() as conn:
        return [state for name in rollup_names(conn) if not (state := rollup_state(conn, name=name)).ok]


@pytest.mark.committing
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(happenings, min_size=3, max_size=10))
def test_rollups_follow_any_history(server_url, template, owner_login, tmp_path_factory, history):
    with a_shop(server_url, template, owner_login) as (database, model):
        for happening in history:
            happen(database, model, tmp_path_factory.mktemp("files"), happening)
        assert wrong(database) == []


COUNTED = [
    Query(("baskets", "average_basket")),
    Query(("baskets",), ("store",), Grain.DAY),
    Query(("baskets", "net_sales"), ("region",), Grain.MONTH),
    Query(("baskets",), ("weekday", "store"), None, date(2017, 3, 1), date(2017, 3, 2)),
    Query(("baskets",), (), None, date(2017, 2, 20), date(2017, 4, 3), compare=Compare(Versus.PREVIOUS)),
    Query(("baskets",), (), Grain.WEEK, filters=(Filter("store", (5,)),)),
]

OF_PRODUCTS = [
    Query(("baskets", "net_sales", "lines"), ("product",)),
    Query(("baskets",), ("product", "department"), Grain.MONTH),
    Query(("baskets", "units"), ("product",), None, date(2017, 2, 20), date(2017, 4, 3)),  # a whole month, and days
    Query(("baskets",), ("product",), None, date(2017, 1, 31), date(2017, 3, 2), compare=Compare(Versus.PREVIOUS)),
    Query(("baskets", "lines"), ("category",), filters=(Filter("product", (10,)),)),
]


def in_several_rows(loader):
    """What puts a basket into several rows of a rollup, and what takes it out again; a revision each."""
    yield loader.load("stores", "store,region\n5,North\n6,South\n")
    yield loader.load("products", "product,department,category\n10,DAIRY,MILK\n11,DAIRY,CHEESE\n")
    line = "{},{},{},7,2017-03-0{} 10:00:00,1,2.50,0,0,0\n".format
    first = loader.sales(line(1, 10, 5, 1) + line(1, 11, 5, 1) + line(2, 10, 6, 1) * 2 + line(3, 10, 5, 2))
    yield first
    later = loader.sales(line(1, 12, 5, 1) + line(3, 11, 5, 2) + line(4, 12, 6, 2))  # more of two of the baskets
    yield later
    yield edit(loader.database, "products", "11", unit_of_measure="thousandth")
    restated = loader.sales(line(1, 10, 5, 1) + line(5, 11, 5, 1), period=(date(2017, 3, 1), date(2017, 3, 2)))
    yield restated
    yield undo(loader.database, restated.revision, editor=MANAGER, reason="It was the old file")
    yield edit(loader.database, "products", "12", unit_of_measure="thousandth")
    yield edit(loader.database, "products", "11", unit_of_measure="piece")
    yield undo(loader.database, first.revision, editor=MANAGER, reason="Twice")
    yield undo(loader.database, later.revision, editor=MANAGER, reason="Twice as well")


@pytest.mark.committing
def test_a_basket_in_several_rows_is_counted_once(database, tmp_path):
    for _ in in_several_rows(Loader(database, tmp_path)):
        assert wrong(database) == []
    with database.owner.connect() as conn:
        newest = current_revision(conn)
        repeated = conn.exec_driver_sql("select basket_id from sales_basket_repeats order by 1").scalars().all()
    assert repeated == [1, 2, 3]  # the second one came back with a restatement that was undone
    for query, scope in product(COUNTED, (Scope.everything(), Scope.of_stores(5))):
        for revision in (None, *range(1, newest + 1)):
            from_rollups, from_lines, read = both(database, query, scope, revision)
            assert set(read) & {"sales_totals", "sales_store_days", "sales_store_months"}
            pd.testing.assert_frame_equal(from_rollups, from_lines)


@pytest.mark.committing
def test_a_basket_counts_once_for_each_of_its_products(database, tmp_path):
    for _ in in_several_rows(Loader(database, tmp_path)):
        pass
    with database.owner.connect() as conn:
        newest = current_revision(conn)
    for query in OF_PRODUCTS:
        for revision in (None, *range(1, newest + 1)):
            from_rollups, from_lines, read = both(database, query, Scope.everything(), revision)
            assert "sales_product_months" in read
            pd.testing.assert_frame_equal(from_rollups, from_lines)


@pytest.mark.committing
def test_a_basket_in_several_rows_that_is_not_told_is_found(database, tmp_path):
    for _ in in_several_rows(Loader(database, tmp_path)):
        pass
    with database.owner.begin() as conn:
        conn.exec_driver_sql("delete from sales_basket_repeats where basket_id = 3")
    assert [(state.name, state.wrong_rows) for state in wrong(database)] == [("sales_baskets", 1)]
    with database.owner.begin() as conn:
        repair_rollup(conn, name="sales_baskets")
    assert wrong(database) == []


NUTS = "8  SNACKS  NUTS  Ours\n9  SNACKS  NUTS  Ours\n40  SNACKS  NUTS  Ours"
OF_NUTS = Query(("net_sales", "lines"), ("category",))


@pytest.fixture
def nuts(server_url, template, owner_login, tmp_path):
    """Three products that came together and are classed alike, so that 8 stands in for 9 and 40; each was sold once."""
    with a_shop(server_url, template, owner_login) as (database, model):
        with database.owner.begin() as conn:
            World(conn).products(f"product  department  category  brand\n{NUTS}")
        for number in (8, 9, 40):
            happen(database, model, tmp_path, ("load", None, [(date(2017, 2, 3), number, 1, number, 100 * number)]))
        assert sold_by_stand_in(database)[8] == 5700
        yield database, model


def sold_by_stand_in(database):
    stmt = "select product_id, sum(net_cents)::bigint from sales_days where sold_on = '2017-02-03' group by 1"
    with database.owner.connect() as conn:
        return dict(map(tuple, conn.exec_driver_sql(stmt)))


def have_one_answer(database):
    with database.owner.connect() as conn:
        newest = current_revision(conn)
    for revision in (None, *range(1, newest + 1)):
        for grain, rollup in ((None, "sales_months"), (Grain.WEEK, "sales_weeks"), (Grain.DAY, "sales_days")):
            query = replace(OF_NUTS, grain=grain)
            from_rollups, from_lines, read = both(database, query, Scope.everything(), revision)
            assert read == (rollup,)
            pd.testing.assert_frame_equal(from_rollups, from_lines)
    assert wrong(database) == []


@pytest.mark.committing
def test_a_product_that_is_classed_anew_takes_its_sums_and_leaves_the_others_theirs(nuts):
    edit(nuts[0], "products", "8", category="GROCERY > BREAD")
    assert sold_by_stand_in(nuts[0]) == {8: 800, 9: 4900}
    have_one_answer(nuts[0])


@pytest.mark.committing
def test_a_product_that_came_later_never_stands_in_for_one_that_was_there_before(nuts, tmp_path):
    database, model = nuts
    add(database, "products", product="5", category="SNACKS > NUTS", brand="Ours", unit_of_measure="piece")
    happen(database, model, tmp_path, ("load", None, [(date(2017, 2, 3), 5, 1, 1, 50)]))
    edit(database, "products", "8", category="GROCERY > BREAD")
    assert sold_by_stand_in(database) == {5: 50, 8: 800, 9: 4900}
    have_one_answer(database)
    for name in ("sales_days", "sales_baskets"):  # made anew, it is the same
        with database.owner.begin() as conn:
            repair_rollup(conn, name=name)
    assert sold_by_stand_in(database) == {5: 50, 8: 800, 9: 4900}
    have_one_answer(database)


@pytest.mark.committing
def test_a_product_that_goes_leaves_the_others_theirs(nuts):
    database, _ = nuts
    with database.owner.begin() as conn:  # past the checks that keep a product which was sold
        conn.exec_driver_sql("delete from products where product_id = 8")
    assert sold_by_stand_in(database) == {8: 800, 9: 4900}
    have_one_answer(database)
    with database.owner.begin() as conn:
        repair_rollup(conn, name="sales_days")
    assert sold_by_stand_in(database) == {8: 800, 9: 4900}
    have_one_answer(database)


@pytest.mark.committing
def test_a_rollup_of_plain_keys_follows_and_keeps_to_the_scope(server_url, template, owner_login, tmp_path):
    with a_shop(server_url, template, owner_login) as (database, model):
        with database.owner.begin() as conn:
            conn.exec_driver_sql(
                "create table store_days (sold_on date not null, store_id integer not null, load_id bigint not null, "
                "net_cents bigint not null, line_count bigint not null, primary key (sold_on, store_id, load_id))"
            )
            conn.exec_driver_sql(
                "select history.track_rollup('store_days', 'sales_lines', '{sold_on,store_id}', '{net_cents}', "
                "null, null, null)"
            )
            conn.exec_driver_sql("create table store_weeks (like store_days including all)")
            conn.exec_driver_sql(
                "select history.derive_rollup('store_weeks', 'store_days', '{sold_on,store_id}', 'week')"
            )
        for happening in HISTORY:
            happen(database, model, tmp_path, happening)
        assert wrong(database) == []
        with database.reading(Scope.of_stores(3)) as conn:
            assert conn.exec_driver_sql("select distinct store_id from store_days").scalars().all() == [3]
            weeks = conn.exec_driver_sql("select distinct store_id, extract(isodow from sold_on) from store_weeks")
            assert weeks.all() == [(3, 1)]


@pytest.mark.committing
def test_a_migration_fills_what_it_adds(server_url, template, owner_login, tmp_path):
    with a_shop(server_url, template, owner_login) as (database, model):
        for happening in HISTORY[:6]:
            happen(database, model, tmp_path, happening)
        rows = rows_of_rollups(database)
        downgrade(database.owner, target="0019")
        upgrade(database.owner)
        assert rows_of_rollups(database) == rows
        assert wrong(database) == []


def rows_of_rollups(database):
    with database.owner.connect() as conn:
        found = {name: rollup_state(conn, name=name).rows for name in rollup_names(conn)}
    assert all(found.values())
    return found


@pytest.mark.committing
def test_what_differs_is_found_and_made_anew(database, shop_of_three):
    with database.owner.begin() as conn:
        conn.exec_driver_sql("update sales_days set net_cents = net_cents + 1")
        conn.exec_driver_sql("update history.stand_ins set stand_in = 10 where table_name = 'sales_baskets'")
        conn.exec_driver_sql("update history.stand_ins set stand_in = 10 where table_name = 'sales_days'")
    found = {state.name: state for state in wrong(database)}
    assert (found["sales_days"].wrong_rows > 0, found["sales_days"].wrong_members) == (True, 1)
    assert "sales_baskets" not in found  # all products are counted in pieces: one may stand in for all
    with database.owner.begin() as conn:
        repair_rollup(conn, name="sales_days")
    assert wrong(database) == []


@pytest.fixture
def shop_of_three(database):
    with database.owner.begin() as conn:
        World(conn).products(PRODUCTS).stores(STORES).lines(LINES)


OF_MONTHS = ("sales_weeks", "sales_months", "sales_product_months", "sales_store_months", "sales_household_months")


@pytest.mark.committing
def test_a_month_that_is_loaded_day_by_day_has_one_row_for_each_sum_and_tells_of_each_day(
    server_url, template, owner_login, tmp_path
):
    with a_shop(server_url, template, owner_login) as (database, model):
        for day in (8, 9, 10):
            happen(database, model, tmp_path, ("load", None, [(date(2017, 5, day), 10, 1, 3, 100)]))
        with database.owner.connect() as conn:
            for table in OF_MONTHS:
                stmt = "select line_count, net_cents, load_id from {} where sold_on >= '2017-05-01'"
                (now,) = conn.exec_driver_sql(stmt.format(table)).all()
                past = conn.exec_driver_sql(f"{stmt.format(f'history.{table}')} order by load_id").all()
                assert [row[:2] for row in (*past, now)] == [(1, 100), (2, 200), (3, 300)], table
        query = Query(("net_sales", "lines", "baskets"), ("product",), Grain.MONTH)
        for revision in range(model.first, model.last + 1):
            from_rollups, from_lines, _ = both(database, query, Scope.everything(), revision)
            pd.testing.assert_frame_equal(from_rollups, from_lines)
