"""A table that asks for a second manager: submitted by one, approved by another, and by nobody else."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.live import log_in, quiet
from tests.browser.test_reference import (  # noqa: F401
    address,
    expect_draft,
    open_table,
    review,
    shop,
    type_into,
)
from tests.factories.accounts import AccountFactory


def test_an_edit_waits_for_a_second_manager(page: Page, browser: Browser, shop, address: str):  # noqa: F811
    with shop.accounts() as conn:
        AccountFactory(conn=conn, username="ada", role="admin")
    admin = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    log_in(admin, address, "ada")
    open_table(admin, address, "Products")
    admin.get_by_text("A second manager approves").click()
    expect(admin.get_by_text("Edits of products now wait for a second manager.")).to_be_visible()
    admin.context.close()

    log_in(page, address, "meg")
    open_table(page, address, "Products")
    type_into(page, "Product type", 0, "OAT MILK")
    expect_draft(page, 1)
    review(page)
    page.get_by_label("Reason").fill("Oats")
    page.get_by_label("Reason").press("Tab")
    quiet(page)
    expect(page.get_by_role("button", name="Save as revision")).to_have_count(0)
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_text("Submitted; a second manager has to approve it.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve and save")).to_have_count(0)

    second = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    log_in(second, address, "mia", path="/review")
    expect(second.get_by_text(re.compile("Products · 1 row by .* · waits for approval"))).to_be_visible()
    second.get_by_role("button", name="Review", exact=True).click()
    expect(second.get_by_role("heading", name="What changes")).to_be_visible()
    second.get_by_text("Show the effect on figures").click()
    expect(second.get_by_text("Effect on figures, over all dates")).to_be_visible()
    second.reload()
    expect(second.get_by_role("heading", name="What changes")).to_be_visible()
    second.get_by_role("button", name="Approve and save").click()
    expect(second.get_by_text("Saved as revision")).to_be_visible()
    second.get_by_role("link", name="See it, or undo it").click()
    expect(second.get_by_role("heading", name=re.compile("Oats .by .*, approved by "))).to_be_visible()
    second.context.close()


def test_a_draft_is_handed_to_another_manager(page: Page, browser: Browser, address: str):  # noqa: F811
    log_in(page, address, "meg")
    open_table(page, address, "Products")
    type_into(page, "Product type", 0, "OAT MILK")
    expect_draft(page, 1)
    review(page)
    page.get_by_role("button", name="Hand over").click()
    page.get_by_label("Note").fill("Please check the size")
    page.get_by_label("Note").press("Tab")
    quiet(page)
    page.get_by_role("button", name="Hand over the draft").click()
    expect(page.get_by_text(re.compile("has the draft now"))).to_be_visible()
    second = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    log_in(second, address, "mia")
    open_table(second, address, "Products")
    expect_draft(second, 1)
    expect(second.get_by_text(re.compile("handed to you by .*: Please check the size"))).to_be_visible()
    second.context.close()
