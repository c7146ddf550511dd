"""Which revisions moved which figures: in all and by member, largest effect first."""

from decimal import Decimal

import pytest

from data.errors import UnknownName, UsageError
from data.revisions.causes import Kind
from data.revisions.groups import MOST_PARTS
from data.revisions.moved import moved_between
from data.scope import Scope
from data.semantic.question import Query
from data.semantic.types import Grain
from tests.changes.shop import edit
from tests.loading.conftest import Loader

EVERYTHING = Scope.everything()
TOTALS = Query(("net_sales", "baskets"))
BY_DEPARTMENT = Query(("net_sales",), ("department",))
MARCH = "1,10,5,7,2017-03-01 10:00:00,2,3.00,0,0,0\n2,11,6,7,2017-03-01 10:00:00,1,1.25,0,0,0\n"
APRIL = "9,10,5,7,2017-04-02 10:00:00,1,9.00,0,0,0\n"


@pytest.fixture
def shop(database, tmp_path):
    """Stores, products, March (revision 3), product 10 moved from DAIRY to FUEL (4), April (5)."""
    loader = Loader(database, tmp_path)
    loader.load("stores", "store,region\n5,North\n6,South\n")
    loader.load("products", "product,department,category\n10,DAIRY,MILK\n11,DAIRY,CHEESE\n12,FUEL,GAS\n")
    loader.sales(MARCH)
    edit(database, "products", "10", category="FUEL > GAS")
    loader.sales(APRIL)
    return database


def moved(database, query, first, last, scope=EVERYTHING, **more):
    with database.reading(scope) as conn:
        found = moved_between(conn, query, from_revision=first, to_revision=last, scope=scope, **more)
    return [(one.metric.name, one.member and one.member[1], one.group.revisions, one.before, one.after)
            for one in found]  # fmt: skip


def test_new_facts_move_totals_and_edits_of_products_do_not(shop):
    assert moved(shop, TOTALS, 3, 5) == [
        ("net_sales", None, (5,), Decimal(425), Decimal(1325)),
        ("baskets", None, (5,), Decimal(2), Decimal(3)),
    ]


def test_an_edit_moves_members_and_the_largest_effect_comes_first(shop):
    found = moved(shop, BY_DEPARTMENT, 3, 4)
    assert found == [
        ("net_sales", "FUEL", (4,), None, Decimal(300)),
        ("net_sales", "DAIRY", (4,), Decimal(425), Decimal(125)),
    ]


def test_each_revision_has_its_own_line(shop):
    assert [(member, revisions) for _, member, revisions, _, _ in moved(shop, BY_DEPARTMENT, 3, 5)] == [
        ("FUEL", (4,)),
        ("FUEL", (5,)),
        ("DAIRY", (4,)),
    ]


def test_scope_is_kept(shop):
    assert moved(shop, TOTALS, 3, 5, Scope.of_stores(6)) == []


def test_a_revision_that_touches_nothing_asked_about_moves_nothing(shop, tmp_path):
    newest = Loader(shop, tmp_path).load("households", "household\n7\n").revision
    assert moved(shop, TOTALS, newest - 1, newest) == []


def test_many_revisions_are_put_together_and_none_is_lost(shop):
    for turn in range(MOST_PARTS + 5):
        edit(shop, "products", "11", category="FUEL > GAS" if turn % 2 == 0 else "DAIRY > CHEESE")
    heard = []
    with shop.reading(EVERYTHING) as conn:
        found = moved_between(conn, BY_DEPARTMENT, from_revision=5, to_revision=30, scope=EVERYTHING,
                              progress=lambda done, of: heard.append((done, of)))  # fmt: skip
    assert heard[-1][0] == heard[-1][1] <= MOST_PARTS
    assert {one.group.kind for one in found} <= {Kind.SEVERAL, Kind.EDIT}
    fuel = [one for one in found if one.member == ("FUEL", "FUEL")]
    assert sum(one.change for one in fuel) == Decimal(125)


@pytest.mark.parametrize(
    ("query", "ends", "error", "words"),
    [
        (Query(("net_sales",), grain=Grain.DAY), (3, 5), UsageError, "without grain"),
        (Query(("net_sales",), ("department", "store")), (3, 5), UsageError, "by one dimension"),
        (TOTALS, (5, 3), UsageError, "told forwards"),
        (TOTALS, (3, 99), UnknownName, "99"),
    ],
)
def test_what_cannot_be_told_is_refused(shop, query, ends, error, words):
    with pytest.raises(error, match=words):
        moved(shop, query, *ends)
