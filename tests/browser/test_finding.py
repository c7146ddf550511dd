"""Search and help in a browser: opened by a key or a button, used without a mouse, quiet where somebody types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.live import fill_in, listening, log_in, quiet
from tests.factories.accounts import PASSWORD


@pytest.fixture
def explore(page: Page, app: str) -> Page:
    log_in(page, app, "analyst", path="/explore?p=all")
    expect(page.get_by_role("heading", name="Net sales by department")).to_be_visible()
    quiet(page)
    listening(page)
    return page


def search(page: Page):
    return page.get_by_role("dialog", name="Search")


def hits(page: Page):
    return search(page).locator("a.hit")


def test_a_slash_a_name_and_enter_lead_to_a_products_page(explore: Page):
    explore.keyboard.press("/")
    expect(search(explore)).to_be_visible()
    expect(explore.get_by_role("textbox", name="Search")).to_be_focused()
    explore.keyboard.type("whole milk")
    explore.keyboard.press("Enter")  # before the answer may be there: it opens what was typed
    expect(explore.get_by_role("heading", name="WHOLE MILK, no. 10", level=1)).to_be_visible()
    words = parse_qs(urlsplit(explore.url).query)
    assert (words["dimension"], words["key"]) == (["product"], ["10"])
    explore.get_by_role("link", name="MILK", exact=True).click()
    expect(explore.get_by_role("heading", name="MILK", exact=True, level=1)).to_be_visible()


def test_arrows_go_through_what_was_found_and_escape_gives_the_focus_back(explore: Page):
    button = explore.locator(".st-key-finding-sidebar").get_by_role("button", name="Search")
    button.focus()
    explore.keyboard.press("Enter")
    explore.keyboard.type("milk")
    expect(hits(explore)).to_have_count(2)  # the category and the product
    explore.keyboard.press("ArrowDown")
    expect(hits(explore).nth(0)).to_be_focused()
    explore.keyboard.press("ArrowDown")
    explore.keyboard.press("ArrowDown")  # no further than the last
    expect(hits(explore).nth(1)).to_be_focused()
    explore.keyboard.press("ArrowUp")
    explore.keyboard.press("ArrowUp")
    expect(explore.get_by_role("textbox", name="Search")).to_be_focused()
    explore.keyboard.press("Escape")
    expect(search(explore)).to_be_hidden()
    expect(button).to_be_focused()


def test_a_slip_is_mended_and_nothing_found_is_said(explore: Page):
    explore.keyboard.press("Control+k")
    explore.keyboard.type("whole mlik")
    expect(search(explore).get_by_role("status")).to_contain_text("this is what “whole milk” finds")
    expect(hits(explore)).to_have_count(1)
    explore.get_by_role("textbox", name="Search").fill("zzzz")
    expect(search(explore).get_by_role("status")).to_contain_text("Nothing goes by “zzzz”")
    expect(hits(explore)).to_have_count(0)
    explore.get_by_role("textbox", name="Search").fill("milk")
    expect(hits(explore)).to_have_count(2)


def test_where_somebody_types_the_keys_are_characters(page: Page, app: str):
    log_in(page, app, "manager", path="/glossary")
    field = page.get_by_label("Find a word")
    expect(field).to_be_visible()
    quiet(page)
    listening(page)
    field.focus()
    page.keyboard.type("a/b?")
    expect(field).to_have_value("a/b?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto(f"{app}/reference?table=Departments")
    grid = page.get_by_test_id("stDataFrame").first
    expect(grid).to_be_visible()
    quiet(page)
    listening(page)
    grid.locator("canvas").first.focus()
    page.keyboard.press("/")  # begins to change the cell
    expect(page.get_by_role("dialog", name="Search")).to_be_hidden()


def test_a_key_pressed_as_the_search_closes_is_a_command_again(explore: Page):
    explore.keyboard.press("/")
    expect(explore.get_by_role("textbox", name="Search")).to_be_focused()
    explore.get_by_role("dialog", name="Search").evaluate("""dialog => {
        const field = dialog.querySelector("input");
        dialog.close();
        field.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true, composed: true, cancelable: true }));
    }""")  # in one task: no frame is drawn between them
    expect(explore.get_by_role("dialog", name="Help: Explore")).to_be_visible()
    explore.keyboard.press("Escape")


def test_a_question_mark_explains_the_page_that_is_open(explore: Page, app: str):
    explore.keyboard.press("?")
    told = explore.get_by_role("dialog", name="Help: Explore")
    expect(told.get_by_text("Any metric by any dimension: over time")).to_be_visible()
    expect(told.get_by_text("search everything that has a name")).to_be_visible()
    explore.keyboard.press("Escape")
    expect(told).to_be_hidden()
    explore.get_by_role("link", name="Calendar").click()
    expect(explore.get_by_role("heading", name="Calendar", level=1)).to_be_visible()
    quiet(explore)
    explore.get_by_role("button", name="Help for this page").first.click()
    told = explore.get_by_role("dialog", name="Help: Calendar")
    expect(told).to_contain_text("When it is sold")
    told.get_by_role("link", name="business date").click()
    expect(explore.get_by_role("heading", name="Business date")).to_be_visible()


@pytest.fixture
def phone(browser: Browser, app: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{app}/stores?p=all")
    fill_in(page, "analyst", PASSWORD)
    expect(page.get_by_role("heading", name="Stores", level=1)).to_be_visible()
    quiet(page)
    listening(page)
    yield page
    context.close()


def test_on_a_phone_both_are_above_the_page(phone: Page):
    phone.locator(".st-key-finding-folded").get_by_role("button", name="Search").click()
    phone.keyboard.type("apples")
    expect(hits(phone)).to_have_count(1)
    box = search(phone).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    search(phone).get_by_role("button", name="Close").click()
    phone.locator(".st-key-finding-folded").get_by_role("button", name="Help for this page").click()
    expect(phone.get_by_role("dialog", name="Help: Stores")).to_be_visible()


def test_more_of_a_kind_is_on_the_page_of_the_search(explore: Page):
    explore.keyboard.press("/")
    explore.keyboard.type("s")
    search(explore).get_by_role("link", name=re.compile("^all [0-9]+$")).first.click()
    expect(explore.get_by_role("heading", name="Search", level=1)).to_be_visible()
    expect(explore.get_by_role("button", name="Every kind")).to_be_visible()
    assert parse_qs(urlsplit(explore.url).query)["q"] == ["s"]


def test_whoever_is_logged_out_is_told(explore: Page):
    explore.context.clear_cookies()
    explore.keyboard.press("/")
    explore.keyboard.type("milk")
    expect(search(explore).get_by_role("status")).to_have_text(
        "You are logged out. Log in again, then search once more."
    )
