"""The data-quality list, on a tiny shop and on the sample."""

import pytest
import sqlalchemy as sa

from data.changes.editable import editable_table
from data.errors import UnknownName
from data.queries.quality import CHECKS, check_named, quality_members, quality_summary
from data.scope import Scope
from tests.spec.world import World

ALL = Scope.everything()


@pytest.fixture
def shop(conn):
    world = World(conn)
    world.products("""
        product  category    product_type  package_size  unit_of_measure
        10       MILK        WHOLE MILK    1 L           piece
        20       Unassigned  BREAD         1 LB          piece
        30       FUEL        GASOLINE      1 GA          thousandth
        """)
    world.products("product  category  package_size\n40       MILK      1 L\n")
    world.products("product  category  product_type\n50       MILK      CREAM\n")
    world.lines("""
        basket  product  store  household  sold_on     quantity  net
        1       20       1      7          2017-02-01  1         2.00
        2       30       2      7          2017-02-02  5         3.00
        3       30       2      7          2017-02-03  5         4.00
        """)
    conn.execute(sa.text("update products set inferred = true where product_id = 10"))
    conn.execute(sa.text("update stores set inferred = true where store_id = 2"))
    conn.execute(sa.text("insert into households (household_id, inferred) values (8, true)"))
    return conn


def test_each_check_counts_members_lines_and_money(shop):
    frame = quality_summary(shop, scope=ALL).set_index("check")
    found = {name: tuple(frame.loc[name, ["members", "sold", "lines", "net_sales"]]) for name in frame.index}
    assert found == {
        "inferred_products": (1, 0, 0, 0),
        "uncategorised_products": (1, 1, 1, 200),
        "odd_units": (1, 1, 2, 700),
        "odd_quantities": (1, 1, 2, 700),
        "unnamed_products": (1, 0, 0, 0),
        "unsized_products": (1, 0, 0, 0),
        "inferred_stores": (1, 1, 2, 700),
        "stores_without_region": (2, 2, 3, 900),
        "inferred_households": (1, 0, 0, 0),
        "households_without_survey": (2, 1, 3, 900),
    }


def test_members_come_with_the_money_they_hold(shop):
    frame = quality_members(shop, check="stores_without_region", scope=ALL)
    assert frame[["number", "label", "lines", "net_sales"]].values.tolist() == [
        [2, "Store 2", 2, 700],
        [1, "Store 1", 1, 200],
    ]
    assert quality_members(shop, check="odd_units", scope=ALL)["label"].tolist() == ["GROCERY > FUEL: GASOLINE, 1 GA"]
    assert quality_members(shop, check="households_without_survey", scope=ALL)["label"].tolist() == [
        "Household 7",
        "Household 8",
    ]


def test_quantities_far_from_what_their_unit_means_are_found(conn):
    world = World(conn)
    world.products("""
        product  unit_of_measure
        10       piece
        11       piece
        20       thousandth
        21       thousandth
        30       thousandth
        """)
    world.lines("""
        basket  product  store  household  sold_on     quantity  net
        1       10       1      7          2017-02-01  200       2.00
        2       10       1      7          2017-02-01  2         2.00
        1       11       1      7          2017-02-01  199       2.00
        2       11       1      7          2017-02-01  1         2.00
        1       20       1      7          2017-02-01  10        3.00
        2       20       1      7          2017-02-01  9         3.00
        1       21       1      7          2017-02-01  11        4.00
        2       21       1      7          2017-02-01  9         4.00
        """)
    frame = quality_members(conn, check="odd_quantities", scope=ALL)
    assert frame[["number", "lines", "net_sales"]].values.tolist() == [[20, 2, 600], [10, 2, 400]]
    assert sorted(conn.scalars(check_named("odd_quantities").keys_stmt())) == [10, 20]
    assert list(conn.scalars(check_named("odd_quantities").keys_stmt(scope=Scope.of_stores(2)))) == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_each_check_leads_to_the_rows_of_its_table(shop, check):
    table = editable_table(check.table)
    assert not table.field(check.field).fixed
    assert table.ids[0].name == check.sold_as
    found = quality_members(shop, check=check.name, scope=ALL)["number"].tolist()
    assert sorted(shop.scalars(check.keys_stmt())) == sorted(found)


def test_each_check_is_found_by_its_name():
    assert [check_named(check.name) for check in CHECKS] == list(CHECKS)


def test_a_scope_limits_the_money_that_is_told(shop):
    frame = quality_summary(shop, scope=Scope.of_stores(1)).set_index("check")
    assert frame.loc["odd_units", ["lines", "net_sales"]].tolist() == [0, 0]


def test_an_unknown_check_names_the_known_ones(shop):
    with pytest.raises(UnknownName, match="no such check: 'x'; known are inferred_products"):
        quality_members(shop, check="x", scope=ALL)
    with pytest.raises(UnknownName, match="no such check: 'y'"):
        check_named("y")


def test_nothing_is_open_in_an_empty_database(conn):
    frame = quality_summary(conn, scope=ALL)
    assert frame["members"].tolist() == [0] * len(CHECKS)
    assert quality_members(conn, check="odd_units", scope=ALL).empty


@pytest.mark.sample
def test_the_sample_leaves_open_what_its_files_do(sample):
    with sample.reading(ALL) as conn:
        frame = quality_summary(conn, scope=ALL).set_index("check")
    assert frame.loc["inferred_products", ["members", "sold", "lines", "net_sales"]].tolist() == [20, 17, 4836, 17257]
    assert frame.loc["households_without_survey", "members"] == 1668
    assert frame.loc["odd_quantities", ["members", "sold", "lines"]].tolist() == [4, 4, 1177]  # fuel not measured
    assert frame.loc[["inferred_stores", "inferred_households"], "members"].tolist() == [0, 0]
    assert frame.loc["stores_without_region", "members"] == 457
    assert frame.loc["odd_units", "members"] == 35
