"""Targets in a browser: a pasted block, a year that is spread, and the figures that follow at once."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.live import log_in, quiet
from tests.browser.test_reference import address, expect_draft, paste, review, save, shop  # noqa: F401


def open_targets(page: Page, address: str, year: int) -> None:  # noqa: F811
    page.goto(f"{address}/targets?year={year}")
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    quiet(page)


def test_a_pasted_block_of_targets_shows_attainment_at_once_and_is_saved(page: Page, address: str):  # noqa: F811
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    log_in(page, address, "meg")
    open_targets(page, address, 2017)
    paste(page, "Jan", 0, "10.00\t11.00\n20.00\t100.00\n")
    expect_draft(page, 4)
    attained = page.locator(".st-key-targets-attained")
    expect(attained.get_by_text("21", exact=True)).to_have_count(1)
    expect(attained.get_by_text(re.compile("^0[.]2619"))).to_have_count(1)  # 5.50 of 21.00 for GROCERY
    review(page)
    save(page, "Targets of the winter")
    expect(page.get_by_text(re.compile("Saved as revision.*4 added"))).to_be_visible()
    open_targets(page, address, 2017)
    grid = page.get_by_test_id("stDataFrame").first
    expect(grid.get_by_text("100", exact=True)).to_have_count(1)


def test_a_year_is_spread_as_sales_were(page: Page, address: str):  # noqa: F811
    log_in(page, address, "meg")
    open_targets(page, address, 2018)
    page.get_by_role("button", name="Spread a year").click()
    page.get_by_label("Target for the year").fill("1200")
    page.get_by_label("Target for the year").press("Tab")
    quiet(page)
    page.get_by_role("button", name="Spread it into the draft").click()
    expect(page.get_by_text("GROCERY: spread over 2018 as sales of 2017, in your draft.")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame").first.get_by_text("1200", exact=True)).to_have_count(
        1
    )  # all was sold in February
    expect_draft(page, 12)
