"""The whole story on the sample: a figure is pinned and watched, an edit previewed and saved, explained and undone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from data.changes.editable import editable_table
from data.changes.listing import Asked, listed_versions
from data.changes.types import RowChange
from data.db import Database
from data.drafts.writing import draft_to_edit, put_changes
from data.scope import Scope
from tests.browser.live import log_in, quiet, served
from tests.browser.test_pinned import pin
from tests.factories.accounts import AccountFactory

pytestmark = [pytest.mark.sample, pytest.mark.long]
FUEL = "/explore?p=all&r=-&f=department.in:FUEL&chart=number"


@pytest.fixture
def shop(sample_clone: Database) -> Database:
    """The sample, with a manager whose draft moves the gasoline among MISCELLANEOUS to FUEL."""
    with sample_clone.accounts() as conn:
        account = AccountFactory(conn=conn, username="meg", display_name="Meg", role="manager").account_id
    asked = Asked("gasoline", (("category", ("MISCELLANEOUS > COUPON/MISC ITEMS",)),))
    with sample_clone.reading(Scope.everything()) as conn:
        rows = listed_versions(conn, editable_table("products"), asked, scope=Scope.everything())
    changes = [RowChange(row=row, version=version, set={"category": "FUEL > FUEL"}) for row, version in rows]
    with sample_clone.accounts() as conn:
        draft = draft_to_edit(conn, table="products", account_id=account)
        put_changes(conn, draft_id=draft.draft_id, account_id=account, changes=changes)
    return sample_clone


@pytest.fixture
def address(shop: Database, tmp_path) -> Iterator[str]:
    with served(shop, tmp_path) as found:
        yield found


def watch_fuel(page: Page) -> None:
    page.get_by_role("button", name="Save as").click()
    page.get_by_label("Name", exact=True).fill("Fuel")
    page.get_by_role("button", name="Save view").click()
    watch = page.get_by_role("button", name="Watch", exact=False).last
    expect(watch).to_be_visible()
    quiet(page)
    watch.click()
    page.get_by_role("button", name="Watch it").click()
    expect(page.get_by_text("Watched. What it tells stands on Watches.")).to_be_visible()


def expect_told(page: Page, address: str, count: int) -> None:
    """Watches are looked at soon after a revision; a page shows it when it is drawn."""
    for _ in range(20):
        page.goto(f"{address}/watches")
        expect(page.get_by_role("heading", name="Watched views")).to_be_visible()
        quiet(page)
        if page.locator("[class*=st-key-watch-event-]").count() >= count:
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"the watch had to tell {count} times")


def test_gasoline_is_pinned_watched_previewed_saved_explained_and_undone(page: Page, address: str):
    log_in(page, address, "meg", path=FUEL)
    expect(page.get_by_test_id("stMetric")).to_contain_text("$329.59K")
    pinned = pin(page, page.locator(".pin").first)
    watch_fuel(page)

    page.goto(f"{address}/reference?table=Products")
    page.get_by_role("button", name=re.compile("Review 19 change")).click()
    expect(page.get_by_role("heading", name="Review", exact=True)).to_be_visible()
    expect(page.get_by_text("54,449.62").first).to_be_visible()
    quiet(page)
    page.get_by_label("Reason").fill("Gasoline is fuel")
    page.get_by_label("Reason").press("Tab")
    quiet(page)
    page.get_by_role("button", name="Save as revision").click()
    expect(page.get_by_text("Saved as revision")).to_be_visible()

    page.goto(pinned)
    figures = page.locator(".st-key-pin-figures")
    expect(figures).to_contain_text("329,594.45")
    expect(figures).to_contain_text("384,044.07")
    expect(figures).to_contain_text("+54,449.62")
    page.get_by_role("link", name="Why did this change?").click()
    finding = page.locator(".st-key-explain-finding")
    expect(finding).to_contain_text("Net sales rose by 54,449.62, from 329,594.45 to 384,044.07.")
    expect(finding).to_contain_text("Gasoline is fuel, by meg (+54,449.62)")
    expect(page.get_by_text("The parts add up to +54,449.62 exactly.")).to_be_visible()

    expect_told(page, address, 1)
    told = page.locator("[class*=st-key-watch-event-]").first
    expect(told).to_contain_text("Fuel: net sales +54,449.62")
    expect(told).to_contain_text("Gasoline is fuel, by meg")

    page.goto(f"{address}/history?revision=14")
    expect(page.get_by_role("heading", name=re.compile("Gasoline is fuel"))).to_be_visible()
    quiet(page)
    page.get_by_label("Reason").fill("Not agreed with accounting")
    page.get_by_label("Reason").press("Tab")
    quiet(page)
    page.get_by_role("button", name=re.compile("Undo revision")).click()
    expect(page.get_by_text("writes back what revision")).to_be_visible()
    page.goto(pinned)
    expect(figures).to_contain_text("Net sales, difference0.00")
    expect(page.get_by_text("Nothing has changed since.")).to_be_visible()
    expect_told(page, address, 2)
    expect(page.locator("[class*=st-key-watch-event-]").first).to_contain_text("−54,449.62")
