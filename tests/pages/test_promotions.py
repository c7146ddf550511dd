"""Display and mailer on Promotions: what is said where there is nothing, and the lift of a tiny shop."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import auth, load
from dashboard.auth import User
from data.scope import Scope
from tests.spec.world import World

PAGE = Path(__file__).parents[2] / "pages" / "promotions.py"
# Product 10 sells 1 unit in each of two usual weeks of store 1, and 12 in the promoted one; fuel is no unit.
LINES = """
basket  product  store  household  sold_on     quantity  net
1       10       1      7          2017-01-02  1         3.00
2       10       1      7          2017-01-11  12        24.00
3       10       1      7          2017-01-22  1         3.00
4       20       2      8          2017-01-03  1         5.00
5       20       2      8          2017-01-10  1000      5.00
6       20       2      8          2017-01-20  1         5.00
"""
PRODUCTS = """
product  department  product_type  unit_of_measure
10       GROCERY     MILK          piece
20       MISC        FUEL          thousandth
"""
PLACED = """
week_on     store  displays  mailers  products
2017-01-02  9      1         0        10
2017-01-09  1      12        0A       10
2017-01-09  2      0         Q        20
2017-01-16  9      1         0        10
"""


@pytest.fixture
def shop(database, monkeypatch):
    """The page over a shop of two stores, promotions not yet loaded."""
    with database.owner.begin() as conn:
        World(conn).products(PRODUCTS).lines(LINES)
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", None)
    return database, monkeypatch


def run(shop, scope=Scope.everything(), **params):  # noqa: B008
    user = User(1, "ann", "Ann", "analyst", scope)
    shop[1].setattr(auth, "require", lambda role: user)
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, value in {"p": "all", **params}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception, page.exception
    return page


def words(page):
    return " ".join(item.value for item in (*page.markdown, *page.caption))


def promote(shop):
    with shop[0].owner.begin() as conn:
        world = World(conn)
        world._loads = 5
        return world.promotions(PLACED)


def test_without_promotions_the_page_says_how_to_load_them(shop):
    assert "Load them with `daybook load sample --promotions`" in words(run(shop))


def test_the_lift_of_a_promoted_week_is_against_the_usual_one(shop):
    promote(shop)
    page = run(shop)
    assert "In 3 whole weeks, 2 product-store-weeks were promoted and sold 262.5" in words(page)
    assert "1,100.0" in words(page)  # 12 units against 1: fuel is not counted
    assert "No product usually sells 10 units" in words(page)


def test_a_scoped_user_sees_the_lift_of_their_store(shop):
    promote(shop)
    page = run(shop, Scope(frozenset({2})))
    assert "1 product-store-week was promoted and sold 0.0" in words(page)


def test_a_filter_keeps_its_products(shop):
    promote(shop)
    assert "1 product-store-week was promoted and sold 700.0" in words(run(shop, dept="GROCERY"))


def test_a_revision_before_the_promotions_says_so(shop):
    newest = promote(shop)
    said = words(run(shop, revision=str(newest - 1)))
    assert f"No display and mailer promotions had been loaded at revision {newest - 1}" in said


def test_dates_without_a_whole_week_say_so(shop):
    promote(shop)
    said = words(run(shop, p="dates", **{"from": "2017-01-10", "to": "2017-01-20"}))
    assert "these dates have none" in said
