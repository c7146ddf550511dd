"""Every page of reference data for every reader: no rule of accessibility broken, nothing wider than a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.live import fill_in, log_in, quiet
from tests.factories.accounts import PASSWORD

PAGES = {
    "reference?table=Products": "Reference data",
    "reference?table=Calendar+events": "Reference data",
    "targets?year=2017": "Targets",
    "review": "Review",
    "history": "History",
    "history?revision=1": "History",
    "data-quality": "Data quality",
}


@pytest.fixture(params=[(1440, "light"), (390, "dark")], ids=["wide-light", "narrow-dark"])
def manager(browser: Browser, app: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    if width > 600:
        log_in(page, app, "manager")
    else:
        _log_in_narrow(page, app)
    yield page
    context.close()


def _log_in_narrow(page: Page, app: str) -> None:
    """On a phone the sidebar is folded, and the way out with it."""
    page.goto(app)
    fill_in(page, "manager", PASSWORD)
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()


def test_no_page_breaks_a_rule_of_accessibility_or_is_cut_off(manager: Page, app: str):
    for path, title in PAGES.items():
        manager.goto(f"{app}/{path}")
        expect(manager.get_by_role("heading", name=title, exact=True)).to_be_visible()
        quiet(manager)
        assert manager.get_by_text("This page could not be shown").count() == 0, path
        wide = manager.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, path
        found = Axe().run(manager, context={"exclude": [["[data-testid=stSidebarNav]"]]}).response["violations"]
        grave = [rule for rule in found if rule["impact"] in {"serious", "critical"}]
        assert [(path, rule["id"], [node["html"] for node in rule["nodes"]]) for rule in grave] == []
