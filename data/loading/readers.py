"""Files as chunks of rows: CSV, Parquet and XLSX, each read a part at a time.

A chunk's rows are numbered as a spreadsheet numbers them: the header is row 1. CSV and XLSX give every value as text,
Parquet gives its own types; what the values mean is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from data.errors import LoadError, UsageError
from data.loading.mapping import Mapping
from data.loading.read_csv import csv_headers, csv_parts
from data.loading.read_parquet import parquet_headers, parquet_parts
from data.loading.read_xlsx import xlsx_headers, xlsx_parts

Malformed = list[tuple[int, str]]
_READERS: dict[str, tuple[Callable[..., list[str]], Callable[..., Any]]] = {
    ".csv": (csv_headers, csv_parts),
    ".txt": (csv_headers, csv_parts),
    ".tsv": (csv_headers, csv_parts),
    ".parquet": (parquet_headers, parquet_parts),
    ".xlsx": (xlsx_headers, xlsx_parts),
}


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file: their numbers, their raw values by expected column, and lines that are no rows at all."""

    rows: np.ndarray[Any, np.dtype[np.int64]]
    values: pa.Table
    malformed: Malformed = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """A file whose headers fit; `chunks` reads it from the start each time it is called."""

    path: Path
    mapping: Mapping
    places: dict[str, int]

    def chunks(self, *, quoted: bool = True) -> Iterator[Chunk]:
        """The rows, some tens of thousands at a time; `quoted` says that a text may have line breaks within values."""
        _, parts = _READERS[self.path.suffix.lower()]
        for rows, table, malformed in parts(self.path, self.mapping, quoted):
            picked = [table.column(place) for place in self.places.values()]
            yield Chunk(rows, pa.table(picked, names=list(self.places)), malformed)


def open_source(path: Path, mapping: Mapping, *, required: list[str], optional: list[str]) -> Source:
    """The file, once its kind is known and its headers fit; raises LoadError or UsageError saying what does not."""
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise UsageError(f"{path.name}: a file must end in {', '.join(_READERS)}; got {suffix or 'no ending'}")
    if not path.is_file():
        raise LoadError(f"{path}: no such file")
    headers, _ = _READERS[suffix]
    return Source(path, mapping, mapping.places(path.name, headers(path, mapping), required, optional))
