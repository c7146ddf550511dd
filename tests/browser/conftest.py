from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from data.db import Database
from tests.browser.live import CHROMIUM_ARGS, chromium_path, served
from tests.conftest import clone
from tests.factories.accounts import AccountFactory
from tests.spec.world import World

PRODUCTS = """
product  department  category  brand     product_type
10       GROCERY     MILK      National  WHOLE MILK
20       GROCERY     BREAD     Private   RYE BREAD
30       PRODUCE     FRUIT     National  APPLES
"""
LINES = """
basket  product  store  household  sold_on     quantity  net    retail_discount
1       10       1      7          2017-02-01  2         3.00   0.50
1       20       1      7          2017-02-01  1         1.00   0
2       10       1      7          2017-02-20  1         1.50   0.25
3       30       2      8          2017-02-24  3         20.00  0
4       30       2      9          2017-02-27  1         7.00   0
"""


expect.set_options(timeout=20_000)  # machines that test are busy, and a slow answer is no wrong one


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, that it can be left out."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh browser profile with one tab."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def app_database(server_url: str, template: str, owner_login: str) -> Iterator[Database]:
    """A tiny shop with an account for each role, behind `app`."""
    with clone(server_url, template, owner_login) as database:
        with database.owner.begin() as conn:
            World(conn).products(PRODUCTS).lines(LINES)
        with database.accounts() as conn:
            for role in ("analyst", "manager", "admin"):
                AccountFactory(conn=conn, username=role, role=role)
        yield database


@pytest.fixture(scope="session")
def app(app_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the product over the tiny shop."""
    with served(app_database, tmp_path_factory.mktemp("app")) as address:
        yield address


@pytest.fixture(scope="session")
def sample_app(sample: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the product over the whole sample; the account is `admin`."""
    folder: Path = tmp_path_factory.mktemp("sample-app")
    with served(sample, folder) as address:
        yield address
