import csv
import io
from datetime import date

import pandas as pd
import pytest
from openpyxl import load_workbook

from dashboard.exports import Table, csv_file, xlsx_file
from data.semantic.types import ColumnSpec, Unit

COLUMNS = (
    ColumnSpec("period", "Day", Unit.DATE),
    ColumnSpec("name", "Department", Unit.TEXT),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS, "What the shop received."),
    ColumnSpec("average_basket", "Average basket", Unit.CENTS_RATIO),
    ColumnSpec("baskets", "Baskets", Unit.COUNT),
    ColumnSpec("discount_rate", "Discount rate", Unit.RATIO),
)


@pytest.fixture
def table():
    frame = pd.DataFrame(
        {
            "period": pd.to_datetime(["2017-12-23", "2017-12-24"]),
            "name": ["DELI", "=cmd|' /C calc'!A0"],
            "net_sales": pd.array([459_603_958, -5], dtype="int64"),
            "average_basket": [2968.385, float("nan")],
            "baskets": pd.array([11_795, 0], dtype="int64"),
            "discount_rate": [0.144, float("nan")],
        }
    )
    return Table("By day", frame, COLUMNS)


def read_csv(table):
    return list(csv.reader(io.StringIO(csv_file(table).decode("utf-8-sig"))))


def test_csv_holds_money_in_units_and_negative_numbers_as_numbers(table):
    header, first, second = read_csv(table)
    assert header[2] == "Net sales"
    assert first == ["2017-12-23", "DELI", "4596039.58", "29.68", "11795", "0.144"]
    assert second[2:] == ["-0.05", "", "0", ""]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_csv_text_that_acts_as_a_formula_is_neutralised(table, start):
    table.frame.loc[0, "name"] = start
    assert read_csv(table)[1][1] == f"'{start}"


def test_a_workbook_has_typed_cells_and_a_frozen_header(table):
    book = load_workbook(io.BytesIO(xlsx_file([table], ["Net sales, 4-31 Dec 2017", "=not a formula"])))
    assert book.sheetnames == ["About", "By day"]
    sheet = book["By day"]
    assert sheet.freeze_panes == "A2"
    assert sheet["A2"].value.date() == date(2017, 12, 23)
    assert (sheet["C2"].value, sheet["C2"].number_format) == (4_596_039.58, "#,##0.00")
    assert (sheet["C3"].value, sheet["C3"].data_type) == (-0.05, "n")
    assert (sheet["F2"].value, sheet["F2"].number_format) == (0.144, "0.0%")
    assert (sheet["D3"].value, sheet["F3"].value) == (None, None)
    assert sheet["C1"].comment.text == "What the shop received."


def test_a_workbook_keeps_formula_like_text_as_text(table):
    book = load_workbook(io.BytesIO(xlsx_file([table], ["=not a formula"])))
    for cell in (book["By day"]["B3"], book["About"]["A1"]):
        assert cell.data_type == "s"
        assert cell.quotePrefix
    assert book["By day"]["B3"].value == "=cmd|' /C calc'!A0"


def test_an_empty_table_keeps_its_header(table):
    empty = Table("Empty", table.frame.head(0), COLUMNS)
    assert len(read_csv(empty)) == 1
    assert load_workbook(io.BytesIO(xlsx_file([empty], [])))["Empty"]["A1"].value == "Day"
