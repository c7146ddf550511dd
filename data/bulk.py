"""Many rows at once: the server writes them as text, Arrow reads them, and no Python object is made of any value.

They come over the connection that asks, in its transaction: in its snapshot, with its rights and its scope.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.csv as pv
import sqlalchemy as sa

from data.errors import FrameError
from data.semantic.expressions import Statement
from data.semantic.types import ColumnSpec, Unit
from data.written import Written, written

MANY_ROWS = 10_000  # from about here on, reading this way is sooner than row by row
_TYPES = {
    "int64": pa.int64(),
    "Int64": pa.int64(),
    "float64": pa.float64(),
    "str": pa.string(),
    "datetime64[s]": pa.date32(),
    "datetime64[us, UTC]": pa.timestamp("us", "UTC"),
}


def read_bulk(conn: sa.Connection, stmt: Statement | Written, columns: Sequence[ColumnSpec]) -> pd.DataFrame:
    """The rows of `stmt` with exactly `columns`, in their order and dtypes, as `read_frame` gives them.

    Raises FrameError where they differ, and SQLAlchemy's error for what the server refuses.
    """
    table = pv.read_csv(
        pa.BufferReader(_copied(conn, stmt if isinstance(stmt, Written) else written(stmt))),
        parse_options=pv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pv.ConvertOptions(
            column_types={column.name: _TYPES[column.dtype] for column in columns},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    names = [column.name for column in columns]
    if table.column_names != names:
        raise FrameError(f"columns must be {', '.join(names)}; the statement gave {', '.join(table.column_names)}")
    return pd.DataFrame({column.name: _series(column, table[column.name]) for column in columns}, columns=names)


def _copied(conn: sa.Connection, stmt: Written) -> bytes:
    text, values = f"copy ({stmt.text}) to stdout (format csv, header)", dict(stmt.values)
    copied = io.BytesIO()
    raw = conn.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)  # noqa: S101  no other driver is declared
    try:
        with raw.cursor() as cursor, cursor.copy(text, values) as rows:
            for part in rows:
                copied.write(part)
    except psycopg.Error as error:
        told = sa.exc.DBAPIError.instance
        # As by the engine: an error that is logged shall not quote the values of its statement.
        raise told(text, values, error, psycopg.Error, hide_parameters=True, dialect=conn.dialect) from error
    return copied.getvalue()


def _series(column: ColumnSpec, values: pa.ChunkedArray) -> pd.Series:
    if column.dtype == "int64" and values.null_count:
        at = values.is_null().index(pa.scalar(True)).as_py()
        raise FrameError(f"column {column.name} must not be empty; it is in row {at + 1}")
    if column.unit in {Unit.DATE, Unit.INSTANT}:
        return pd.Series(values.to_pandas(), dtype=column.dtype)
    if column.dtype == "Int64":
        return pd.Series(values.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get), name=None)
    return pd.Series(values.to_pandas(), dtype=column.dtype)
