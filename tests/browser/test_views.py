"""Saved views in a browser: saved under a name, changed, shared, in conflict, restored and deleted."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.live import log_in, quiet


@pytest.fixture
def explore(page: Page, app: str) -> Page:
    log_in(page, app, "analyst", path="/explore?p=all&r=category")
    expect(page.get_by_role("heading", name="Net sales by category")).to_be_visible()
    return page


def save_as(page: Page, name: str, *, shared: bool = False) -> None:
    quiet(page)
    page.get_by_role("button", name="Save as").click()
    page.get_by_label("Name", exact=True).fill(name)
    if shared:
        page.get_by_text("Shared with everybody").click()
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_text(f"Saved “{name}”, version 1")).to_be_visible()
    page.keyboard.press("Escape")
    quiet(page)


def choose(page: Page, label: str, option: str) -> None:
    quiet(page)
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()
    quiet(page)


def bar(page: Page):
    return page.locator(".st-key-views-bar")


def test_a_view_is_saved_changed_and_opened_again(explore: Page, app: str):
    save_as(explore, "By category")
    expect(bar(explore).get_by_text("Unsaved changes")).to_have_count(0)
    choose(explore, "Chart", "Table only")
    expect(bar(explore).get_by_text("Unsaved changes")).to_be_visible()
    bar(explore).get_by_role("button", name="Save", exact=True).click()
    expect(explore.get_by_text("Saved “By category”, version 2")).to_be_visible()
    expect(bar(explore).get_by_text("Unsaved changes")).to_have_count(0)
    choose(explore, "Chart", "Bars")
    bar(explore).get_by_role("button", name="Discard changes").click()
    expect(explore.locator(".st-key-panel-explore")).to_have_count(0)
    view = explore.url.rpartition("view=")[2]
    explore.goto(f"{app}/explore?view={view}")
    expect(bar(explore).get_by_role("button", name="By category")).to_be_visible()
    expect(explore.get_by_role("heading", name="Figures")).to_be_visible()
    expect(explore.locator(".st-key-panel-explore")).to_have_count(0)


def test_a_stale_save_is_a_conflict(explore: Page, browser: Browser, app: str):
    save_as(explore, "Shared view", shared=True)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    manager = context.new_page()
    log_in(manager, app, "manager", path="/explore?" + explore.url.partition("?")[2])
    choose(manager, "Chart", "Table only")
    bar(manager).get_by_role("button", name="Save", exact=True).click()
    expect(manager.get_by_text("Saved “Shared view”, version 2")).to_be_visible()
    choose(explore, "Show", "Top 5")
    bar(explore).get_by_role("button", name="Save", exact=True).click()
    conflict = explore.locator(".st-key-views-conflict")
    expect(conflict).to_contain_text("manager saved version 2 of 'Shared view' after you opened version 1")
    conflict.get_by_role("button", name="Open theirs").click()
    expect(explore.locator(".st-key-panel-explore")).to_have_count(0)
    expect(conflict).to_have_count(0)
    context.close()


def test_versions_are_restored_and_a_deleted_view_comes_back(explore: Page):
    save_as(explore, "Versions")
    choose(explore, "Chart", "Table only")
    bar(explore).get_by_role("button", name="Save", exact=True).click()
    bar(explore).get_by_role("button", name="Version 2").click()
    explore.get_by_text("Show every version").click()
    explore.get_by_role("button", name="Restore version 1").click()
    expect(bar(explore).get_by_role("button", name="Version 3")).to_be_visible()
    expect(explore.locator(".st-key-panel-explore")).to_be_visible()
    explore.get_by_role("button", name="Delete this view").click()
    expect(explore.get_by_text("Deleted “Versions”.")).to_be_visible()
    explore.get_by_role("button", name="Undo").click()
    expect(bar(explore).get_by_role("button", name="Versions")).to_be_visible()


def test_a_favourite_stands_on_the_first_page(explore: Page, app: str):
    save_as(explore, "My favourite")
    bar(explore).get_by_role("button", name="Add to favourites").click()
    expect(bar(explore).get_by_role("button", name="Remove from favourites")).to_be_visible()
    explore.goto(app)
    explore.get_by_role("link", name="My favourite").click()
    expect(bar(explore).get_by_role("button", name="My favourite")).to_be_visible()
