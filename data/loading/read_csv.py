"""CSV: UTF-8 text with one header row; comma, semicolon or tab."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from data.errors import LoadError
from data.loading.mapping import DELIMITERS, Mapping

_BLOCK = 1 << 20  # the parser reads 32 blocks ahead
_BLOCKS = 6  # make a chunk: fewer, larger columns are checked and encoded faster
_LONGEST_HEADER = 1 << 20


def csv_headers(path: Path, mapping: Mapping) -> list[str]:
    """The headers of the file."""
    with path.open("rb") as file:
        start = file.read(2)
        if start in {b"\xff\xfe", b"\xfe\xff"}:
            raise LoadError(f"{path.name}: the text must be UTF-8; this file is UTF-16. Save it as CSV UTF-8")
    line = _header_line(path)
    return next(csv.reader([line], delimiter=mapping.delimiter or _delimiter(line)), [])


def csv_parts(
    path: Path, mapping: Mapping, quoted: bool
) -> Iterator[tuple[np.ndarray[Any, Any], pa.Table, list[tuple[int, str]]]]:
    """Row numbers, values as text and malformed lines, some blocks of the file at a time."""
    delimiter = mapping.delimiter or _delimiter(_header_line(path))
    headers = csv_headers(path, mapping)
    numbering = _Numbering()
    try:
        reader = pv.open_csv(
            path,
            # One thread: only then are malformed lines numbered.
            read_options=pv.ReadOptions(
                use_threads=False, block_size=_BLOCK, column_names=_names(headers), skip_rows=1
            ),
            parse_options=pv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=quoted,
                ignore_empty_lines=False,
                invalid_row_handler=numbering.note,
            ),
            convert_options=pv.ConvertOptions(
                column_types=dict.fromkeys(_names(headers), pa.string()), strings_can_be_null=False
            ),
        )
        batches = iter(reader)
        while chunk := list(islice(batches, _BLOCKS)):
            table = pa.Table.from_batches(chunk).combine_chunks()
            rows, malformed = numbering.number(table.num_rows)
            yield *_without_blank_lines(rows, table), malformed
        if numbering.waiting:
            yield np.array([], dtype=np.int64), reader.schema.empty_table(), numbering.rest()
    except pa.ArrowInvalid as error:
        raise LoadError(f"{path.name}: not a CSV file that can be read: {error}") from error


class _Numbering:
    """Row numbers of what the parser keeps; lines with too many or too few values are numbered but not kept."""

    def __init__(self) -> None:
        self.next = 2
        self.waiting: list[tuple[int, str]] = []

    def note(self, row: Any) -> str:
        self.waiting.append((row.number, f"has {row.actual_columns} values; the header has {row.expected_columns}"))
        return "skip"

    def number(self, count: int) -> tuple[np.ndarray[Any, Any], list[tuple[int, str]]]:
        """The numbers of the next `count` rows, and the malformed lines before or between them."""
        passed = 0
        while passed < len(self.waiting) and self.waiting[passed][0] < self.next + count + passed:
            passed += 1
        skipped, self.waiting = self.waiting[:passed], self.waiting[passed:]
        rows = np.arange(self.next, self.next + count + passed, dtype=np.int64)
        self.next += count + passed
        return np.setdiff1d(rows, [number for number, _ in skipped], assume_unique=True), skipped

    def rest(self) -> list[tuple[int, str]]:
        """The malformed lines after the last row."""
        return self.waiting


def _without_blank_lines(rows: np.ndarray[Any, Any], table: pa.Table) -> tuple[np.ndarray[Any, Any], pa.Table]:
    blank = pc.equal(table.column(0), "")
    if not pc.any(blank).as_py():
        return rows, table
    for column in table.columns[1:]:
        blank = pc.and_(blank, pc.equal(column, ""))
    kept = pc.invert(blank)
    return rows[kept.to_numpy()], table.filter(kept)


def _names(headers: list[str]) -> list[str]:
    """Distinct names for the parser, whatever the headers are."""
    return [f"column {number}" for number in range(len(headers))]


def _header_line(path: Path) -> str:
    with path.open("rb") as file:
        line = file.readline(_LONGEST_HEADER)
    try:
        return line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise LoadError(f"{path.name}, row 1: the text must be UTF-8; save the file as CSV UTF-8") from error


def _delimiter(header: str) -> str:
    """The delimiter that splits the header most often, outside quotes."""
    bare = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=bare.count)
