"""The home page in a browser: where its cards lead, by mouse and keyboard, on any screen; marks and their switch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.live import fill_in, log_in, quiet, served
from tests.conftest import clone
from tests.factories.accounts import PASSWORD, AccountFactory
from tests.unusual.shop import open_shop


@pytest.fixture(scope="module")
def address(server_url, template, owner_login, tmp_path_factory) -> Iterator[str]:
    """Ten weeks of a shop with an odd day, the 3rd of March."""
    with clone(server_url, template, owner_login) as database:
        with database.owner.begin() as conn:
            open_shop(conn)
        with database.accounts() as conn:
            AccountFactory(conn=conn, username="analyst", role="analyst")
        with served(database, tmp_path_factory.mktemp("home-app")) as found:
            yield found


def card(page: Page, name: str):
    return page.locator(f".st-key-home-{name}")


def rings(page: Page, name: str):
    return page.locator(f".st-key-panel-{name} .scatterlayer .trace .points path[style*='fill: none']")


def test_an_unusual_day_leads_to_explore_on_that_day(page: Page, address: str):
    log_in(page, address, "analyst")
    card(page, "unusual").get_by_role("link", name="Net sales").click()
    expect(page.get_by_role("heading", name="Net sales by department")).to_be_visible()
    assert "from=2017-03-03&to=2017-03-03" in page.url
    page.go_back()
    expect(card(page, "unusual").get_by_text("Fri 3 Mar 2017")).to_be_visible()


def test_the_cards_are_reached_and_left_by_keyboard(page: Page, address: str):
    log_in(page, address, "analyst")
    expect(card(page, "quality").get_by_role("table")).to_be_visible()
    quiet(page)
    card(page, "quality").get_by_role("link", name="All open points").focus()
    page.keyboard.press("Tab")
    point = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Open point")).to_have_value(point)


def test_the_home_page_stays_at_a_past_revision_through_a_reload(page: Page, address: str):
    log_in(page, address, "analyst", path="/?home=past&revision=1")
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    expect(page.locator(".st-key-past-revision")).to_be_visible()
    page.get_by_role("button", name="Back to now").click()
    expect(page.locator(".st-key-past-revision")).to_have_count(0)
    assert page.url == f"{address}/"


def test_a_ring_marks_the_day_on_charts_and_a_switch_in_the_link_hides_it(page: Page, address: str):
    log_in(page, address, "analyst", path="/overview?p=all")
    page.locator(".st-key-panel-trend .js-plotly-plot .point").first.wait_for()
    expect(rings(page, "trend")).to_have_count(1)
    expect(page.get_by_text("Ringed as unusual: 3 Mar.")).to_be_visible()
    quiet(page)
    page.locator(".st-key-panel-trend").get_by_text("Usual range", exact=True).click()
    expect(rings(page, "trend")).to_have_count(0)
    assert page.url.endswith("usual=off")
    page.reload()
    expect(page.locator(".st-key-panel-trend .js-plotly-plot")).to_be_visible()
    expect(rings(page, "trend")).to_have_count(0)
    page.goto(f"{address}/explore?p=all&r=period&by=day")
    expect(rings(page, "explore")).to_have_count(1)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_page_breaks_no_rule_of_accessibility(browser: Browser, address: str, width: int, scheme: str):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    fill_in(page, "analyst", PASSWORD)
    for name in ("changed", "unusual", "targets", "freshness", "quality"):
        expect(card(page, name)).to_be_visible()
    expect(card(page, "quality").get_by_role("table")).to_be_visible()
    expect(card(page, "unusual").get_by_role("listitem")).to_have_count(1)
    quiet(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    left, right = (card(page, name).bounding_box()["x"] for name in ("unusual", "targets"))
    assert (left == right) is (width == 390)
    found = Axe().run(page, context={"exclude": [["[data-testid=stSidebarNav]"]]}).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    context.close()
