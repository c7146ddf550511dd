"""Members found by what people call them: the right ones first, none of other stores, in few statements."""

import pytest
import sqlalchemy as sa

from data.cache import ResultCache
from data.models import Product, Store
from data.scope import Scope
from data.search.index import searched
from data.search.members import MemberSearch
from data.search.words import Asked, Place
from tests.spec.world import World

EVERYTHING = Scope.everything()
PRODUCTS = """
product  department  category   product_type
10       GROCERY     ICE CREAM  ICE CREAM
20       GROCERY     ICE CREAM  ICE CREAM
30       GROCERY     ICE CREAM  ICE CREAM CONES
40       GROCERY     DAIRY      CREAM FOR ICE
50       GROCERY     DAIRY      SLICED CREAMY
367      PRODUCE     FRUIT      APPLES
"""
STORES = """
store  region
1      North
2      North
367    South
"""
LINES = """
basket  product  store  household  sold_on     quantity  net
1       20       1      7          2017-02-01  1         1.00
2       20       1      7          2017-02-02  1         1.00
3       10       367    7          2017-02-03  1         1.00
4       10       1      7          2016-12-01  1         1.00
5       10       1      7          2016-12-02  1         1.00
6       10       1      7          2016-12-03  1         1.00
"""


@pytest.fixture
def shop(conn):
    world = World(conn)
    world.stores(STORES).products(PRODUCTS)
    world._seen |= {("store", 1), ("store", 2), ("store", 367)}
    world.lines(LINES)
    world.campaigns("campaign  start_on    end_on      households\n5         2017-02-01  2017-03-01  7")
    return conn


def found(conn, typed, *, most=5, scope=EVERYTHING, cache=None):
    groups = MemberSearch(conn, scope=scope, cache=cache).found(Asked.of(typed), most=most)
    return {group.dimension.name: [one.key for one in group.best] for group in groups}


def test_the_best_fit_is_first_and_of_equals_what_was_sold_lately(shop):
    assert found(shop, "ice cream") == {
        "category": ["GROCERY > ICE CREAM"],
        "product": [20, 10, 30, 40, 50],  # two lately, one; begins so; has the words; somewhere in it
    }


def test_sales_of_more_than_28_days_ago_do_not_count(shop):
    search = MemberSearch(shop, scope=EVERYTHING, cache=None)
    (products,) = search.found(Asked.of("ice cream"), most=2, dimensions=["product"])
    assert [(one.key, one.facts) for one in products.best] == [(20, 2), (10, 1)]


def test_what_counts_is_what_was_sold_in_the_callers_stores(shop):
    assert found(shop, "ice cream", scope=Scope.of_stores(367))["product"][:2] == [10, 20]


def test_a_key_is_found_wherever_it_is_one(shop):
    keys = found(shop, "367")
    assert keys["store"] == [367]
    assert keys["product"] == [367]
    search = MemberSearch(shop, scope=EVERYTHING, cache=None)
    assert {group.dimension.name: group.best[0].place for group in search.found(Asked.of("367"), most=1)} == {
        "store": Place.EXACT,
        "product": Place.EXACT,
    }


def test_no_more_than_asked_for_and_how_many_there_are(shop):
    search = MemberSearch(shop, scope=EVERYTHING, cache=None)
    (products,) = search.found(Asked.of("cream"), most=2, dimensions=["product"])
    assert (len(products.best), products.count) == (2, 5)


def test_dimensions_of_every_sort_are_searched(shop):
    assert found(shop, "north") == {"region": ["North"]}
    assert found(shop, "campaign 5") == {"campaign": [5]}
    assert found(shop, "monday") == {"weekday": [1]}
    assert found(shop, "08:00") == {"hour": [8]}
    assert found(shop, "national") == {"brand": ["National"]}
    assert "age" in found(shop, "unknown")


def test_another_regions_stores_are_not_found(shop):
    north = Scope.of_stores(1, 2)
    assert found(shop, "367", scope=north) == {"product": [367]}
    assert found(shop, "south", scope=north) == {}
    assert found(shop, "north", scope=north) == {"region": ["North"]}
    assert found(shop, "store", scope=Scope.of_stores(2)) == {"store": [2]}
    assert found(shop, "store", scope=Scope.of_stores()) == {}


def test_the_words_of_other_regions_are_not_told_either(shop):
    words = MemberSearch(shop, scope=Scope.of_stores(1), cache=ResultCache()).words()
    assert {"north", "cones"} <= words
    assert "south" not in words


def test_one_caller_does_not_see_what_was_kept_for_another(shop):
    cache = ResultCache()
    assert found(shop, "367", cache=cache)["store"] == [367]
    assert "store" not in found(shop, "367", scope=Scope.of_stores(1), cache=cache)
    assert found(shop, "367", cache=cache)["store"] == [367]


def test_of_equals_retired_ones_come_last_and_say_so(shop):
    shop.execute(sa.update(Product).where(Product.product_id == 20).values(retired=True))
    (products,) = MemberSearch(shop, scope=EVERYTHING, cache=None).found(
        Asked.of("ice cream"), most=3, dimensions=["product"]
    )
    assert [(one.key, one.retired) for one in products.best] == [(10, False), (30, False), (20, True)]


def test_nothing_typed_finds_nothing(shop):
    assert found(shop, "  ") == {}


@pytest.fixture
def statements(shop):
    """The statements that the connection ran, one by one."""
    ran = []

    def note(conn, cursor, statement, *_):
        ran.append(statement)

    sa.event.listen(shop, "before_cursor_execute", note)
    yield ran
    sa.event.remove(shop, "before_cursor_execute", note)


def test_a_search_that_is_repeated_takes_one_statement(shop, statements):
    cache = ResultCache()
    found(shop, "ice cream", cache=cache)
    read = sum(one.statement is not None for one in searched())
    assert len(statements) == 1 + read + 1  # the revisions, each dimension, and what products were sold lately
    statements.clear()
    assert found(shop, "cream", cache=cache)["product"]
    assert len(statements) == 1


@pytest.mark.committing
def test_an_edit_is_found_at_once_and_only_its_dimensions_are_read_again(database):
    with database.owner.begin() as conn:
        World(conn).stores(STORES).products(PRODUCTS)
    cache = ResultCache()
    with database.reading(EVERYTHING) as conn:
        assert "store" not in found(conn, "old town", cache=cache)
    with database.writing(author="meg", reason="A name") as conn:
        conn.execute(sa.update(Store).where(Store.store_id == 2).values(name="Old town"))
    ran = []
    with database.reading(EVERYTHING) as conn:
        sa.event.listen(conn, "before_cursor_execute", lambda *event: ran.append(event[2]))
        assert found(conn, "old town", cache=cache) == {"store": [2]}
    assert sum("FROM products" in statement for statement in ran) == 0
    assert sum("FROM stores" in statement for statement in ran) >= 1
