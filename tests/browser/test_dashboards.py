"""Dashboards in a browser: built of six views, filtered, reloaded, shared, on the whole screen, and as a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from data.dashboards.reading import Content, Item
from data.dashboards.writing import save_dashboard
from data.db import Database
from data.views.reading import Content as View
from data.views.writing import save_view
from tests.browser.live import log_in, quiet

VIEWS = {
    "Totals": ("m=net_sales,baskets&r=-&chart=number&p=all", 12, 1),
    "By day": ("m=net_sales&r=period&by=day&p=all", 8, 2),
    "By department": ("m=net_sales&r=department&p=all", 4, 2),
    "By store and week": ("m=net_sales&r=store&c=period&p=all", 6, 2),
    "Weekdays": ("m=baskets&r=weekday&c=hour&chart=heatmap&p=all", 6, 2),
    "Products": ("m=net_sales,units&r=product&chart=table&p=all", 12, 2),
}
CHARTS, TABLES = 4, 1
MANAGER = sa.text("select account_id from accounts.accounts where username = 'manager'")


@pytest.fixture
def views(app_database: Database) -> Iterator[list[int]]:
    """The numbers of six shared views of the manager's; all views and dashboards are gone afterwards."""
    with app_database.accounts() as conn:
        owner = conn.scalar(MANAGER)
        made = [
            save_view(conn, View("explore", link, name, shared=True), account_id=owner).view_id
            for name, (link, _, _) in VIEWS.items()
        ]
    yield made
    with app_database.accounts() as conn:
        conn.execute(sa.text("delete from accounts.dashboards"))
        conn.execute(sa.text("delete from accounts.views"))


@pytest.fixture
def board(app_database: Database, views: list[int]) -> int:
    """The number of a shared dashboard of the six views."""
    sizes = (size for _, *size in VIEWS.values())
    items = tuple(Item(view_id, *size) for view_id, size in zip(views, sizes, strict=True))
    with app_database.accounts() as conn:
        owner = conn.scalar(MANAGER)
        return save_dashboard(conn, Content("Morning", items, shared=True), account_id=owner).dashboard_id


def all_drawn(page: Page, *, charts: int = CHARTS) -> None:
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.locator(".js-plotly-plot:has(.main-svg)")).to_have_count(charts)
    quiet(page)


def net_sales(page: Page):
    return page.get_by_test_id("stMetric").filter(has_text="Net sales").get_by_test_id("stMetricValue")


def opened(page: Page, app: str, board: int, who: str = "manager", words: str = "") -> Page:
    log_in(page, app, who, path=f"/dashboards?dashboard={board}{words}")
    expect(page.get_by_role("heading", name="Morning", level=1)).to_be_visible()
    all_drawn(page)
    return page


def choose(page: Page, label: str, option: str, *, nth: int = 0) -> None:
    """Choose from a list, as somebody who opens it once more where a page that was just drawn has closed it."""
    for patience in (5_000, 20_000):
        quiet(page)
        page.get_by_role("combobox", name=label, exact=True).nth(nth).click()
        try:
            page.get_by_role("option", name=option, exact=True).click(timeout=patience)
            break
        except PlaywrightTimeout:
            page.keyboard.press("Escape")
    quiet(page)


def serious(page: Page) -> dict[str, str]:
    quiet(page)
    found = Axe().run(page, context={"exclude": [["[data-testid=stSidebarNav]"]]}).response["violations"]
    return {item["id"]: item["nodes"][0]["html"] for item in found if item["impact"] in {"serious", "critical"}}


@pytest.mark.usefixtures("views")
def test_six_views_are_put_side_by_side_saved_and_opened_by_somebody_else(page: Page, browser: Browser, app: str):
    log_in(page, app, "manager", path="/dashboards")
    page.get_by_role("button", name="New dashboard").click()
    page.get_by_role("textbox", name="Name").fill("Six views")
    page.get_by_role("button", name="Create and arrange").click()
    expect(page.get_by_role("heading", name="Six views", level=1)).to_be_visible()
    for at, name in enumerate(VIEWS, 1):
        quiet(page)
        picker = page.get_by_role("combobox", name="Add a view")
        picker.click()
        picker.press_sequentially(name)
        page.get_by_role("option", name=f"{name} · manager").click()
        expect(page.get_by_role("combobox", name="Width", exact=True)).to_have_count(at)
        quiet(page)
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
    choose(page, "Width", "Full width")
    choose(page, "Place", "1", nth=5)
    expect(page.get_by_role("heading", level=2).first).to_have_text("Products")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved “Six views”, version 2")).to_be_visible()
    expect(page.get_by_text("Unsaved changes")).to_have_count(0)
    all_drawn(page)
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("button", name="Share with everybody").click()
    expect(page.get_by_text("Saved “Six views”, version 3")).to_be_visible()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    other = context.new_page()
    log_in(other, app, "analyst", path="/dashboards")
    other.get_by_role("button", name="Six views").click()
    all_drawn(other)
    expect(net_sales(other)).to_have_text("$32.50")
    expect(other.get_by_role("button", name="Arrange")).to_have_count(0)
    context.close()


def test_a_filter_is_over_all_views_and_survives_a_reload_and_a_link(
    page: Page, browser: Browser, app: str, board: int
):
    opened(page, app, board)
    expect(net_sales(page)).to_have_text("$32.50")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("combobox", name="Departments").click()
    page.get_by_role("option", name="GROCERY").click()
    expect(net_sales(page)).to_have_text("$5.50")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    choose(page, "Period", "Last 28 days")
    expect(page.get_by_text("All views over 31 Jan \u2013 27 Feb 2017, departments GROCERY").first).to_be_visible()
    choose(page, "Period", "All dates")
    page.wait_for_url(re.compile("dept=GROCERY"))
    page.reload()
    expect(net_sales(page)).to_have_text("$5.50")
    all_drawn(page)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    other = context.new_page()
    log_in(other, app, "analyst", path=page.url.removeprefix(app))
    expect(net_sales(other)).to_have_text("$5.50")
    all_drawn(other)
    expect(other.get_by_role("button", name="GROCERY")).to_be_visible()
    context.close()


def test_a_panel_leads_to_explore_to_why_and_to_a_pin(page: Page, app: str, board: int):
    opened(page, app, board, words="&dept=GROCERY")
    page.get_by_role("button", name="More on By department").click()
    expect(page.get_by_role("link", name="between revisions")).to_have_attribute("href", re.compile("^/explain"))
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text }")
    page.get_by_role("button", name="Copy as pinned link: By department").click()
    page.wait_for_function("window.copied?.includes('/pinned?pin=')")
    page.get_by_text("As table").click()
    quiet(page)
    expect(page.get_by_test_id("stDataFrame")).to_have_count(TABLES + 1)
    page.get_by_role("link", name="Open in Explore").click()
    expect(page.get_by_role("heading", name="Net sales by department")).to_be_visible()
    expect(page.get_by_role("button", name="Department: GROCERY")).to_be_visible()
    expect(page.locator(".st-key-views-bar").get_by_role("button", name="By department")).to_be_visible()


def test_the_whole_screen_is_left_by_escape_and_by_its_button(page: Page, app: str, board: int):
    opened(page, app, board)
    page.get_by_role("button", name="Full screen", exact=True).click()
    leave = page.get_by_role("button", name="Leave full screen")
    expect(leave).to_be_visible()
    all_drawn(page)
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page.get_by_role("combobox", name="Period")).to_be_hidden()
    expect(page.get_by_text(re.compile(r"Revision \d+, updated"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Arrange")).to_be_visible()
    expect(page).not_to_have_url(re.compile("full=1"))
    page.get_by_role("button", name="Full screen", exact=True).click()
    leave.click()
    expect(page.get_by_test_id("stSidebar")).to_be_visible()


def test_the_whole_screen_draws_what_is_new_and_leads_who_is_logged_out_to_the_login(
    page: Page, app: str, board: int, app_database: Database
):
    opened(page, app, board)
    page.goto(f"{app}/dashboards?dashboard={board}&full=1")
    all_drawn(page)
    with app_database.accounts() as conn:
        renamed = sa.text("update accounts.dashboards set name = 'Evening', version = 2 where dashboard_id = :board")
        conn.execute(renamed, {"board": board})
        kept = sa.text(
            "insert into accounts.dashboard_versions select dashboard_id, 2, 'Evening', description, folder, shared, "
            "items, owner_id from accounts.dashboards where dashboard_id = :board"
        )
        conn.execute(kept, {"board": board})
    expect(page.get_by_role("heading", name="Evening", level=1)).to_be_visible(timeout=30_000)
    all_drawn(page)
    with app_database.accounts() as conn:
        conn.execute(sa.text("update accounts.sessions set revoked_at = now()"))
    expect(page.get_by_label("User name")).to_be_visible(timeout=30_000)
    expect(page.locator(".js-plotly-plot")).to_have_count(0)


def test_the_file_opens_without_a_network(page: Page, browser: Browser, app: str, board: int, tmp_path: Path):
    opened(page, app, board)
    with page.expect_download() as download:
        page.locator(".st-key-dashboards-bar").get_by_role("button", name="HTML").click()
    assert download.value.suggested_filename == "morning.html"
    file = tmp_path / "morning.html"
    download.value.save_as(file)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    alone, asked, problems = context.new_page(), [], []
    alone.on("request", lambda request: asked.append(request.url))
    alone.on("pageerror", lambda error: problems.append(str(error)))
    alone.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    alone.goto(file.as_uri())
    expect(alone.locator(".js-plotly-plot:has(.main-svg)")).to_have_count(CHARTS)
    expect(alone.get_by_role("heading", name="Morning")).to_be_visible()
    expect(alone.locator("dd").first).to_contain_text("$32.50")
    alone.get_by_text("As table").first.click()
    expect(alone.locator("details[open] table")).to_be_visible()
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [file.as_uri()]
    assert problems == []
    found = Axe().run(alone).response["violations"]
    assert [item["id"] for item in found if item["impact"] in {"serious", "critical"}] == []
    context.close()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1440, "dark"),
        (390, "light"),
        pytest.param(1440, "light", marks=pytest.mark.full),
        pytest.param(390, "dark", marks=pytest.mark.full),
    ],
)
def test_nothing_serious_stands_in_anybodys_way(browser: Browser, app: str, board: int, width: int, scheme: str):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    opened(page, app, board)
    assert serious(page) == {}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{app}/dashboards?dashboard={board}&full=1")
    all_drawn(page)
    assert serious(page) == {}
    page.goto(f"{app}/dashboards?dashboard={board}")
    all_drawn(page)
    if width > 640:
        page.get_by_role("button", name="Arrange").click()
        expect(page.get_by_role("combobox", name="Add a view")).to_be_visible()
        assert serious(page) == {}
    page.goto(f"{app}/dashboards")
    expect(page.get_by_role("button", name="New dashboard")).to_be_visible()
    assert serious(page) == {}
    context.close()


def test_a_dashboard_is_arranged_from_the_keyboard_alone(page: Page, app: str, board: int):
    opened(page, app, board)
    press(page, page.get_by_role("button", name="Arrange"))
    picker = page.get_by_role("combobox", name="Add a view")
    expect(picker).to_be_visible()
    quiet(page)
    place = page.get_by_role("combobox", name="Place", exact=True).nth(1)
    place.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_have_text("By day")
    moved = page.get_by_role("combobox", name="Place", exact=True).first
    expect(moved).to_be_focused()  # it went with the panel, to be moved on or sized
    expect(moved).to_have_value("1")
    quiet(page)
    picker.focus()
    page.keyboard.type("Weekdays")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Weekdays", level=2)).to_have_count(2)
    quiet(page)
    press(page, page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_text("Saved “Morning”, version 2")).to_be_visible()


def press(page: Page, button) -> None:
    quiet(page)
    button.focus()
    page.keyboard.press("Enter")
