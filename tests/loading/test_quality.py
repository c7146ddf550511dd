"""The lists of what managers are to look at, on a tiny shop."""

from __future__ import annotations

import pytest

from data.loading.quality import inferred_members, missing_values, odd_units, unassigned_members
from data.scope import Scope
from tests.spec.world import World

ALL = Scope.everything()


@pytest.fixture
def shop(database):
    """Two stores, of which one is in no region; a product in no category, one inferred, two with odd quantities."""
    import sqlalchemy as sa

    with database.owner.begin() as conn:
        world = World(conn)
        world.stores("store  region\n1  North\n2  Unassigned")
        world.products(
            "product  department  category  unit_of_measure\n"
            "10  DAIRY  MILK  piece\n11  DAIRY  Unassigned  piece\n12  FUEL  GAS  thousandth\n13  FUEL  GAS  piece"
        )
        world.lines(
            "basket  product  store  household  sold_on  quantity  net\n"
            "1  10  1  7  2017-02-01  2  3.00\n"
            "1  11  1  7  2017-02-01  1  1.00\n"
            "2  12  2  8  2017-02-02  1  20.00\n"
            "2  13  2  8  2017-02-02  9000  30.00\n"
            "3  99  2  8  2017-02-03  1  0.50"
        )
        conn.execute(sa.text("update products set inferred = true, category_id = (select category_id from categories c "
                             "join departments d using (department_id) where d.name = 'DAIRY' and c.name = 'Unassigned') "
                             "where product_id = 99"))  # fmt: skip
        conn.execute(sa.text("update households set age = '25-34' where household_id = 7"))
    return database


def look(database, listing, scope=ALL):
    with database.reading(scope) as conn:
        return [tuple(row) for row in listing(conn, scope=scope).itertuples(index=False)]


def test_inferred_members_come_with_their_money(shop):
    assert look(shop, inferred_members) == [("products", 99, 1, 50)]


def test_unassigned_members_come_with_their_money(shop):
    assert look(shop, unassigned_members) == [
        ("stores", 2, "Unassigned", 3, 5050),
        ("products", 11, "DAIRY", 1, 100),
        ("products", 99, "DAIRY", 1, 50),
    ]


def test_quantities_that_do_not_look_like_their_unit_are_listed(shop):
    assert look(shop, odd_units) == [(13, "piece", 9000, 9000, 1, 3000), (12, "thousandth", 1, 1, 1, 2000)]


def test_gaps_are_counted_by_column_with_the_money_behind_them(shop):
    found = {(table, column): rest for table, column, *rest in look(shop, missing_values)}
    assert found[("households", "age")] == [1, 3, 5050]
    assert found[("products", "package_size")] == [5, 5, 5450]
    assert ("products", "brand") not in found


def test_a_limited_caller_sees_the_money_of_their_stores_alone(shop):
    scope = Scope.of_stores(1)
    assert look(shop, inferred_members, scope) == [("products", 99, 0, 0)]
    assert look(shop, odd_units, scope) == []
    assert [row[:2] for row in look(shop, unassigned_members, scope)] == [("products", 11), ("products", 99)]
    assert {row[:2]: row[2:] for row in look(shop, missing_values, scope)}[("stores", "name")] == (1, 2, 400)


def test_an_empty_database_has_nothing_to_look_at(database):
    for listing in (inferred_members, unassigned_members, odd_units, missing_values):
        assert look(database, listing) == []
