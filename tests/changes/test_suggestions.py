"""Suggested categories, on a tiny shop and on the sample."""

import pytest
import sqlalchemy as sa

from data.changes.suggestions import COLUMNS, category_suggestions
from data.scope import Scope
from tests.spec.world import World

ALL = Scope.everything()


def suggested(conn, **asked):
    """The suggestion and its reason by product, in the order in which they come."""
    frame = category_suggestions(conn, **{"scope": ALL, **asked})
    return {row.product: (row.suggestion, row.because) for row in frame.itertuples()}


@pytest.fixture
def world(conn):
    return World(conn)


def test_a_product_is_suggested_the_category_of_its_type(world):
    world.products("""
        product  department  category    product_type  package_size
        10       PRODUCE     CARROTS     BABY CARROTS  1 LB
        11       PRODUCE     CARROTS     BABY CARROTS  2 LB
        20       FROZEN      Unassigned  BABY CARROTS  3 LB
        """)
    world.lines("""
        basket  product  store  household  sold_on     quantity  net
        1       20       1      7          2017-02-01  1         2.00
        2       20       2      7          2017-03-01  1         3.50
        """)
    version = world.conn.scalar(sa.text("select revision from products where product_id = 20"))
    frame = category_suggestions(world.conn, scope=ALL)
    assert [tuple(row) for row in frame.itertuples(index=False)] == [
        (
            20,
            "BABY CARROTS, 3 LB, no. 20",
            "FROZEN > Unassigned",
            "PRODUCE > CARROTS",
            "BABY CARROTS: 2 of 2 products",
            1.0,
            version,
            550,
        )
    ]


def test_within_a_type_the_category_with_most_products_wins(world):
    world.products("""
        product  department  category    product_type
        10       GROCERY     SAUCES      SALSA
        11       PRODUCE     DIPS        SALSA
        12       PRODUCE     DIPS        SALSA
        20       FROZEN      Unassigned  SALSA
        """)
    assert suggested(world.conn) == {20: ("PRODUCE > DIPS", "SALSA: 2 of 3 products")}


def test_the_own_department_wins_with_half_as_many_products_and_not_with_fewer(world):
    world.products("""
        product  department  category    product_type
        10       GROCERY     SAUCES      SALSA
        11       PRODUCE     DIPS        SALSA
        12       PRODUCE     DIPS        SALSA
        20       GROCERY     Unassigned  SALSA
        30       GROCERY     CONDIMENTS  KETCHUP
        31       PRODUCE     TOMATOES    KETCHUP
        32       PRODUCE     TOMATOES    KETCHUP
        33       PRODUCE     TOMATOES    KETCHUP
        40       GROCERY     Unassigned  KETCHUP
        """)
    assert suggested(world.conn) == {
        20: ("GROCERY > SAUCES", "SALSA: 1 of 3 products"),
        40: ("PRODUCE > TOMATOES", "KETCHUP: 3 of 4 products"),
    }


def test_the_own_department_wins_among_types_about_as_much_alike_and_not_against_a_better_one(world):
    world.products("""
        product  department  category    product_type
        10       PRODUCE     FRUIT       SLICED PEACHES HALVE
        11       GROCERY     CANNED      SLICED PEACHES HALV
        12       DELI        SALADS      SLICED PEACHES HA
        20       GROCERY     Unassigned  SLICED PEACHES HALVES
        21       DELI        Unassigned  SLICED PEACHES HALVES
        """)
    assert suggested(world.conn) == {
        20: ("GROCERY > CANNED", "SLICED PEACHES HALV: 1 of 1 product"),
        21: ("PRODUCE > FRUIT", "SLICED PEACHES HALVE: 1 of 1 product"),
    }


def test_the_same_type_elsewhere_beats_a_similar_one_in_the_own_department(world):
    world.products("""
        product  department  category    product_type
        10       GROCERY     CANNED      SLICED PEACHES HALVE
        11       PRODUCE     FRUIT       SLICED PEACHES HALVES
        20       GROCERY     Unassigned  SLICED PEACHES HALVES
        """)
    assert suggested(world.conn) == {20: ("PRODUCE > FRUIT", "SLICED PEACHES HALVES: 1 of 1 product")}


def test_the_package_size_decides_where_names_are_equally_alike(world):
    world.products("""
        product  department  category    product_type       package_size
        10       GROCERY     CANNED      PINEAPPLE CHUNK A  8 OZ
        11       PRODUCE     FRUIT       PINEAPPLE CHUNK B  1 LB
        20       DELI        Unassigned  PINEAPPLE CHUNK C  8 OZ
        21       DELI        Unassigned  PINEAPPLE CHUNK C  1 LB
        30       GROCERY     SAUCES      SALSA              8 OZ
        31       PRODUCE     DIPS        SALSA              1 LB
        40       DELI        Unassigned  SALSA              8 OZ
        41       DELI        Unassigned  SALSA              1 LB
        """)
    assert {product: place for product, (place, _) in suggested(world.conn).items()} == {
        20: "GROCERY > CANNED",
        21: "PRODUCE > FRUIT",
        40: "GROCERY > SAUCES",
        41: "PRODUCE > DIPS",
    }


def test_case_marks_and_the_order_of_words_do_not_matter(world):
    world.products("""
        product  category    product_type
        10       COFFEE      GROUND COFFEE
        20       Unassigned  Coffee, ground
        """)
    assert suggested(world.conn) == {20: ("GROCERY > COFFEE", "GROUND COFFEE: 1 of 1 product")}


def test_the_score_says_how_much_of_the_name_is_the_same(world):
    world.products("""
        product  category    product_type
        10       MILK        MILK POWDER
        20       Unassigned  MILK POWDERS
        """)
    # 11 letters of each are in the other: twice 11 of 11 and 12
    assert category_suggestions(world.conn, scope=ALL)["score"].tolist() == [pytest.approx(22 / 23)]


@pytest.mark.parametrize("product_type", ["OTHER SQUASH", "ORGANIC", "MILK", "???", "-"])
def test_a_name_that_is_alike_in_part_suggests_nothing(world, product_type):
    world.products(f"""
        product  category    product_type
        10       WINE        OTHER
        11       FRUIT       ORGANIC PEARS
        12       MILK        BUTTERMILK
        13       GAMES       !!!
        20       Unassigned  {product_type}
        """)
    assert suggested(world.conn) == {}


def test_a_product_without_a_type_has_no_suggestion(world):
    world.products("product  category\n10  MILK\n20  Unassigned\n")
    assert suggested(world.conn) == {}


def test_only_proper_categories_are_suggested(world):
    world.products("""
        product  department  category    product_type
        10       Unassigned  CREAM       CREAM
        11       DAIRY       Unassigned  CREAM
        12       DAIRY       RETIRED     CREAM
        13       CLOSED      CREAM       CREAM
        20       GROCERY     Unassigned  CREAM
        """)
    world.conn.execute(sa.text("update categories set retired = true where name = 'RETIRED'"))
    world.conn.execute(sa.text("update departments set retired = true where name = 'CLOSED'"))
    assert suggested(world.conn) == {}


def test_an_inferred_product_is_open_whatever_its_category_and_no_example(world):
    world.products("""
        product  department  category    product_type
        10       GROCERY     MILK        WHOLE MILK
        20       Unassigned  Unassigned  WHOLE MILK
        21       GROCERY     JUICE       WHOLE MILK
        22       GROCERY     MILK        WHOLE MILK
        """)
    world.conn.execute(sa.text("update products set inferred = true where product_id >= 20"))
    because = "WHOLE MILK: 1 of 1 product"
    assert suggested(world.conn) == {20: ("GROCERY > MILK", because), 21: ("GROCERY > MILK", because)}


def test_the_most_money_comes_first_and_only_so_many(world):
    world.products("""
        product  category    product_type
        10       MILK        WHOLE MILK
        20       Unassigned  WHOLE MILK
        21       Unassigned  GASOLINE
        22       Unassigned  WHOLE MILK
        23       Unassigned  WHOLE MILK
        24       Unassigned  WHOLE MILK
        """)
    world.lines("""
        basket  product  store  household  sold_on     quantity  net
        1       24       1      7          2017-02-01  1         5.00
        2       21       1      7          2017-02-01  1         9.00
        3       22       1      7          2017-02-01  1         2.00
        4       22       2      7          2017-02-01  1         4.00
        """)
    assert list(suggested(world.conn)) == [22, 24, 20, 23]
    assert list(suggested(world.conn, limit=2)) == [22, 24]
    assert list(suggested(world.conn, limit=0)) == []


def test_a_scope_limits_the_money_that_is_told(world):
    world.products("product  category  product_type\n10  MILK  CREAM\n20  Unassigned  CREAM\n21  Unassigned  CREAM\n")
    world.lines("""
        basket  product  store  household  sold_on     quantity  net
        1       20       1      7          2017-02-01  1         2.00
        2       21       2      7          2017-02-01  1         3.00
        """)
    for scope, told in ((Scope.of_stores(1), [(20, 200), (21, 0)]), (Scope.of_stores(), [(20, 0), (21, 0)])):
        frame = category_suggestions(world.conn, scope=scope)
        assert list(zip(frame["product"], frame["net_sales"], strict=True)) == told


def test_an_empty_result_keeps_its_columns(conn):
    frame = category_suggestions(conn, scope=ALL)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        column.name: column.dtype for column in COLUMNS
    }
    assert frame.empty


@pytest.mark.sample
def test_the_sample_s_loose_products_find_their_shelves(sample):
    with sample.reading(ALL) as conn:
        frame = category_suggestions(conn, scope=ALL, limit=1_000)
    found = frame.set_index("product")
    assert found["suggestion"][[893651, 13505572, 881654]].tolist() == [
        "PRODUCE > VALUE ADDED VEGETABLES",  # vegetables cut in the store
        "PRODUCE > ORGANICS FRUIT & VEGETABLES",  # organic carrots
        "GARDEN CENTER > GARDEN CENTER",  # hanging baskets, in their own department
    ]
    assert found.loc[9878961, ["suggestion", "because"]].tolist() == [
        "GROCERY > BEERS/ALES",
        "BEERALEMALT LIQUORS: 770 of 820 products",
    ]
    assert len(frame) == 107
    assert frame["net_sales"].is_monotonic_decreasing
    assert not found["label"].str.contains("SQUASH OTHER|VIDEO RENTALS").any()  # nothing else is like these
