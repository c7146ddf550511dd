"""XLSX, streamed; every cell becomes the text that a CSV file would hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from data.errors import LoadError
from data.loading.mapping import Mapping

_BATCH = 20_000
_NEAR = 1e-6


def xlsx_headers(path: Path, mapping: Mapping) -> list[str]:
    """The texts of the first row."""
    with _rows(path, mapping) as rows:
        return _trimmed([_text(cell) for cell in next(rows, ())])


def xlsx_parts(
    path: Path, mapping: Mapping, quoted: bool
) -> Iterator[tuple[np.ndarray[Any, Any], pa.Table, list[Any]]]:
    """Row numbers and values as text; empty rows are passed over."""
    with _rows(path, mapping) as rows:
        width = len(_trimmed([_text(cell) for cell in next(rows, ())]))
        names = [f"column {place}" for place in range(width)]
        number = 2
        while cells := list(islice(rows, _BATCH)):
            texts = [[_text(cell) for cell in row[:width]] for row in cells]
            kept = [place for place, row in enumerate(texts) if any(row)]
            columns = [pa.array([_at(texts[place], column) for place in kept], pa.string()) for column in range(width)]
            numbers = np.array([number + place for place in kept], dtype=np.int64)
            wide = [(number + place, len(_trimmed([_text(cell) for cell in row]))) for place, row in enumerate(cells)]
            malformed = [(row, f"has {count} values; the header has {width}") for row, count in wide if count > width]
            yield numbers, pa.table(columns, names=names), malformed
            number += len(cells)


@contextmanager
def _rows(path: Path, mapping: Mapping) -> Iterator[Iterator[tuple[Any, ...]]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError) as error:
        raise LoadError(f"{path.name}: not an XLSX file that can be read: {error}") from error
    try:
        if mapping.sheet is not None and mapping.sheet not in book.sheetnames:
            raise LoadError(f"{path.name}: no sheet {mapping.sheet!r}; there are {', '.join(book.sheetnames)}")
        sheet = book[mapping.sheet] if mapping.sheet else book[book.sheetnames[0]]
        yield iter(sheet.iter_rows(values_only=True))
    finally:
        book.close()


def _trimmed(headers: list[str]) -> list[str]:
    """Without the empty cells that a spreadsheet keeps to the right of its table."""
    while headers and not headers[-1]:
        headers.pop()
    return headers


def _at(row: list[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return _number_text(cell)
    if isinstance(cell, datetime):
        if cell.time() == datetime.min.time():
            return cell.date().isoformat()
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _number_text(value: float) -> str:
    """A number as it was meant: whole, in cents, or with all the digits that make it neither."""
    if value.is_integer():
        return str(int(value))
    if abs(value * 100 - round(value * 100)) <= _NEAR:
        return f"{round(value * 100) / 100:.2f}"
    return repr(value)
