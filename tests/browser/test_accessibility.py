"""Every page of the navigation, wide and narrow, light and dark: no grave fault for assistive technology, no cut edge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dashboard.navigation import ENTRIES
from tests.browser.live import fill_in, listening, quiet, wait_for_form
from tests.factories.accounts import PASSWORD

# Where a page shows more with words behind its path; the others, and new ones, are opened as they are.
WORDS = {
    "": "",
    "explore": "?p=all",
    "member": "?dimension=product&key=10&p=all",
    "search": "?q=milk",
    "reference": "?table=Products",
    "targets": "?year=2017",
    "glossary": "?word=net_sales",
    "accounts": "?account=analyst",
}
MORE = ["/glossary", "/member", "/accounts?section=Who+is+logged+in", "/accounts?section=Audit+trail"]
ADDRESSES = [f"{entry.address}{WORDS.get(entry.path, '?p=all')}" for entry in ENTRIES] + MORE


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((1440, "light"), id="wide-light"),
        pytest.param((390, "dark"), id="narrow-dark"),
        pytest.param((1440, "dark"), id="wide-dark", marks=pytest.mark.full),
        pytest.param((390, "light"), id="narrow-light", marks=pytest.mark.full),
    ],
)
def admin(browser: Browser, app: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """An admin's browser, which sees every page there is."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(app)
    wait_for_form(page, app)
    fill_in(page, "admin", PASSWORD)
    expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
    yield page
    context.close()


def grave(page: Page) -> list[tuple[str, list[str]]]:
    """The rules that are broken seriously or worse, with the places."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        (rule["id"], [node["html"] for node in rule["nodes"]])
        for rule in found
        if rule["impact"] in {"serious", "critical"}
    ]


def opened(page: Page, address: str) -> None:
    """Open a page for who is logged in, and wait until it is drawn."""
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    listening(page)
    quiet(page)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_has_a_grave_fault_or_is_cut_off(admin: Page, app: str, address: str):
    opened(admin, f"{app}{address}")
    assert admin.get_by_text("This page could not be shown").count() == 0
    assert admin.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert grave(admin) == []


def test_buttons_that_carry_the_accent_can_be_read(admin: Page, app: str):
    opened(admin, f"{app}/explore?p=all")
    admin.get_by_role("button", name="Filter", exact=False).first.click()
    expect(admin.get_by_role("button", name="Add filter")).to_be_visible()
    assert grave(admin) == []


def test_chips_of_what_is_chosen_can_be_read(admin: Page, app: str):
    opened(admin, f"{app}/overview?p=all&dept=GROCERY")
    admin.get_by_role("button", name="Filter", exact=False).first.click()
    expect(admin.get_by_role("group", name="Selected values").get_by_text("GROCERY")).to_be_visible()
    assert grave(admin) == []


def test_neither_search_nor_help_has_a_grave_fault(admin: Page, app: str):
    opened(admin, f"{app}/explore?p=all")
    admin.keyboard.press("/")
    admin.keyboard.type("milk")
    expect(admin.locator(".finding-dialog a.hit")).to_have_count(2)
    assert grave(admin) == []
    admin.keyboard.press("Escape")
    expect(admin.locator("dialog[open]")).to_have_count(0)
    admin.keyboard.press("?")
    expect(admin.get_by_role("dialog", name="Help: Explore")).to_be_visible()
    assert grave(admin) == []
    admin.keyboard.press("Escape")
