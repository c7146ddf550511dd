"""Parquet, a batch at a time and in its own types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import LoadError
from data.loading.mapping import Mapping

_BATCH = 65_536


def parquet_headers(path: Path, mapping: Mapping) -> list[str]:
    """The names of the file's columns."""
    try:
        return list(pq.read_schema(path).names)
    except pa.ArrowInvalid as error:
        raise LoadError(f"{path.name}: not a Parquet file that can be read: {error}") from error


def parquet_parts(
    path: Path, mapping: Mapping, quoted: bool
) -> Iterator[tuple[np.ndarray[Any, Any], pa.Table, list[Any]]]:
    """Row numbers and values."""
    number = 2
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                yield np.arange(number, number + batch.num_rows, dtype=np.int64), pa.Table.from_batches([batch]), []
                number += batch.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise LoadError(f"{path.name}: not a Parquet file that can be read: {error}") from error


def row_count(path: Path) -> int | None:
    """How many rows a Parquet file has; None for another kind of file."""
    return int(pq.read_metadata(path).num_rows) if path.suffix.lower() == ".parquet" else None
