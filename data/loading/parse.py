"""A chunk of a file as typed rows, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.loading.checks import EMPTY, Kind, Mask, Reading, as_text
from data.loading.readers import Chunk

REJECTS = pa.schema([("row", pa.int64()), ("column", pa.string()), ("rule", pa.string()), ("value", pa.string())])
_SHOWN = 200


@dataclass(frozen=True)
class FileColumn:
    """A column of a file: its header, what it holds, and the column it becomes.

    A file may lack a column that is not required; an empty value becomes the default, null where it is nullable.
    """

    name: str
    kind: Kind
    target: str
    required: bool = True
    nullable: bool = False
    default: str | None = None


@dataclass(frozen=True)
class Parsed:
    """Rows without a fault (`row` and the targets of the columns), and the faults of the others as in REJECTS."""

    rows: pa.Table
    rejects: pa.Table


def parse(chunk: Chunk, columns: Sequence[FileColumn], reading: Reading) -> Parsed:
    """Check every column of the chunk that the file has."""
    values: dict[str, pa.Array] = {"row": pa.array(chunk.rows)}
    rejects = [_malformed(chunk)] if chunk.malformed else []
    whole = np.ones(len(chunk.rows), dtype=bool)
    for column in columns:
        if column.name not in chunk.values.column_names:
            continue
        raw = plain(chunk.values[column.name])
        checked = column.kind.check(raw, reading)
        faults = dict(checked.broken)
        if column.default is None and not column.nullable:
            valid: Mask = checked.values.is_valid().to_numpy(zero_copy_only=False)
            empty = ~np.logical_or.reduce([valid, *faults.values()])
            faults |= {EMPTY: empty} if empty.any() else {}
        for rule, rows in faults.items():
            rejects.append(rejected(chunk.rows, rows, column.name, rule, raw))
            whole &= ~rows
        read = checked.values
        values[column.target] = read if column.default is None else pc.fill_null(read, column.default)
    table = pa.table(values)
    return Parsed(
        table if whole.all() else table.filter(pa.array(whole)), pa.concat_tables([empty_rejects(), *rejects])
    )


def rejected(numbers: np.ndarray[Any, Any], rows: Mask, column: str, rule: str, raw: pa.Array) -> pa.Table:
    """The rejects of the masked rows, which broke `rule` in `column`."""
    count = int(rows.sum())
    texts = as_text(raw.filter(pa.array(rows)))
    shown = pc.utf8_slice_codeunits(pc.fill_null(texts, ""), 0, _SHOWN)
    return pa.table([pa.array(numbers[rows]), [column] * count, [rule] * count, shown], schema=REJECTS)


def empty_rejects() -> pa.Table:
    """No rejects at all."""
    return REJECTS.empty_table()


def plain(column: pa.ChunkedArray) -> pa.Array:
    """The column as one array, without dictionary."""
    array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()  # combining one copies it
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _malformed(chunk: Chunk) -> pa.Table:
    rows = [number for number, _ in chunk.malformed]
    nothing = [""] * len(rows)
    return pa.table([rows, nothing, [fault for _, fault in chunk.malformed], nothing], schema=REJECTS)
