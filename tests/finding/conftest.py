"""A shop with an account for each role, behind the pages."""

import pytest

from dashboard import load
from dashboard.auth import User
from data.cache import ResultCache
from data.scope import Scope
from tests.factories.accounts import AccountFactory
from tests.spec.world import World

PRODUCTS = """
product  department  category   product_type
10       GROCERY     ICE CREAM  VANILLA ICE CREAM
20       GROCERY     BREAD      RYE BREAD
30       PRODUCE     FRUIT      APPLES
"""
STORES = """
store  region
1      North
2      South
"""
LINES = """
basket  product  store  household  sold_on     quantity  net    retail_discount
1       10       1      7          2017-01-20  2         4.00   0
2       10       1      7          2017-02-20  1         5.00   0.25
2       30       1      7          2017-02-20  1         2.00   0
3       30       2      8          2017-02-24  3         20.00  0
4       10       2      9          2017-02-28  1         7.00   0
4       20       2      9          2017-02-28  1         1.00   0
"""


@pytest.fixture
def shop(database, monkeypatch):
    with database.owner.begin() as conn:
        world = World(conn)
        world.stores(STORES).products(PRODUCTS)
        world._seen |= {("store", 1), ("store", 2)}
        world.lines(LINES)
    with database.accounts() as conn:
        for role in ("analyst", "manager"):
            AccountFactory(conn=conn, username=role, role=role)
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", ResultCache())
    return database


@pytest.fixture
def person(shop):
    """A function that gives the user of a role."""

    def made(role="analyst", scope=Scope.everything()):  # noqa: B008
        return User({"analyst": 1, "manager": 2}[role], role, role.title(), role, scope)

    return made
