"""Explore in a browser: clicks go down, filter and open the lines; links and files hold what the page shows."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import load_workbook
from playwright.sync_api import Browser, Download, Page, expect

from tests.browser.live import fill_in, log_in, quiet
from tests.factories.accounts import PASSWORD


@pytest.fixture
def explore(page: Page, app: str) -> Page:
    """Explore over the tiny shop: net sales of all dates by department."""
    log_in(page, app, "analyst", path="/explore?p=all")
    expect(total(page)).to_have_text("32.5")
    return page


def cell(page: Page, row: int, column: int):
    """A cell of the table, by its place (the first row is the header)."""
    return page.locator(".st-key-panel-table").locator(f"[aria-rowindex='{row}'] [aria-colindex='{column}']").first


def total(page: Page):
    """The last cell of the last row; cells hold the number as it is, the grid is painted with its format."""
    return page.locator(".st-key-panel-table tr[aria-rowindex]").last.locator("[aria-colindex]").last


def rows(page: Page) -> list[list[str]]:
    quiet(page)
    found = page.locator(".st-key-panel-table tr[aria-rowindex]").all()
    return [[part.inner_text() for part in row.locator("[aria-colindex]").all()] for row in found[1:]]


def click_bar(page: Page, place: int) -> None:
    quiet(page)
    bar = page.locator(".st-key-panel-explore .barlayer .point path").nth(place)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    page.mouse.click(box["x"] + min(box["width"] / 2, 10), box["y"] + box["height"] / 2)


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def download(page: Page, panel: str, name: str) -> Download:
    with page.expect_download() as given:
        page.locator(f".st-key-panel-{panel}").get_by_role("button", name=name).click()
    return given.value


def test_down_the_hierarchy_and_back(explore: Page):
    click_bar(explore, 1)  # the largest first: PRODUCE, GROCERY
    explore.get_by_role("button", name="Drill down to category").click()
    expect(explore.get_by_role("heading", name="Net sales by category")).to_be_visible()
    expect(total(explore)).to_have_text("5.5")
    assert rows(explore) == [["MILK", "4.5"], ["BREAD", "1"], ["Total", "5.5"]]
    assert query(explore) == {"p": ["all"], "r": ["category"], "f": ["department.in:GROCERY"]}
    click_bar(explore, 0)
    explore.get_by_role("button", name="Drill down to product").click()
    expect(explore.get_by_role("heading", name="Net sales by product")).to_be_visible()
    expect(total(explore)).to_have_text("4.5")
    assert rows(explore) == [["WHOLE MILK, no. 10", "4.5"], ["Total", "4.5"]]
    explore.go_back()
    expect(explore.get_by_role("heading", name="Net sales by category")).to_be_visible()
    explore.go_back()
    expect(total(explore)).to_have_text("32.5")
    explore.go_forward()
    expect(total(explore)).to_have_text("5.5")


def test_down_in_time(explore: Page, app: str):
    explore.goto(f"{app}/explore?p=all&r=period&by=month&chart=bar")
    expect(explore.get_by_role("heading", name="Net sales by month")).to_be_visible()
    click_bar(explore, 0)
    explore.get_by_role("button", name="Drill down to day").click()
    expect(explore.get_by_role("heading", name="Net sales by day")).to_be_visible()
    assert query(explore)["from"] == ["2017-02-01"]


def test_a_mark_filters_everything(explore: Page):
    click_bar(explore, 0)
    explore.get_by_role("button", name="Keep only this department").click()
    expect(total(explore)).to_have_text("27")
    explore.locator(".st-key-chips").get_by_role("button", name="Department: PRODUCE").click()
    expect(total(explore)).to_have_text("32.5")


def test_the_lines_behind_a_mark_and_their_files(explore: Page, tmp_path: Path):
    click_bar(explore, 1)
    explore.get_by_role("button", name="Show the lines").click()
    expect(explore.get_by_role("heading", name="3 sales lines")).to_be_visible()
    text = saved(download(explore, "lines", "CSV"), tmp_path / "lines.csv").read_text(encoding="utf-8-sig")
    found = list(csv.DictReader(io.StringIO(text)))
    assert [row["Net sales"] for row in found] == ["3.00", "1.00", "1.50"]
    frame = pd.read_parquet(saved(download(explore, "lines", "Parquet"), tmp_path / "lines.parquet"))
    assert frame["basket"].tolist() == [1, 1, 2]
    assert query(explore)["l"] == ["department.in:GROCERY"]
    explore.get_by_role("button", name="Close").click()
    expect(explore.locator(".st-key-panel-lines")).to_have_count(0)


def test_a_link_gives_a_colleague_the_same_view(explore: Page, browser: Browser, app: str):
    path = "/explore?p=all&m=net_sales,households&r=category&c=store&f=store.in%3A1%2C2&sort=category"
    explore.goto(f"{app}{path}")
    expect(explore.get_by_role("heading", name="Net sales by category and store")).to_be_visible()
    lines = ".st-key-panel-table tr[aria-rowindex]"
    expect(explore.locator(lines)).to_have_count(5)  # the header, three categories and the total
    here = rows(explore)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    colleague = context.new_page()
    log_in(colleague, app, "manager", path=urlsplit(explore.url).path + "?" + urlsplit(explore.url).query)
    expect(colleague.get_by_role("heading", name="Net sales by category and store")).to_be_visible()
    expect(colleague.locator(lines)).to_have_count(5)
    assert rows(colleague) == here != []
    assert chart_texts(colleague) == chart_texts(explore) != []
    context.close()


def test_each_file_holds_what_the_page_shows(explore: Page, tmp_path: Path):
    text = saved(download(explore, "table", "CSV"), tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["Department", "Net sales"], ["PRODUCE", "27.00"], ["GROCERY", "5.50"], ["Total", "32.50"],
    ]  # fmt: skip
    book = load_workbook(saved(download(explore, "table", "XLSX"), tmp_path / "a.xlsx"))
    sheet = book["Figures"]
    assert [part.value for part in sheet[2]] == ["PRODUCE", 27]
    assert (sheet.freeze_panes, sheet["B2"].number_format) == ("A2", "#,##0.00")
    frame = pd.read_parquet(saved(download(explore, "table", "Parquet"), tmp_path / "a.parquet"))
    assert [str(value) for value in frame["net_sales"]] == ["27.00", "5.50", "32.50"]


def test_the_chart_as_png_and_svg(explore: Page, tmp_path: Path):
    png = saved(download(explore, "explore", "Download the chart as PNG"), tmp_path / "a.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert len(png) > 5_000
    svg = saved(download(explore, "explore", "Download the chart as SVG"), tmp_path / "a.svg").read_text()
    assert ElementTree.fromstring(svg).tag.endswith("svg")  # noqa: S314  our own page made it
    assert "GROCERY" in svg


def test_the_statement_can_be_read(explore: Page):
    explore.locator(".st-key-explore-sql").get_by_text("SQL").click()
    expect(explore.locator(".st-key-explore-sql")).to_contain_text(re.compile("reads the rollups? sales_days"))


def test_a_filter_is_added_and_taken_back(explore: Page):
    explore.get_by_role("button", name="Filter", exact=False).first.click()
    explore.get_by_label("Members").click()
    explore.get_by_role("option", name="GROCERY").click()
    explore.keyboard.press("Escape")
    explore.get_by_role("button", name="Add filter").click()
    expect(total(explore)).to_have_text("5.5")
    explore.get_by_role("button", name="Reset").click()
    expect(explore.locator(".st-key-chips button")).to_have_count(0)


@pytest.mark.parametrize(
    ("theme", "width"),
    [
        ("light", 1440),
        ("dark", 390),
        pytest.param("dark", 1440, marks=pytest.mark.full),
        pytest.param("light", 390, marks=pytest.mark.full),
    ],
)
def test_nothing_serious_for_assistive_technology(browser: Browser, app: str, theme: str, width: int):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    log_in_narrow(page, app)
    expect(page.get_by_role("heading", name="Net sales by department")).to_be_visible()
    quiet(page)
    found = Axe().run(page, context={"exclude": [["[data-testid=stSidebarNav]"]]}).response["violations"]
    serious = {item["id"]: item["nodes"][0]["html"] for item in found if item["impact"] in {"serious", "critical"}}
    assert serious == {}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def log_in_narrow(page: Page, app: str) -> None:
    page.goto(f"{app}/explore?p=all")
    fill_in(page, "analyst", PASSWORD)


def chart_texts(page: Page) -> list[str]:
    quiet(page)
    texts = page.locator(".st-key-panel-explore .js-plotly-plot text")
    return texts.evaluate_all("found => found.map((text) => text.textContent)")


def saved(given: Download, path: Path) -> Path:
    given.save_as(path)
    return path
