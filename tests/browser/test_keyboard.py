"""One analysis and one edit by the keyboard alone: no click, and no focus but by the keys that people have."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from data.db import Database
from tests.browser.conftest import LINES, PRODUCTS
from tests.browser.live import quiet, served, wait_for_form
from tests.conftest import clone
from tests.factories.accounts import PASSWORD, AccountFactory
from tests.spec.world import World

MOST_TABS = 120
PACE_MS = 40  # a key is held so long: grids and lists take one up at the drawing after it
# What has the focus, as somebody hears it: its name, the label of a field, or the words on a button or a link.
_FOCUSED = """() => {
  const one = document.activeElement;
  const field = one.closest("[data-testid=stSelectbox], [data-testid=stMultiSelect], [data-testid=stTextInput]");
  const label = one.labels?.[0]?.textContent ?? field?.querySelector("label")?.textContent;
  const words = one.matches("a, button, [role=button], td") ? one.textContent : "";
  return [one.tagName, one.getAttribute("aria-label"), label, words].filter(Boolean).join(" | ");
}"""


@pytest.fixture
def shop(server_url: str, template: str, owner_login: str) -> Iterator[Database]:
    """A tiny shop of this test's own, with a manager."""
    with clone(server_url, template, owner_login) as database:
        with database.owner.begin() as conn:
            World(conn).products(PRODUCTS).lines(LINES)
        with database.accounts() as conn:
            AccountFactory(conn=conn, username="meg", role="manager")
        yield database


@pytest.fixture
def address(shop: Database, tmp_path) -> Iterator[str]:
    with served(shop, tmp_path) as found:
        yield found


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus is called so."""
    heard = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab", delay=PACE_MS)
        heard.append(page.evaluate(_FOCUSED))
        if re.search(name, heard[-1]):
            return
    raise AssertionError(f"Tab did not come to {name!r}; it went over {heard}")


def choose(page: Page, name: str) -> None:
    """Type into the list that has the focus and take what it finds, as soon as it is there."""
    page.keyboard.type(name, delay=PACE_MS)
    option = page.get_by_role("option", name=name, exact=True)
    expect(option).to_be_visible()
    page.keyboard.press("Enter", delay=PACE_MS)
    expect(option).to_have_count(0)
    quiet(page)


def log_in_by_keyboard(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}{path}")
    wait_for_form(page, address)
    tab_to(page, "INPUT .*User name")
    page.keyboard.type("meg")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


def test_an_analysis(page: Page, address: str):
    log_in_by_keyboard(page, address, "/explore?p=all")
    expect(page.get_by_role("heading", name="Net sales by department")).to_be_visible()
    quiet(page)
    tab_to(page, "INPUT .*Metrics")
    choose(page, "Baskets")
    expect(page).to_have_url(re.compile("m=net_sales%2Cbaskets"))
    tab_to(page, "BUTTON .*Filter")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Members")).to_be_visible()
    tab_to(page, "INPUT .*Members")
    choose(page, "GROCERY")
    tab_to(page, "BUTTON .*Add filter")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("f=department.in%3AGROCERY"))
    quiet(page)
    page.keyboard.press("Escape")
    tab_to(page, "INPUT .*Chart")
    choose(page, "Table only")
    expect(page).to_have_url(re.compile("chart=table"))
    line = page.locator(".st-key-panel-table tr[aria-rowindex]").last.locator("[aria-colindex]")
    expect(line.nth(1)).to_have_text("5.5")
    expect(line.nth(2)).to_have_text("2")


def test_an_edit(page: Page, address: str):
    log_in_by_keyboard(page, address, "/reference?table=Departments")
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    quiet(page)
    tab_to(page, "CANVAS")  # the grid, at its first cell
    page.keyboard.press("Enter")
    editor = page.locator("#portal textarea")
    expect(editor).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("FRESH FOOD", delay=PACE_MS)
    expect(editor).to_have_value("FRESH FOOD")
    page.keyboard.press("Enter", delay=PACE_MS)
    expect(page.get_by_role("button", name=re.compile("Review 1 change"))).to_be_visible()
    quiet(page)
    tab_to(page, "BUTTON .*Review 1 change")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Review", exact=True)).to_be_visible()
    quiet(page)
    tab_to(page, "(INPUT|TEXTAREA) .*Reason")
    page.keyboard.type("A better name")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save as revision")).to_be_enabled()
    quiet(page)
    if not re.search("Save as revision", page.evaluate(_FOCUSED)):
        tab_to(page, "BUTTON .*Save as revision")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved as revision")).to_be_visible()
