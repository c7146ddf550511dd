"""Inferred members: placeholders for what a file names before any reference file did. No fact is dropped."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from data.errors import LoadError
from data.loading.placeholders import key_of, placeholder_values
from data.models import Base, Load
from data.models.loads import stands

INFERRED_LIMIT = 1_000
_OF_SALES = {"products": "product_id", "stores": "store_id", "households": "household_id"}
_BY_BEING_SEEN = ("stores", "households")


class TooManyInferred(LoadError):
    """The file names many members that no reference file has named."""


@dataclass
class Unknown:
    """The products, stores and households that lines name and no table has.

    Known numbers are kept in memory, so it grows with the reference data and never with the file.
    """

    conn: sa.Connection
    found: dict[str, set[int]] = field(init=False)
    _known: dict[str, npt.NDArray[np.int64]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.found = {table: set() for table in _OF_SALES}
        self._known = {table: self._numbers(table) for table in _OF_SALES}

    def note(self, lines: pa.Table) -> None:
        """Look at the products, stores and households of some lines."""
        for table, column in _OF_SALES.items():
            self._note_numbers(table, lines[column].to_numpy())

    def _note_numbers(self, table: str, numbers: npt.ArrayLike) -> None:
        named = np.unique(np.asarray(numbers, dtype=np.int64))
        known = self._known[table]
        if len(known):
            places = np.minimum(np.searchsorted(known, named), len(known) - 1)
            named = named[known[places] != named]
        self.found[table].update(named.tolist())

    def _numbers(self, table: str) -> npt.NDArray[np.int64]:
        listed = self.conn.scalar(sa.select(sa.func.array_agg(key_of(Base.metadata.tables[table]))))
        return np.sort(np.array(listed or [], dtype=np.int64))


def add_members(conn: sa.Connection, table: str, keys: Collection[Any], *, allow_many: bool) -> int:
    """Add the members `keys` to `table`; gives how many were inferred, which managers are to look at.

    Stores and households become members by being seen, and are inferred only once a file of theirs was loaded: from
    then on an unknown one is a surprise. All others are always inferred. Raises TooManyInferred above the limit.
    """
    if not keys:
        return 0
    inferred = table not in _BY_BEING_SEEN or was_loaded(conn, table)
    if inferred and len(keys) > INFERRED_LIMIT and not allow_many:
        raise TooManyInferred(
            f"at most {INFERRED_LIMIT:,} unknown {table} are added without --allow-inferred; the file names "
            f"{len(keys):,}, such as {min(keys)}. Load {table} first, or check the columns"
        )
    conn.execute(sa.select(sa.func.history.next_revision()))
    target = Base.metadata.tables[table]
    key = key_of(target)
    named = sa.func.unnest(sa.cast(sorted(keys), sa.ARRAY(key.type))).column_valued("named")
    values = placeholder_values(conn, target)
    # Someone may have added the same member since it was looked for.
    stmt = insert(target).from_select(
        [key.name, "inferred", *values], sa.select(named, sa.literal(inferred), *map(sa.literal, values.values()))
    )
    stmt = stmt.on_conflict_do_nothing()
    added = conn.execute(stmt, execution_options={"preserve_rowcount": True}).rowcount
    return added if inferred else 0


def add_unknown(
    conn: sa.Connection, rows: sa.Table, tables: Mapping[str, str], *, allow_many: bool
) -> tuple[dict[str, int], dict[str, int]]:
    """Add what staged rows name and the tables (by column) lack; gives by table how many, and how many are flagged."""
    unknown: dict[str, set[Any]] = {}
    for column, table in tables.items():
        if column in rows.c:
            unknown.setdefault(table, set()).update(_unknown_keys(conn, rows.c[column], table))
    flagged = {table: add_members(conn, table, keys, allow_many=allow_many) for table, keys in unknown.items()}
    members = {table: len(keys) for table, keys in unknown.items() if keys}
    return members, {table: count for table, count in flagged.items() if count}


def _unknown_keys(conn: sa.Connection, column: sa.ColumnElement[Any], table: str) -> set[Any]:
    key = key_of(Base.metadata.tables[table])
    missing = sa.select(column).distinct().where(column.is_not(None), ~sa.exists().where(key == column))
    return set(conn.scalars(missing))


def was_loaded(conn: sa.Connection, table: str) -> bool:
    """Whether a file of this table was loaded, and not undone since."""
    return bool(conn.scalar(sa.select(sa.exists().where(Load.table_name == table, stands()))))
