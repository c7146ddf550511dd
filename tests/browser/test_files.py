"""Rows out as a workbook, edited as people do, and back in on the page; and files that are none."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import log_in, quiet
from tests.browser.test_reference import address, expect_draft, open_table, review, save, shop  # noqa: F401


@pytest.fixture
def products(page: Page, address: str) -> Page:  # noqa: F811
    log_in(page, address, "meg")
    open_table(page, address, "Products")
    return page


def compare(page: Page, path: Path) -> None:
    """Choose a file, and hold it against what is saved."""
    chosen = page.locator("input[type=file]")
    if not chosen.count():
        page.get_by_role("button", name="Import").click()
    chosen.set_input_files(path)
    page.get_by_role("button", name="Compare with what is saved").click()
    quiet(page)


def downloaded(page: Page, folder: Path) -> Path:
    page.get_by_role("button", name="Download").first.click()
    with page.expect_download() as started:
        page.get_by_role("button", name="XLSX").click()
    path = folder / "products.xlsx"
    started.value.save_as(path)
    page.keyboard.press("Escape")
    return path


def test_a_workbook_goes_out_is_edited_and_comes_back(products: Page, tmp_path):
    path = downloaded(products, tmp_path)
    book = openpyxl.load_workbook(path)
    sheet = book["Products"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, columns["package_size"], "1 GA")
    sheet.cell(3, columns["category"], "NOWHERE > NOTHING")
    sheet.append({columns["product"]: 99, columns["category"]: "PRODUCE > FRUIT"})
    book.save(path)

    compare(products, path)
    told = products.locator(".st-key-import-told")
    for words in ("1 added", "1 changed", "1 same", "1 refused"):
        expect(told).to_contain_text(words)
    expect(told.get_by_text("is not one of the categories")).to_have_count(1)
    told.get_by_role("button", name="Take 2 rows into the draft").click()
    expect_draft(products, 2)
    review(products)
    save(products, "From a workbook")
    expect(products.get_by_text(re.compile("Saved as revision.*1 added, 1 changed"))).to_be_visible()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("notes.xlsx", "these are notes", "notes.xlsx: not an XLSX file that can be read"),
        ("other.csv", "colour,size\nred,1\n", "other.csv"),
        ("empty.csv", "", "empty.csv"),
    ],
)
def test_a_wrong_file_is_told_and_leaves_nothing_behind(products: Page, tmp_path, name: str, content: str, words: str):
    path = tmp_path / name
    path.write_text(content)
    compare(products, path)
    expect(products.get_by_test_id("stAlert").get_by_text(words)).to_be_visible()
    expect(products.get_by_text(f"Reading {name}")).to_have_count(0)
    expect(products.get_by_test_id("stProgress")).to_have_count(0)
    expect(products.locator(".st-key-draft-bar")).to_have_count(0)
