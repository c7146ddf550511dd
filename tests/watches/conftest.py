"""A tiny shop with an account and saved views to watch."""

import pytest

from dashboard import load
from data.db import Database
from data.views.reading import Content
from data.views.writing import save_view
from tests.factories.accounts import AccountFactory
from tests.loading.conftest import Loader

MARCH = "1,10,5,7,2017-03-01 10:00:00,2,3.00,0,0,0\n2,11,6,7,2017-03-01 10:00:00,1,1.25,0,0,0\n"


@pytest.fixture
def shop(database: Database, tmp_path, monkeypatch) -> Loader:
    """1 stores, 2 products, 3 March: 4.25 of DAIRY; ann is account 1."""
    loader = Loader(database, tmp_path)
    loader.load("stores", "store,region\n5,North\n6,South\n")
    loader.load("products", "product,department,category\n10,DAIRY,MILK\n11,DAIRY,CHEESE\n12,FUEL,GAS\n")
    loader.sales(MARCH)
    with database.accounts() as conn:
        AccountFactory(conn=conn, username="ann", role="analyst")
        AccountFactory(conn=conn, username="ben", role="analyst")
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", None)
    return loader


@pytest.fixture
def view(shop, database):
    """Saves a view of ann's and gives its number."""

    def save(link: str, name: str = "Dairy", shared: bool = False, account_id: int = 1) -> int:
        with database.accounts() as conn:
            content = Content("explore", link, name, shared=shared)
            return save_view(conn, content, account_id=account_id).view_id

    return save
