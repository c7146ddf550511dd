"""The API over a tiny shop, asked by three people and nobody."""

from __future__ import annotations

import threading
import time
from functools import cache

import pytest
import uvicorn
from fastapi.testclient import TestClient

from dashboard import load
from dashboard.api import callers
from dashboard.api.app import create_app
from dashboard.api.client import Client
from data.accounts.tokens import make_personal_token
from data.cache import ResultCache
from tests.browser.live import free_port
from tests.factories.accounts import PASSWORD, AccountFactory
from tests.spec.world import World

PRODUCTS = """
product  department  category
10       GROCERY     MILK
20       GROCERY     BREAD
30       PRODUCE     FRUIT
"""
LINES = """
basket  product  store  household  sold_on     quantity  net    retail_discount
1       10       1      7          2017-01-20  2         4.00   0
2       10       1      7          2017-02-20  1         5.00   0.25
2       30       1      7          2017-02-20  1         2.00   0
3       30       2      8          2017-02-24  3         20.10  0
"""


the_app = cache(create_app)  # it keeps nothing of one test, and takes a while to put together


class Shop:
    """The database, and a client for each person."""

    def __init__(self, database):
        self.database, self.app, self.ids = database, the_app(), {}
        with database.accounts() as conn:
            for name in ("analyst", "manager", "admin"):
                self.ids[name] = AccountFactory(conn=conn, username=name, role=name).account_id

    def token(self, name, *rights, days=1):
        with self.database.accounts() as conn:
            return make_personal_token(conn, account_id=self.ids[name], name="a notebook",
                                       rights=rights or ("read", "edit", "load"), days=days)[1]  # fmt: skip

    def client(self, name=None, *rights):
        headers = {"Authorization": f"Bearer {self.token(name, *rights)}"} if name else {}
        return TestClient(self.app, headers=headers, raise_server_exceptions=False)

    def log_in(self, name, password=PASSWORD):
        return self.client().post("/api/v1/token", data={"username": name, "password": password})


@pytest.fixture
def shop(database, monkeypatch, tmp_path):
    monkeypatch.setenv("DAYBOOK_HOME", str(tmp_path))
    callers._key.cache_clear()
    with database.owner.begin() as conn:
        World(conn).products(PRODUCTS).lines(LINES)
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", ResultCache())
    yield Shop(database)
    callers._key.cache_clear()


@pytest.fixture
def remote(shop):
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(shop.app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    with Client(f"http://127.0.0.1:{port}/", shop.token("manager")) as found:
        yield found
    server.should_exit = True
    thread.join(10)
