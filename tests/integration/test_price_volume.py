"""Price, volume and mix between two periods: against the definitions, member by member, in plain Python."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from data.errors import CatalogError, UsageError
from data.queries.price_volume import COMPONENTS, LOST, MIX, NEW, OTHER, PRICE, VOLUME, price_volume_mix
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.checked import CheckedSubject
from data.semantic.types import PriceVolume
from tests.integration.brute_force import random_lines
from tests.integration.test_random_queries import as_text
from tests.spec.world import World

EVERYTHING = Scope.everything()
BEFORE, NOW = (date(2017, 1, 25), date(2017, 2, 14)), (date(2017, 2, 14), date(2017, 3, 6))
PRODUCTS = """
product  department  category  unit_of_measure
1        GROCERY     MILK      piece
2        GROCERY     BREAD     piece
3        PRODUCE     FRUIT     piece
4        FUEL        FUEL      thousandth
"""


def asked(conn, dimension="product", **more):
    return price_volume_mix(conn, subject="sales", dimension=dimension, periods=(BEFORE, NOW), scope=EVERYTHING, **more)


def test_a_dearer_product_and_a_shift_to_it_are_told_apart(conn):
    world = World(conn).products(PRODUCTS)
    world.lines("""
basket  product  store  household  sold_on     quantity  net
1       1        1      1          2017-02-01  10        10.00
1       2        1      1          2017-02-01  10        20.00
1       3        1      1          2017-02-01  1         3.00
1       4        1      1          2017-02-01  5000      12.00
2       1        1      1          2017-02-20  20        22.00
2       2        1      1          2017-02-20  10        20.00
2       4        1      1          2017-02-20  6000      15.00
""")
    found = asked(conn)
    assert (found.before, found.after) == (4500, 5700)
    rows = {row["key"]: row for row in found.frame.to_dict("records")}
    # Quantities grew by half: 10.00 and 20.00 would have become 15.00 and 30.00.
    assert {name: rows[1][name] for name in COMPONENTS} == {
        VOLUME: 500, MIX: 500, PRICE: 200, NEW: 0, LOST: 0, OTHER: 0
    }  # fmt: skip
    assert (rows[2][VOLUME], rows[2][MIX], rows[2][PRICE]) == (1000, -1000, 0)
    assert rows[3][LOST] == -300
    assert rows[4][OTHER] == 300, "what is not counted in pieces has no price"
    assert found.totals == {VOLUME: 1500, MIX: -500, PRICE: 200, NEW: 0, LOST: -300, OTHER: 300}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("dimension", ["product", "department", "store"])
def test_components_add_up_to_the_cent_by_member_and_in_all(conn, seed, dimension):
    World(conn).products(PRODUCTS).stores("store  region\n1  North\n2  North\n3  South").lines(
        as_text(random_lines(seed))
    )
    found = asked(conn, dimension)
    lines = random_lines(seed)
    sums = [int(lines[[start <= day < end for day in lines["sold_on"]]]["net"].sum()) for start, end in (BEFORE, NOW)]
    assert [found.before, found.after] == sums
    assert (found.frame[list(COMPONENTS)].sum(axis=1) == found.frame["after"] - found.frame["before"]).all()
    assert sum(found.totals.values()) == found.after - found.before
    pieces = lines[lines["product"] != 4]
    for row in found.frame.to_dict("records") if dimension == "store" else ():
        own = pieces[pieces["store"] == row["key"]]
        (q0, p0), (q1, p1) = (
            (int(some["quantity"].sum()), int(some["net"].sum()))
            for some in (own[[start <= day < end for day in own["sold_on"]]] for start, end in (BEFORE, NOW))
        )
        assert abs(row[PRICE] - (p1 - p0 * Fraction(q1, q0))) < 1


def test_a_subject_without_quantities_says_so(conn):
    subject = catalog().subject("sales").subject
    with pytest.raises(CatalogError, match="price_volume must name a metric in count; got 'net_sales'"):
        CheckedSubject.check(replace(subject, price_volume=PriceVolume("net_sales", "net_sales", "net_sales")))
    with pytest.raises(UsageError, match="no such subject|subject must be"):
        price_volume_mix(conn, subject="nothing", dimension="x", periods=(BEFORE, NOW), scope=EVERYTHING)
