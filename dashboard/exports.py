"""What a page shows, as files: money in units of currency, real dates and numbers, no text that acts as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from data.changes.formulas import FORMULA_STARTS, guarded
from data.currency import in_currency
from data.semantic.types import ColumnSpec, Unit

CSV_TYPE = "text/csv"
PARQUET_TYPE = "application/vnd.apache.parquet"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMATS = {
    Unit.CENTS: "#,##0.00",
    Unit.CENTS_RATIO: "#,##0.00",
    Unit.COUNT: "#,##0",
    Unit.RATIO: "0.0%",
    Unit.NUMBER: "0.00",
    Unit.INTEGER: "0",
    Unit.DATE: "d mmm yyyy",
}


@dataclass(frozen=True, eq=False)
class Table:
    """A frame with the title that its sheet gets, and what its columns are; `signed` ones say how much a row moved.

    `suffix` is added to the name of a file of its own.
    """

    title: str
    frame: pd.DataFrame
    columns: tuple[ColumnSpec, ...]
    signed: frozenset[str] = frozenset()
    suffix: str = ""

    def rows(self) -> list[list[Any]]:
        """The values as plain Python: None, str, int, float, Decimal (money) or date."""
        plain = in_currency(self.frame, self.columns)
        values = [[_plain(value, column) for value in plain[column.name]] for column in self.columns]
        return [list(row) for row in zip(*values, strict=True)]


def csv_file(table: Table) -> bytes:
    """The table as CSV that spreadsheets read as UTF-8; a share of 1 stays a share of 1."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(guarded(column.label) for column in table.columns)
    for row in table.rows():
        writer.writerow(guarded(value) if isinstance(value, str) else value for value in row)
    return text.getvalue().encode("utf-8-sig")


def xlsx_file(tables: Sequence[Table], notes: Sequence[str]) -> bytes:
    """A workbook with a sheet per table, header frozen and filterable, and a first sheet that says what it is."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        header = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        formats = {unit: book.add_format({"num_format": text}) for unit, text in _FORMATS.items()}
        quoted = book.add_format({"quote_prefix": True})
        about = book.add_worksheet("About")
        about.set_column(0, 0, 90)
        for at, note in enumerate(notes):
            _write_text(about, at, 0, note, quoted)
        for table in tables:
            _write_table(book.add_worksheet(table.title[:31]), table, header, formats, quoted)
    return file.getvalue()


def parquet_file(frame: pd.DataFrame, columns: Sequence[ColumnSpec]) -> bytes:
    """The frame under its own names and types, money as decimals; text is left as it is, as nothing evaluates it."""
    file = io.BytesIO()
    in_currency(frame, columns)[[column.name for column in columns]].to_parquet(file, index=False)
    return file.getvalue()


def _write_table(sheet: Worksheet, table: Table, header: Format, formats: dict[Unit, Format], quoted: Format) -> None:
    rows = table.rows()
    for at, column in enumerate(table.columns):
        sheet.write_string(0, at, column.label, header)
        if column.description:
            sheet.write_comment(0, at, column.description)
        sheet.set_column(at, at, _width([column.label, *(row[at] for row in rows[:200])]))
        for row, values in enumerate(rows, 1):
            value = values[at]
            if isinstance(value, str):
                _write_text(sheet, row, at, value, quoted)
            elif isinstance(value, date):
                sheet.write_datetime(row, at, value, formats[Unit.DATE])
            elif value is not None:
                sheet.write_number(row, at, float(value), formats[column.unit])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(rows), 1), len(table.columns) - 1)


def _write_text(sheet: Worksheet, row: int, column: int, value: str, quoted: Format) -> None:
    sheet.write_string(row, column, value, quoted if value.startswith(FORMULA_STARTS) else None)


def _plain(value: Any, column: ColumnSpec) -> Any:
    if value is None or pd.isna(value):
        return None
    if column.unit is Unit.DATE:
        return value.date()
    if column.unit is Unit.INSTANT:
        return value.isoformat(timespec="seconds")
    if isinstance(value, Decimal) or column.unit is Unit.TEXT:
        return value
    return int(value) if column.unit in {Unit.COUNT, Unit.INTEGER} else float(value)


def _width(values: Sequence[Any]) -> float:
    return min(max(len(str(value)) for value in values if value is not None) + 3, 60)
