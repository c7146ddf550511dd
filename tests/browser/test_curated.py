"""The curated pages over the whole sample in a browser: on every screen and in every state nothing is cut off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.live import log_in, quiet

PAGES = ("products", "stores", "customers", "promotions", "calendar", "attainment")
SCREENS = [
    (1440, "light"),
    (390, "dark"),
    pytest.param((1440, "dark"), marks=pytest.mark.full),
    pytest.param((390, "light"), marks=pytest.mark.full),
]
STATES = {
    "one store": "p=all&store=367",
    "an old revision": "p=all&revision=3",
    "nothing sold": "p=dates&from=2017-12-25&to=2017-12-25",
}
# Text that a chart draws outside of its own picture is text that nobody can read.
CUT_OFF = """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap((plot) => {
  const room = plot.querySelector('.main-svg').getBoundingClientRect();
  return [...plot.querySelectorAll('.main-svg text')]
    .filter((text) => text.textContent.trim() && getComputedStyle(text).display !== 'none')
    .map((text) => [text.textContent, text.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.left < room.left - 3 || box.right > room.right + 3 ||
                                       box.top < room.top - 3 || box.bottom > room.bottom + 3))
    .map(([words]) => words);
})"""
TOO_WIDE = "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth; }"


@pytest.fixture(params=SCREENS, ids=lambda screen: f"{screen[0]} {screen[1]}")
def screen(request: pytest.FixtureRequest, browser: Browser, sample_app: str):
    """A page of this size and appearance, logged in."""
    width, appearance = request.param
    size = {"width": width, "height": 900}
    with browser.new_context(viewport=size, color_scheme=appearance) as context:
        page = context.new_page()
        log_in(page, sample_app, "admin")
        yield page


def look_at(page: Page, address: str, *, charts: bool = True) -> None:
    page.goto(address)
    expect(page.locator("[data-testid=stMain] h1")).to_be_visible()
    expect(page.get_by_text("Facts to")).to_be_visible(timeout=60_000)  # the footer: the page is whole
    quiet(page)
    if charts:
        expect(page.locator(".js-plotly-plot").first).to_be_visible()
    page.wait_for_timeout(300)  # charts settle into their width
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlertContentError").count() == 0, address
    assert page.evaluate(TOO_WIDE) <= 0, address
    assert page.evaluate(CUT_OFF) == [], address


@pytest.mark.long
def test_no_page_is_cut_off_on_any_screen(screen: Page, sample_app: str):
    for name in PAGES:
        look_at(screen, f"{sample_app}/{name}")


@pytest.mark.long
@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_page_is_whole_on_a_phone(browser: Browser, sample_app: str, state: str):
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        log_in(page, sample_app, "admin")
        for name in PAGES:
            look_at(page, f"{sample_app}/{name}?{STATES[state]}", charts=state != "nothing sold")
            if state == "nothing sold":
                expect(page.get_by_text("Nothing was sold here")).to_be_visible()
            if state == "an old revision":
                expect(page.get_by_test_id("stMarkdown").get_by_text("As of revision 3").first).to_be_visible()


def test_a_click_on_a_bar_of_stores_filters_the_page(page: Page, sample_app: str):
    log_in(page, sample_app, "admin", path="/stores?p=all")
    quiet(page)
    bar = page.locator(".st-key-panel-stores .barlayer .point path").last
    box = bar.bounding_box()
    page.mouse.click(box["x"] + 10, box["y"] + box["height"] / 2)
    expect(page.locator(".st-key-chips").get_by_role("button", name="Store 367")).to_be_visible()
    assert "store=367" in page.url
