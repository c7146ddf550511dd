"""The overview in a browser: what a click does, what a link says, what a file holds."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from data.db import Database
from tests.browser.live import log_in, quiet

FEBRUARY = "/overview?p=dates&from=2017-02-01&to=2017-02-28"


@pytest.fixture
def overview(page: Page, app: str) -> Page:
    """The overview of the tiny shop, all dates."""
    log_in(page, app, "analyst", path="/overview?p=all")
    expect(figure(page, "Net sales")).to_have_text("$32.50")
    quiet(page)
    return page


def figure(page: Page, label: str):
    return page.get_by_role("listitem").filter(has=page.get_by_text(label, exact=True)).locator("strong")


def click_bar(page: Page, name: str, place: int) -> None:
    quiet(page)
    bar = page.locator(f".st-key-panel-{name} .barlayer .point path").nth(place)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    page.mouse.click(box["x"] + min(box["width"] / 2, 10), box["y"] + box["height"] / 2)


def chip(page: Page, name: str):
    return page.locator(".st-key-chips").get_by_role("button", name=name)


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_click_on_a_bar_filters_everything_and_a_chip_takes_it_back(overview: Page):
    click_bar(overview, "department", 0)  # bars are drawn from the smallest up: GROCERY
    expect(figure(overview, "Net sales")).to_have_text("$5.50")
    expect(figure(overview, "Baskets")).to_have_text("2")
    expect(overview.locator(".st-key-panel-store .yaxislayer-above text")).to_have_count(1)
    assert query(overview) == {"p": ["all"], "dept": ["GROCERY"]}
    chip(overview, "GROCERY").click()
    expect(figure(overview, "Net sales")).to_have_text("$32.50")
    assert query(overview) == {"p": ["all"]}


def test_a_second_click_on_a_bar_lifts_its_filter(overview: Page):
    click_bar(overview, "department", 0)
    expect(figure(overview, "Net sales")).to_have_text("$5.50")
    click_bar(overview, "department", 0)
    expect(figure(overview, "Net sales")).to_have_text("$32.50")


def test_a_link_reproduces_the_view(overview: Page, app: str):
    overview.goto(f"{app}/overview?p=all&by=month&vs=none&dept=PRODUCE&store=2")
    expect(figure(overview, "Net sales")).to_have_text("$27.00")
    expect(overview.get_by_role("heading", name="Net sales by month")).to_be_visible()
    expect(chip(overview, "PRODUCE")).to_be_visible()
    expect(chip(overview, "Store 2")).to_be_visible()


def test_a_link_from_before_there_was_a_home_page_still_opens_the_overview(overview: Page, app: str):
    overview.goto(f"{app}/?p=all&by=month&vs=none&dept=PRODUCE&store=2")
    expect(figure(overview, "Net sales")).to_have_text("$27.00")
    expect(overview.get_by_role("heading", name="Net sales by month")).to_be_visible()
    assert overview.url == f"{app}/overview?p=all&by=month&vs=none&dept=PRODUCE&store=2"
    overview.go_back()
    expect(figure(overview, "Net sales")).to_have_text("$32.50")


def test_back_and_forward_restore_the_filters(overview: Page):
    click_bar(overview, "store", 0)
    expect(figure(overview, "Net sales")).to_have_text("$5.50")
    overview.go_back()
    expect(figure(overview, "Net sales")).to_have_text("$32.50")
    overview.go_forward()
    expect(figure(overview, "Net sales")).to_have_text("$5.50")


def test_another_interval_is_in_the_link_and_stays_with_the_next_filter(overview: Page):
    by_week = overview.get_by_role("heading", name="Net sales by week")
    overview.get_by_role("radio", name="Week").click()
    expect(by_week).to_be_visible()
    assert query(overview) == {"p": ["all"], "by": ["week"]}
    click_bar(overview, "department", 0)
    expect(figure(overview, "Net sales")).to_have_text("$5.50")
    assert query(overview) == {"p": ["all"], "by": ["week"], "dept": ["GROCERY"]}
    overview.go_back()
    expect(figure(overview, "Net sales")).to_have_text("$32.50")
    expect(by_week).to_be_visible()
    overview.get_by_role("button", name="Reset").click()
    expect(overview.get_by_role("heading", name="Net sales by day")).to_be_visible()
    assert query(overview) == {}


def test_reset_takes_everything_back(overview: Page, app: str):
    overview.goto(f"{app}/overview?p=all&dept=PRODUCE&store=2")
    overview.get_by_role("button", name="Reset").click()
    expect(overview.locator(".st-key-chips button")).to_have_count(0)
    assert query(overview) == {}


def test_unknown_words_of_a_link_are_left_out_and_said(overview: Page, app: str):
    overview.goto(f"{app}/overview?p=all&dept=ATTIC&by=hour")
    expect(overview.get_by_text("“hour”, “department ATTIC”")).to_be_visible()
    expect(figure(overview, "Net sales")).to_have_text("$32.50")


def test_nothing_found_offers_to_widen(overview: Page, app: str):
    overview.goto(f"{app}/overview?p=dates&from=2017-02-02&to=2017-02-05&dept=PRODUCE")
    expect(overview.get_by_text("Nothing was sold here")).to_be_visible()
    overview.get_by_role("button", name="Show everything").click()
    expect(figure(overview, "Net sales")).to_have_text("$32.50")


def test_a_chart_is_a_table_at_a_click(overview: Page):
    overview.locator(".st-key-panel-department").get_by_text("As table").click()
    table = overview.locator(".st-key-panel-department").get_by_test_id("stDataFrame")
    expect(table).to_be_visible()


def test_a_table_offers_no_download_of_raw_cents(overview: Page):
    table = overview.get_by_test_id("stDataFrame")
    table.hover()
    expect(table.get_by_role("button", name="Search")).to_be_visible()
    expect(table.get_by_role("button", name="Download as CSV")).to_have_count(0)


def test_a_chart_is_a_file_at_a_click(overview: Page, tmp_path: Path):
    with overview.expect_download() as download:
        overview.locator(".st-key-panel-department").get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename == "net-sales-by-department.csv"
    text = saved(download.value, tmp_path / "departments.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["Department"], row["Net sales"]) for row in rows] == [("PRODUCE", "27.00"), ("GROCERY", "5.50")]


def test_a_list_behind_the_filter_button_filters_everything(overview: Page):
    overview.get_by_role("button", name="Filter", exact=False).first.click()
    overview.get_by_label("Brands").click()
    overview.get_by_role("option", name="Private").click()
    expect(overview.get_by_role("button", name="Remove Private")).to_be_visible()
    overview.keyboard.press("Escape")  # the list
    overview.keyboard.press("Escape")  # what holds the lists
    expect(figure(overview, "Net sales")).to_have_text("$1.00")
    assert query(overview) == {"p": ["all"], "brand": ["Private"]}


def test_the_dates_to_compare_with_are_in_the_link(overview: Page, app: str):
    overview.goto(f"{app}/overview?p=dates&from=2017-02-24&to=2017-02-27&vs=dates&vsfrom=2017-02-20&vsto=2017-02-23")
    expect(overview.get_by_text("on 20\u201323 Feb 2017").first).to_be_visible()
    overview.reload()
    expect(overview.get_by_text("on 20\u201323 Feb 2017").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_breaks_no_rule_of_accessibility(overview: Page, scheme: str):
    overview.emulate_media(color_scheme=scheme)
    overview.reload()
    expect(figure(overview, "Net sales")).to_have_text("$32.50")
    quiet(overview)
    # The navigation's list is the framework's own.
    found = Axe().run(overview, context={"exclude": [["[data-testid=stSidebarNav]"]]}).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


def test_downloads_hold_what_is_seen(overview: Page, tmp_path: Path):
    with overview.expect_download() as download:
        overview.get_by_role("button", name="Download all as XLSX").click()
    book = load_workbook(saved(download.value, tmp_path / "all.xlsx"))
    assert book.sheetnames == ["About", "Totals", "By day", "Departments", "Stores", "Products"]
    assert [cell.value for cell in book["Totals"][2]][:3] == ["1\u201327 Feb 2017", 32.5, 4]
    with overview.expect_download() as download:
        overview.get_by_role("button", name="Download products as CSV").click()
    text = saved(download.value, tmp_path / "products.csv").read_text(encoding="utf-8-sig")
    assert [row["Net sales"] for row in csv.DictReader(io.StringIO(text))] == ["27.00", "4.50", "1.00"]


def saved(download, path: Path) -> Path:
    download.save_as(path)
    return path


@pytest.mark.sample
def test_february_2017_of_the_sample_has_its_known_figures(page: Page, sample_app: str, sample: Database):
    log_in(page, sample_app, "admin", path=FEBRUARY)
    expect(figure(page, "Net sales")).to_have_text("$350.06K")
    expect(figure(page, "Baskets")).to_have_text("11,795")
    expect(figure(page, "Households")).to_have_text("1,948")
    page.locator(".tile").first.hover()
    expect(page.get_by_text("350,055.08 in 1\u201328 Feb 2017")).to_be_visible()


@pytest.mark.sample
def test_filters_tiles_and_main_chart_need_no_scrolling(page: Page, sample_app: str):
    log_in(page, sample_app, "admin", path="/overview")
    chart = page.locator(".st-key-panel-trend")
    chart.locator(".js-plotly-plot").wait_for()
    quiet(page)
    box = chart.bounding_box()
    assert box["y"] + box["height"] <= 900


def test_a_phone_has_one_column_and_two_tiles_a_row(overview: Page):
    overview.set_viewport_size({"width": 390, "height": 844})
    boxes = "[...document.querySelectorAll('.tile')].map(tile => tile.getBoundingClientRect())"
    overview.wait_for_function(f"({boxes}).length > 2 && Math.round({boxes}[0].top) === Math.round({boxes}[1].top)")
    assert overview.evaluate(f"{boxes}[2].top >= {boxes}[0].bottom")
    panels = [overview.locator(f".st-key-panel-{name}").bounding_box() for name in ("department", "store")]
    assert panels[0]["x"] == panels[1]["x"]
    assert overview.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("width", [1440, 390])
def test_every_label_of_an_axis_is_within_its_chart(overview: Page, width: int):
    overview.set_viewport_size({"width": width, "height": 900})
    # Charts follow a moment after the window: that no label is cut is what becomes of them.
    overview.wait_for_function("""() => {
            const labels = [...document.querySelectorAll('.js-plotly-plot :is(.xtick, .ytick) text')]
            const inside = label => {
                const [box, around] = [label, label.closest('.js-plotly-plot')].map(one => one.getBoundingClientRect())
                return box.left >= around.left && box.right <= around.right && box.bottom <= around.bottom
            }
            return labels.length > 5 && labels.every(inside)
        }""")
