"""Display and mailer in a browser: the way to load them, and the charts, table and file once they are there."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import log_in, quiet, served
from tests.conftest import clone
from tests.factories.accounts import AccountFactory
from tests.pages.test_promotions import LINES, PLACED, PRODUCTS
from tests.spec.world import World


def test_without_promotions_the_page_says_how_to_load_them(page: Page, app: str):
    log_in(page, app, "analyst", path="/promotions?p=all")
    expect(page.get_by_text("daybook load sample --promotions")).to_be_visible()


@pytest.fixture
def promoted_app(server_url, template, owner_login, tmp_path):
    """The product over a tiny shop with promotions."""
    with clone(server_url, template, owner_login) as database:
        with database.owner.begin() as conn:
            world = World(conn).products(PRODUCTS)
            world.lines(LINES)
            world.promotions(PLACED)
        with database.accounts() as conn:
            AccountFactory(conn=conn, username="analyst", role="analyst")
        with served(database, tmp_path) as address:
            yield address


def test_lift_is_drawn_told_and_downloaded(page: Page, promoted_app: str):
    log_in(page, promoted_app, "analyst", path="/promotions?p=all")
    panel = page.locator(".st-key-panel-lift")
    expect(panel.locator(".js-plotly-plot")).to_be_visible()
    expect(panel.get_by_text("262.5")).to_be_visible()
    expect(page.locator(".st-key-panel-lift-display .js-plotly-plot")).to_be_visible()
    expect(page.locator(".st-key-panel-lift-mailer")).to_contain_text("Location Q")
    quiet(page)
    with page.expect_download() as waiting:
        panel.get_by_role("button", name="CSV").click()
    text = Path(waiting.value.path()).read_text("utf-8-sig")
    rows = {row["Promotion"]: row for row in csv.DictReader(io.StringIO(text))}
    assert (rows["Both"]["Net sales"], rows["Both"]["Usual"], rows["Both"]["Lift"]) == ("24.00", "3.00", "7.0")
