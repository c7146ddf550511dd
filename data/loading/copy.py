"""Rows into a table by binary COPY, encoded by numpy a chunk at a time.

A chunk is a pyarrow table whose column types say the types of the table: int16, int32, int64, date32, timestamps with
a zone, strings, booleans and lists of int64 stand for int2, int4, int8, date, timestamptz, text, boolean and int8[].
Numeric is not needed: money is an integer number of cents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from psycopg import sql

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
_DAYS_TO_2000 = 10_957
_MICROSECONDS_TO_2000 = _DAYS_TO_2000 * 86_400_000_000
_INT8 = 20  # the type's number, the same on every server
_LIST_HEAD = np.dtype([(name, ">i4") for name in ("dimensions", "has_nulls", "type", "length", "first")])
_LIST_ENTRY = np.dtype([("width", ">i4"), ("value", ">i8")])

Bytes = np.ndarray[Any, np.dtype[np.uint8]]


def copy_rows(conn: sa.Connection, target: tuple[str, ...], chunks: Iterable[pa.Table]) -> int:
    """Copy every chunk into `target` (schema and table, or table) and give the number of rows.

    All chunks have the columns of the first; columns of the table that it lacks get their defaults.
    """
    waiting = iter(chunks)
    first = next(waiting, None)
    if first is None:
        return 0
    copied = 0

    def encoded() -> Iterator[memoryview]:
        nonlocal copied
        for chunk in chain([first], waiting):
            yield encode(chunk)
            copied += chunk.num_rows

    copy_encoded(conn, target, first.column_names, encoded())
    return copied


def copy_encoded(
    conn: sa.Connection, target: tuple[str, ...], columns: Sequence[str], encoded: Iterable[memoryview]
) -> None:
    """Copy chunks that `encode` has made, of rows with these columns, into `target`."""
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier(*target), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    connection = conn.connection.driver_connection
    assert connection is not None  # noqa: S101  checked out for as long as `conn` lives
    with connection.cursor() as cursor, cursor.copy(statement) as stream:
        stream.write(HEADER)
        for chunk in encoded:
            stream.write(chunk)
        stream.write(TRAILER)


def encode(chunk: pa.Table) -> memoryview:
    """The rows of `chunk` in PostgreSQL's binary COPY format, without the header and trailer of a stream."""
    columns = [column.combine_chunks() for column in chunk.columns]
    if any(_varies(column.type) or column.null_count for column in columns):
        return _encode_varying(columns, chunk.num_rows)
    fields = [_fixed(column) for column in columns]
    layout = [("fields", ">i2")]
    for number, values in enumerate(fields):
        layout += [(f"length_{number}", ">i4"), (f"value_{number}", values.dtype.str)]
    rows = np.empty(chunk.num_rows, dtype=layout)
    rows["fields"] = len(fields)
    for number, values in enumerate(fields):
        rows[f"length_{number}"] = values.dtype.itemsize
        rows[f"value_{number}"] = values
    return rows.view(np.uint8).data


def _varies(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_list(kind))


def _fixed(column: pa.Array) -> np.ndarray[Any, Any]:
    """The column as big-endian numbers; nulls become zeros that nobody writes."""
    kind = column.type
    if pa.types.is_boolean(kind):
        return _numbers(column.cast(pa.uint8())).astype("u1")
    if pa.types.is_date32(kind):
        return (_numbers(column.cast(pa.int32())) - _DAYS_TO_2000).astype(">i4")
    if pa.types.is_timestamp(kind):
        return (_numbers(column.cast(pa.timestamp("us", kind.tz)).cast(pa.int64())) - _MICROSECONDS_TO_2000).astype(
            ">i8"
        )
    return _numbers(column).astype(f">i{kind.bit_width // 8}")


def _numbers(column: pa.Array) -> np.ndarray[Any, Any]:
    filled = pc.fill_null(column, 0) if column.null_count else column
    values: np.ndarray[Any, Any] = filled.to_numpy(zero_copy_only=False)
    return values


def _encode_varying(columns: list[pa.Array], count: int) -> memoryview:
    """Rows whose width differs: where each field starts is summed up first, then the bytes are put there."""
    lengths = np.empty((count, len(columns)), dtype=np.int64)
    for number, column in enumerate(columns):
        lengths[:, number] = _lengths(column)
    present = np.maximum(lengths, 0)
    widths = 2 + 4 * len(columns) + present.sum(axis=1)
    row_starts = np.cumsum(widths) - widths
    stream = np.empty(int(widths.sum()), dtype=np.uint8)
    _put(stream, row_starts, np.full(count, len(columns), dtype=">i2"))
    position = row_starts + 2
    for number, column in enumerate(columns):
        _put(stream, position, lengths[:, number].astype(">i4"))
        position = position + 4
        if pa.types.is_string(column.type):
            _put_text(stream, position, column, present[:, number])
        elif pa.types.is_list(column.type):
            _put_list(stream, position, column, lengths[:, number])
        else:
            valid = lengths[:, number] >= 0
            _put(stream, position[valid], _fixed(column)[valid])
        position = position + present[:, number]
    return stream.data


def _lengths(column: pa.Array) -> np.ndarray[Any, Any]:
    """The length of each field in bytes; -1 stands for null, in the format too."""
    if pa.types.is_string(column.type):
        return np.asarray(pc.fill_null(pc.binary_length(column), -1).to_numpy(zero_copy_only=False), dtype=np.int64)
    if pa.types.is_list(column.type):
        entries = np.asarray(
            pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False), dtype=np.int64
        )
        widths = _LIST_HEAD.itemsize + entries * _LIST_ENTRY.itemsize
        return np.where(column.is_valid().to_numpy(zero_copy_only=False), widths, -1)
    width = 1 if pa.types.is_boolean(column.type) else column.type.bit_width // 8
    return np.where(column.is_valid().to_numpy(zero_copy_only=False), width, -1)


def _put(stream: Bytes, starts: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> None:
    size = values.dtype.itemsize
    matrix = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), size)
    for offset in range(size):
        stream[starts + offset] = matrix[:, offset]


def _put_text(stream: Bytes, starts: np.ndarray[Any, Any], column: pa.Array, lengths: np.ndarray[Any, Any]) -> None:
    """Scatter the texts' bytes, which lie end to end in the column's buffer once nulls are emptied."""
    texts = pc.fill_null(column, "") if column.null_count else column
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if len(texts) == 0 or offsets[-1] == offsets[0]:
        return
    source = np.frombuffer(texts.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
    shift = starts - (offsets[:-1] - offsets[0])
    stream[np.repeat(shift, lengths) + np.arange(len(source))] = source


def _put_list(stream: Bytes, starts: np.ndarray[Any, Any], column: pa.Array, lengths: np.ndarray[Any, Any]) -> None:
    """Put each list's head, then the entries of all of them, which lie end to end once null lists are left out."""
    valid = lengths >= 0
    entries = (lengths[valid] - _LIST_HEAD.itemsize) // _LIST_ENTRY.itemsize
    heads = np.zeros(len(entries), dtype=_LIST_HEAD)
    heads["dimensions"], heads["type"], heads["length"], heads["first"] = 1, _INT8, entries, 1
    _put(stream, starts[valid], heads)
    values = np.empty(int(entries.sum()), dtype=_LIST_ENTRY)
    values["width"], values["value"] = 8, column.flatten().to_numpy(zero_copy_only=False)
    first = starts[valid] + _LIST_HEAD.itemsize
    place = np.arange(len(values)) - np.repeat(np.cumsum(entries) - entries, entries)
    _put(stream, np.repeat(first, entries) + place * _LIST_ENTRY.itemsize, values)
