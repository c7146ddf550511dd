"""Explanations in a browser: reached from a figure, opened by mouse and by keyboard, gone back from, on any screen."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from data.db import Database
from tests.browser.live import fill_in, log_in, quiet, served
from tests.changes.shop import edit
from tests.conftest import clone
from tests.factories.accounts import PASSWORD, AccountFactory
from tests.loading.conftest import Loader

MARCH = "1,10,5,7,2017-03-01 10:00:00,2,3.00,0,0,0\n2,11,6,7,2017-03-01 10:00:00,1,1.25,0,0,0\n"
APRIL = "9,10,5,7,2017-04-02 10:00:00,1,9.00,0,0,0\n"


@pytest.fixture(scope="module")
def shop(server_url, template, owner_login, tmp_path_factory) -> Iterator[Database]:
    """1 stores, 2 products, 3 March, 4 product 10 moved from DAIRY to FUEL, 5 April."""
    with clone(server_url, template, owner_login) as database:
        loader = Loader(database, tmp_path_factory.mktemp("files"))
        loader.load("stores", "store,region\n5,North\n6,South\n")
        loader.load("products", "product,department,category\n10,DAIRY,MILK\n11,DAIRY,CHEESE\n12,FUEL,GAS\n")
        loader.sales(MARCH)
        edit(database, "products", "10", category="FUEL > GAS")
        loader.sales(APRIL)
        with database.accounts() as conn:
            for role in ("analyst", "manager"):
                AccountFactory(conn=conn, username=role, role=role)
            conn.execute(
                sa.text(
                    "insert into accounts.visits (account_id, revision, seen_at) "
                    "select account_id, 3, now() - interval '1 day' from accounts.accounts"
                )
            )
        yield database


@pytest.fixture(scope="module")
def address(shop: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(shop, tmp_path_factory.mktemp("explain-app")) as found:
        yield found


def finding(page: Page):
    return page.locator(".st-key-explain-finding")


def words_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_the_first_page_tells_what_moved_and_leads_to_why(page: Page, address: str):
    log_in(page, address, "analyst")
    feed = page.locator(".st-key-home-changed")
    expect(feed).to_contain_text("2 revisions since your last visit")
    expect(feed).to_contain_text("Largest effect")
    line = feed.get_by_role("listitem").filter(has_text="Net sales of DAIRY")
    expect(line).to_contain_text("−3.00 (−70.6")
    line.get_by_role("link", name="Explain").click()
    expect(finding(page)).to_contain_text("Net sales fell by 3.00, from 4.25 to 1.25.")
    expect(finding(page)).to_contain_text("All of it is revision 4")
    expect(page.get_by_text("The parts add up to −3.00 exactly.")).to_be_visible()


def test_a_bar_opens_into_rows_and_back_closes_it(page: Page, address: str):
    log_in(page, address, "analyst", path="/explain?old=3&f=department.in:DAIRY")
    expect(finding(page)).to_contain_text("fell by 3.00")
    quiet(page)
    bar = page.locator(".st-key-panel-waterfall .barlayer .trace").nth(1).locator(".point path").first
    box = bar.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # the plot takes clicks, not its bars
    part = page.locator(".st-key-explain-opened")
    expect(part.get_by_role("heading", name="Revision 4")).to_be_visible()
    expect(part).to_contain_text("−3.00 · edit by meg")
    expect(part.get_by_test_id("stDataFrame")).to_have_count(2)
    assert words_of(page)["part"] == ["1"]
    quiet(page)
    page.go_back()
    expect(part).to_have_count(0)
    expect(finding(page)).to_contain_text("fell by 3.00")


def test_a_part_is_opened_and_closed_without_a_mouse(page: Page, address: str):
    log_in(page, address, "analyst", path="/explain?old=3&f=department.in:DAIRY")
    expect(finding(page)).to_contain_text("fell by 3.00")
    quiet(page)
    page.get_by_label("Open a part").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    part = page.locator(".st-key-explain-opened")
    expect(part).to_contain_text("edit by meg")
    quiet(page)
    part.get_by_role("button", name="Close").focus()
    page.keyboard.press("Enter")
    expect(part).to_have_count(0)


def test_revisions_are_chosen_swapped_and_shared_out_in_any_order(page: Page, address: str):
    log_in(page, address, "analyst", path="/explain?f=department.in:DAIRY")
    expect(page.get_by_role("button", name="From my last visit")).to_be_visible()
    expect(finding(page)).to_contain_text("from 4.25 to 1.25")
    quiet(page)
    page.get_by_role("button", name="From my last visit").click()
    field = page.get_by_label("By number, 1 to 5")
    field.fill("2")
    field.press("Enter")
    expect(finding(page)).to_contain_text("rose by 1.25, from 0.00 to 1.25")
    quiet(page)
    page.get_by_role("button", name="Swap").click()
    expect(finding(page)).to_contain_text("fell by 1.25, from 1.25 to 0.00")
    assert (words_of(page)["old"], words_of(page)["new"]) == (["5"], ["2"])
    quiet(page)
    page.get_by_role("radio", name="Whatever the order").click()
    page.wait_for_url("**how=shapley**")
    quiet(page)
    expect(page.get_by_text("The parts add up to −1.25 exactly.")).to_be_visible()


def test_two_periods_are_told_by_price_volume_and_mix(page: Page, address: str):
    words = "p=dates&from=2017-04-01&to=2017-04-30&vs=dates&vsfrom=2017-03-01&vsto=2017-03-31"
    log_in(page, address, "analyst", path=f"/explore?{words}")
    page.get_by_role("link", name="against the earlier period").click()
    expect(finding(page)).to_contain_text("Net sales rose by 4.75, from 4.25 to 9.00.")
    expect(page.get_by_role("heading", name="Price, volume and mix")).to_be_visible()
    expect(page.get_by_text("The parts add up to +4.75 exactly.")).to_have_count(2)


def test_an_edit_leads_to_what_it_did(page: Page, address: str):
    log_in(page, address, "analyst", path="/history?revision=4")
    page.get_by_role("link", name="What it did to the figures").click()
    expect(finding(page)).to_contain_text("Net sales is the same at both: 4.25.")
    moved = page.locator(".st-key-explain-all-members")
    expect(moved.get_by_test_id("stDataFrame")).to_contain_text("FUEL")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_explanations_break_no_rule_of_accessibility(browser: Browser, address: str, width: int, scheme: str):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    fill_in(page, "manager", PASSWORD)
    expect(page.get_by_role("button", name="Log out")).to_be_attached()
    asked = (
        "explain?old=2&part=1",
        "explain?old=3&new=4",
        "explain?old=5&new=5",
        "explain?between=periods&p=7d",
        "",
    )
    for path in asked:
        page.goto(f"{address}/{path}")
        quiet(page)
        expect(page.locator(".js-plotly-plot, .st-key-explain-nothing, .feed").first).to_be_visible()
        quiet(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, path
        judged = {"exclude": [["[data-testid=stSidebarNav]"]]}  # the navigation's list is the framework's own
        found = Axe().run(page, context=judged).response["violations"]
        grave = [rule for rule in found if rule["impact"] in {"serious", "critical"}]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in grave] == [], path
    context.close()
