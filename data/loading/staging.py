"""A file's rows and their faults in temporary tables, where the database can judge them as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from data.loading.copy import copy_rows
from data.loading.parse import REJECTS, Parsed
from data.loading.progress import Progress

_TYPES: dict[pa.DataType, type[sa.types.TypeEngine[Any]]] = {
    pa.int16(): sa.SmallInteger,
    pa.int32(): sa.Integer,
    pa.int64(): sa.BigInteger,
    pa.string(): sa.Text,
    pa.bool_(): sa.Boolean,
    pa.date32(): sa.Date,
}


class Staging:
    """Two temporary tables that vanish with the transaction: `rows` and `rejects`."""

    def __init__(self, conn: sa.Connection, columns: pa.Schema) -> None:
        self.conn = conn
        self.rows = _temporary("staged_rows", columns)
        self.rejects = _temporary("staged_rejects", REJECTS)
        for table in (self.rows, self.rejects):
            table.create(conn)

    def fill(self, parts: Iterable[Parsed], show: Progress, total: int | None) -> int:
        """Copy rows and rejects; gives the number of rows read."""
        names = [column.name for column in self.rows.columns]
        done = 0
        for part in parts:
            copy_rows(self.conn, (self.rows.name,), [part.rows.select(names)])
            copy_rows(self.conn, (self.rejects.name,), [part.rejects])
            done += part.rows.num_rows
            show(done, total, "checking")
        for table in (self.rows, self.rejects):
            self.conn.execute(sa.text(f"analyze {table.name}"))
        return done

    def reject(self, stmt: sa.Select[tuple[int, str, str, str]]) -> None:
        """Add the rejects that a statement finds: row, column, rule and value."""
        self.conn.execute(sa.insert(self.rejects).from_select(REJECTS.names, stmt))

    def reject_count(self) -> int:
        """How many faults were found."""
        return int(self.conn.execute(sa.select(sa.func.count()).select_from(self.rejects)).scalar_one())


def _temporary(name: str, columns: pa.Schema) -> sa.Table:
    listed = [sa.Column(field.name, _column_type(field.type)) for field in columns]
    return sa.Table(name, sa.MetaData(), *listed, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")


def _column_type(kind: pa.DataType) -> sa.types.TypeEngine[Any]:
    if pa.types.is_timestamp(kind):
        return sa.DateTime(timezone=True)
    return _TYPES[kind]()
