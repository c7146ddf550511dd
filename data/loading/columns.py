"""The columns of a file, read off the model of the table that it fills.

A header is the column's name without `_id` or `_cents`; what a value must be follows from the column's type and name.
Where that does not do, the column says so: `mapped_column(info={...})` with any of these keys.

- `header`: another header.
- `least`, `most`: narrower bounds of a number (of money: in cents).
- `file`: False for a column that files do not have.
- `date_of`: the instant whose business date this is; files do not have it either.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from data.errors import CatalogError
from data.loading.checks import Kind
from data.loading.instants import Day, Instant, LastDay, Month
from data.loading.numbers import Money, Whole
from data.loading.parse import FileColumn
from data.loading.texts import Flag, Text

KEPT_BY_DATABASE = ("revision", "load_id", "inferred")
_HEADERS = {"start_on": "first_day", "end_on": "last_day"}
_DATES: dict[str, Kind] = {"end_on": LastDay(), "month": Month()}
_WIDTHS = ((sa.SmallInteger, pa.int16()), (sa.BigInteger, pa.int64()), (sa.Integer, pa.int32()))
_MOST_CENTS = (2**63 - 1) // 1000  # read and shown exactly


def in_files(column: sa.Column[Any]) -> bool:
    """Whether files have the column; the others are filled by the database or by loading."""
    made = column.name in KEPT_BY_DATABASE or column.identity is not None or "date_of" in column.info
    return not made and bool(column.info.get("file", True))


def header_of(column: sa.Column[Any]) -> str:
    """The header of the column in a file."""
    name = str(column.info.get("header") or _HEADERS.get(column.name, column.name))
    return name if "header" in column.info else name.removesuffix("_id").removesuffix("_cents")


def file_column(column: sa.Column[Any]) -> FileColumn:
    """The column of a file that fills `column`; a file may lack it where the table has something else to put there."""
    default = getattr(column.server_default, "arg", None)
    return FileColumn(
        header_of(column),
        kind_of(column),
        column.name,
        required=not column.nullable and column.server_default is None,
        nullable=bool(column.nullable),
        default=default if isinstance(default, str) and isinstance(column.type, sa.Text) else None,
    )


def kind_of(column: sa.Column[Any]) -> Kind:
    """What the column's values must be; raises CatalogError for a type that files cannot fill."""
    if isinstance(column.type, sa.Integer):
        return _number(column)
    if isinstance(column.type, sa.Boolean):
        return Flag()
    if isinstance(column.type, sa.String):
        return Text(longest=column.type.length or Text.longest)
    if isinstance(column.type, sa.DateTime) and column.type.timezone:
        return Instant()
    if isinstance(column.type, sa.Date):
        return _DATES.get(column.name, Day())
    raise CatalogError(
        f"{column.table.name}.{column.name}: a column that files fill must be a whole number, text, boolean, date or "
        f"timestamp with time zone; got {column.type}. Keep it out of files with info={{'file': False}}"
    )


def width_of(column: sa.Column[Any]) -> pa.DataType:
    """How the column's numbers are copied."""
    return next(width for kind, width in _WIDTHS if isinstance(column.type, kind))


def _number(column: sa.Column[Any]) -> Kind:
    width = width_of(column)
    highest = 2 ** (width.bit_width - 1) - 1
    if column.name.endswith("_cents"):
        highest = min(highest, _MOST_CENTS)
        low = column.info.get("least", -highest)
        return Money(low, column.info.get("most", highest), width)
    low = 1 if column.name.endswith("_id") else -highest - 1
    return Whole(column.info.get("least", low), column.info.get("most", highest), width)
