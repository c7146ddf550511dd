"""Editing reference data in a browser: typed, pasted, reviewed, saved, seen in the chart, undone; and never lost."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from data.db import Database
from tests.browser.conftest import LINES, PRODUCTS
from tests.browser.live import free_port, log_in, quiet, served, started
from tests.conftest import clone
from tests.factories.accounts import AccountFactory
from tests.spec.world import World


@pytest.fixture
def shop(server_url: str, template: str, owner_login: str) -> Iterator[Database]:
    """A tiny shop of this test's own, with two managers."""
    with clone(server_url, template, owner_login) as database:
        with database.owner.begin() as conn:
            World(conn).products(PRODUCTS).lines(LINES)
        with database.accounts() as conn:
            for name in ("meg", "mia"):
                AccountFactory(conn=conn, username=name, role="manager")
        yield database


@pytest.fixture
def address(shop: Database, tmp_path) -> Iterator[str]:
    with served(shop, tmp_path) as found:
        yield found


def open_table(page: Page, address: str, label: str) -> None:
    page.goto(f"{address}/reference?table={label}")
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    quiet(page)


def go_to(page: Page, column: str, row: int) -> None:
    """Put the grid's cursor on a cell, as the arrow keys do."""
    grid = page.get_by_test_id("stDataFrame").first
    header = grid.locator("th", has_text=re.compile(f"^{column}$"))
    grid.locator("canvas").first.focus()  # its first focus goes to its first cell
    page.wait_for_timeout(200)
    place = int(header.get_attribute("aria-colindex")) - 1
    grid.get_by_test_id(f"glide-cell-{place}-{row}").focus()
    page.wait_for_timeout(200)  # the grid moves its cursor after the focus


def type_into(page: Page, column: str, row: int, text: str) -> None:
    go_to(page, column, row)
    page.keyboard.press("Enter")
    editor = page.locator("#portal textarea")
    editor.fill(text)
    editor.press("Enter")
    quiet(page)


def paste(page: Page, column: str, row: int, block: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", block)
    go_to(page, column, row)
    page.keyboard.press("Control+v")
    quiet(page)


def expect_draft(page: Page, changes: int) -> None:
    expect(page.get_by_role("button", name=re.compile(f"^.*Review {changes} change"))).to_be_visible()


def review(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Review [0-9]+ change")).click()
    expect(page.get_by_role("heading", name="Review", exact=True)).to_be_visible()
    quiet(page)


def save(page: Page, reason: str) -> None:
    page.get_by_label("Reason").fill(reason)
    page.get_by_label("Reason").press("Tab")
    quiet(page)
    page.get_by_role("button", name="Save as revision").click()


def test_cells_are_typed_and_pasted_reviewed_saved_seen_in_the_chart_and_undone(page: Page, address: str):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    log_in(page, address, "meg")
    open_table(page, address, "Departments")
    type_into(page, "Department", 0, "FRESH FOOD")
    expect_draft(page, 1)
    open_table(page, address, "Products")
    paste(page, "Product type", 0, "OAT MILK\t1 GA\nWHITE BREAD\t2 LB\n")
    expect_draft(page, 4)
    review(page)
    expect(page.get_by_text("2 rows changed; 3 lines and 5.50 of net sales rest on them")).to_be_visible()
    save(page, "Better names")
    expect(page.get_by_text("Saved as revision")).to_be_visible()

    open_table(page, address, "Departments")
    review(page)
    save(page, "Produce is fresh food now")
    expect(page.get_by_text("Saved as revision")).to_be_visible()
    page.goto(f"{address}/explore?p=all&r=department")
    chart = page.locator(".st-key-panel-explore")
    expect(chart.get_by_text("FRESH FOOD").first).to_be_visible()

    page.goto(f"{address}/history")
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    quiet(page)
    page.get_by_label("Open revision").click()
    page.get_by_role("option").first.click()
    expect(page.get_by_role("heading", name=re.compile("Produce is fresh food now"))).to_be_visible()
    page.get_by_label("Reason").fill("It was only a trial")
    page.get_by_label("Reason").press("Tab")
    quiet(page)
    page.get_by_role("button", name=re.compile("Undo revision")).click()
    expect(page.get_by_text("writes back what revision")).to_be_visible()
    page.goto(f"{address}/explore?p=all&r=department")
    expect(chart.get_by_text("PRODUCE").first).to_be_visible()
    expect(chart.get_by_text("FRESH FOOD")).to_have_count(0)


def test_a_draft_survives_a_killed_application(page: Page, shop: Database, tmp_path):
    port = free_port()
    with started(shop, tmp_path, port) as (address, process):
        log_in(page, address, "meg")
        open_table(page, address, "Products")
        type_into(page, "Package size", 1, "750 G")
        expect_draft(page, 1)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with started(shop, tmp_path, port) as (address, _):
        page.goto(f"{address}/reference?table=Products")
        expect_draft(page, 1)
        grid = page.get_by_test_id("stDataFrame").first
        expect(grid.get_by_text("750 G")).to_have_count(1)
        review(page)
        expect(page.get_by_test_id("stDataFrame").get_by_text("750 G")).to_have_count(1)


def test_who_saved_first_is_shown_beside_what_is_yours(page: Page, browser: Browser, address: str):
    log_in(page, address, "meg")
    open_table(page, address, "Products")
    type_into(page, "Package size", 0, "1 GA")
    type_into(page, "Product type", 0, "OAT MILK")
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    other = context.new_page()
    log_in(other, address, "mia")
    open_table(other, address, "Products")
    type_into(other, "Package size", 0, "4 L")
    review(other)
    save(other, "Metric sizes")
    expect(other.get_by_text("Saved as revision")).to_be_visible()
    context.close()

    review(page)
    clash = page.locator(".st-key-conflict-0")
    expect(clash).to_contain_text("original (empty) · current 4 L")
    expect(clash).to_contain_text("yours 1 GA")
    expect(page.get_by_role("button", name="Save as revision")).to_be_disabled()
    clash.get_by_role("button", name="Keep theirs").click()
    expect(clash).to_have_count(0)
    save(page, "Oats")
    expect(page.get_by_text("Saved as revision")).to_be_visible()
    open_table(page, address, "Products")
    grid = page.get_by_test_id("stDataFrame").first
    expect(grid.get_by_text("OAT MILK")).to_have_count(1)
    expect(grid.get_by_text("4 L", exact=True)).to_have_count(1)


def test_an_effect_that_moved_is_shown_again_and_confirmed(page: Page, browser: Browser, address: str):
    log_in(page, address, "meg")
    open_table(page, address, "Products")
    type_into(page, "Product type", 0, "OAT MILK")
    review(page)
    page.get_by_label("Reason").fill("Oats")
    page.get_by_label("Reason").press("Tab")
    quiet(page)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    other = context.new_page()
    log_in(other, address, "mia")
    open_table(other, address, "Products")
    type_into(other, "Package size", 0, "4 L")
    review(other)
    save(other, "Metric sizes")
    expect(other.get_by_text("Saved as revision")).to_be_visible()
    context.close()

    page.get_by_role("button", name="Save as revision").click()
    expect(page.get_by_text(re.compile("mia saved revision [0-9]+ meanwhile"))).to_be_visible()
    expect(page.get_by_text("Somebody else changed other columns of 1 of these rows")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Oats")
    page.get_by_role("button", name="Save as revision").click()
    expect(page.get_by_text("Saved as revision")).to_be_visible()
    open_table(page, address, "Products")
    grid = page.get_by_test_id("stDataFrame").first
    expect(grid.get_by_text("OAT MILK")).to_have_count(1)
    expect(grid.get_by_text("4 L", exact=True)).to_have_count(1)


def test_rows_are_added_and_a_wrong_one_is_told(page: Page, address: str):
    log_in(page, address, "meg")
    open_table(page, address, "Departments")
    page.get_by_role("button", name="Add rows").click()
    new = page.locator(".st-key-reference-new")
    expect(new.get_by_test_id("stDataFrame")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", "BAKERY\nGROCERY\n")
    box = new.get_by_test_id("stDataFrame").bounding_box()
    page.mouse.click(box["x"] + 100, box["y"] + box["height"] - 15)  # the last line of the grid begins a row
    expect(new.get_by_test_id("glide-cell-1-0")).to_be_attached()
    editor = page.locator("#portal textarea")  # the grid opens the cell a moment after the row is there
    expect(editor).to_be_visible()
    page.keyboard.press("Escape")
    expect(editor).to_have_count(0)
    page.keyboard.press("Control+v")
    quiet(page)
    expect_draft(page, 2)
    review(page)
    expect(page.get_by_text("1 row cannot be saved like this")).to_be_visible()
    expect(page.locator(".st-key-review-faults").get_by_text("is there already")).to_have_count(1)
    page.get_by_role("button", name="Take 1 out of the draft").click()
    expect(page.locator(".st-key-review-faults")).to_have_count(0)
    save(page, "A bakery")
    expect(page.get_by_text(re.compile("Saved as revision.*1 added"))).to_be_visible()


def test_an_analyst_sees_history_and_no_editing(page: Page, app: str):
    log_in(page, app, "analyst")
    pages = page.get_by_role("navigation", name="App pages")
    expect(pages.get_by_role("link", name="History")).to_be_visible()
    expect(pages.get_by_role("link", name="Reference data")).to_have_count(0)
    for path in ("reference", "review"):
        page.goto(f"{app}/{path}")
        expect(page.get_by_text("This page is for the role manager; yours is analyst.")).to_be_visible()
        expect(page.get_by_test_id("stDataFrame")).to_have_count(0)
