"""Pinned links in a browser: copied from a tile and a chart, opened by somebody else after an edit and a load."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from data.db import Database
from tests.browser.live import fill_in, log_in, quiet, served
from tests.changes.shop import edit
from tests.conftest import clone
from tests.factories.accounts import PASSWORD, AccountFactory
from tests.loading.conftest import Loader

MARCH = "1,10,5,7,2017-03-01 10:00:00,2,3.00,0,0,0\n2,11,6,7,2017-03-01 10:00:00,1,1.25,0,0,0\n"
LATE = "9,10,5,7,2017-02-02 10:00:00,1,9.00,0,0,0\n8,12,5,7,2017-03-01 10:00:00,1,2.00,0,0,0\n"


@pytest.fixture
def shop(server_url, template, owner_login, tmp_path_factory) -> Iterator[Database]:
    """1 stores, 2 products, 3 March."""
    with clone(server_url, template, owner_login) as database:
        loader = Loader(database, tmp_path_factory.mktemp("files"))
        loader.load("stores", "store,region\n5,North\n6,South\n")
        loader.load("products", "product,department,category\n10,DAIRY,MILK\n11,DAIRY,CHEESE\n12,FUEL,GAS\n")
        loader.sales(MARCH)
        with database.accounts() as conn:
            for role in ("analyst", "manager"):
                AccountFactory(conn=conn, username=role, display_name=role.title(), role=role)
        yield database


@pytest.fixture
def address(shop: Database, tmp_path) -> Iterator[str]:
    with served(shop, tmp_path) as found:
        yield found


def copied(page: Page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


def ready(page: Page) -> None:
    """Wait until the page is drawn, and the script behind its buttons is there."""
    quiet(page)
    page.wait_for_function("window.daybookInBrowser === true")


def pin(page: Page, button) -> str:
    """Click and give what the clipboard holds then."""
    ready(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with page.expect_response("**/pins") as answer:
        button.click()
    assert answer.value.status == 201
    expect(button).to_have_text("Copied")
    return copied(page)


def change_the_data(shop: Database, folder) -> None:
    edit(shop, "products", "10", category="FUEL > GAS")
    Loader(shop, folder).sales(LATE)


def test_a_tile_and_a_chart_stay_as_they_were_for_everybody(browser: Browser, page: Page, shop, address, tmp_path):
    log_in(page, address, "analyst", path="/overview?p=28d")
    quiet(page)
    tile = page.locator(".tile").first
    tile.hover()
    of_tile = pin(page, tile.locator(".pin"))
    of_chart = pin(page, page.locator(".st-key-panel-department .pin"))
    assert of_tile != of_chart
    (tmp_path / "late").mkdir()
    change_the_data(shop, tmp_path / "late")

    context = browser.new_context(viewport={"width": 390, "height": 844})
    other = context.new_page()
    other.goto(of_tile)
    fill_in(other, "manager", PASSWORD)
    figures = other.locator(".st-key-pin-figures")
    expect(figures).to_contain_text("Net sales, then4.25")
    expect(figures).to_contain_text("Net sales, now15.25")
    expect(figures).to_contain_text("+11.00")
    expect(other.get_by_text("Pinned by Analyst")).to_be_visible()
    other.goto(of_chart)
    expect(other.get_by_role("heading", name="What moved: 3 of 3 rows")).to_be_visible()
    bars = other.locator(".st-key-panel-pin .yaxislayer-above text")
    expect(bars).to_have_text(["DAIRY"])
    other.get_by_role("link", name="Why did this change?").click()
    expect(other.locator(".st-key-explain-finding")).to_contain_text("rose by 11.00, from 4.25 to 15.25")
    context.close()


def test_it_is_pinned_without_a_mouse_and_said_where_it_cannot_be(page: Page, shop: Database, address: str):
    log_in(page, address, "analyst", path="/explore?p=all&r=-&chart=number")
    button = page.get_by_role("button", name="Copy as pinned link: Net sales")
    expect(button).to_be_visible()
    ready(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button.focus()
    with page.expect_response("**/pins") as answer:
        page.keyboard.press("Enter")
    assert answer.value.status == 201
    expect(page.locator(".pin")).to_have_text("Copied")
    page.goto(copied(page))
    expect(page.get_by_text("Nothing has changed since.")).to_be_visible()

    page.goto(f"{address}/explore?p=all&r=-&chart=number")
    button = page.get_by_role("button", name="Copy as pinned link: Net sales")
    expect(button).to_be_visible()
    ready(page)
    page.context.clear_cookies()
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    button.click()
    expect(page.locator(".pin")).to_have_text("Not pinned")
    assert said == ["You are logged out. Log in again, then pin it once more."]


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_pins_break_no_rule_of_accessibility(browser: Browser, address: str, width: int, scheme: str):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{address}/explore?p=all")
    fill_in(page, "manager", PASSWORD)
    link = pin(page, page.locator(".st-key-panel-explore .pin"))
    for path in (link, f"{address}/pinned?pin=nonsense"):
        page.goto(path)
        expect(page.get_by_text("Pinned by Manager").or_(page.get_by_text("This pin cannot be shown"))).to_be_visible()
        quiet(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, path
        judged = {"exclude": [["[data-testid=stSidebarNav]"]]}  # the navigation's list is the framework's own
        found = Axe().run(page, context=judged).response["violations"]
        grave = [rule for rule in found if rule["impact"] in {"serious", "critical"}]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in grave] == [], path
    context.close()
