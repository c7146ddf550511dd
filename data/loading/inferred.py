"""Inferred members: placeholders for what a file names before any reference file did. No fact is dropped."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from data.errors import LoadError
from data.models import Category, Department, Household, Load, Product, Region, Store
from data.models.products import UNASSIGNED

INFERRED_LIMIT = 1_000
_MODELS: dict[str, tuple[type[Product] | type[Store] | type[Household], str]] = {
    "products": (Product, "product_id"),
    "stores": (Store, "store_id"),
    "households": (Household, "household_id"),
}


class TooManyInferred(LoadError):
    """The file names many members that no reference file has named."""


@dataclass
class Unknown:
    """The products, stores and households that lines name and no table has.

    Known numbers are kept in memory, so it grows with the reference data and never with the file.
    """

    conn: sa.Connection
    tables: tuple[str, ...] = tuple(_MODELS)
    found: dict[str, set[int]] = field(init=False)
    _known: dict[str, npt.NDArray[np.int64]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.found = {table: set() for table in self.tables}
        self._known = {table: self._numbers(table) for table in self.tables}

    def note(self, lines: pa.Table) -> None:
        """Look at the products, stores and households of some lines."""
        for table in self.tables:
            self.note_numbers(table, lines[_MODELS[table][1]].to_numpy())

    def note_numbers(self, table: str, numbers: npt.ArrayLike) -> None:
        """Look at some numbers of one table."""
        named = np.unique(np.asarray(numbers, dtype=np.int64))
        known = self._known[table]
        if len(known):
            places = np.minimum(np.searchsorted(known, named), len(known) - 1)
            named = named[known[places] != named]
        self.found[table].update(named.tolist())

    def _numbers(self, table: str) -> npt.NDArray[np.int64]:
        model, key = _MODELS[table]
        listed = self.conn.scalar(sa.select(sa.func.array_agg(model.__table__.c[key])))
        return np.sort(np.array(listed or [], dtype=np.int64))


def add_members(conn: sa.Connection, table: str, numbers: Collection[int], *, allow_many: bool) -> int:
    """Add the members `numbers` to `table`; gives how many were inferred, which managers are to look at.

    Products are always inferred. Stores and households become members by being seen, and are inferred only once a
    file of theirs was loaded: from then on an unknown one is a surprise. Raises TooManyInferred above the limit.
    """
    if not numbers:
        return 0
    inferred = table == "products" or was_loaded(conn, table)
    if inferred and len(numbers) > INFERRED_LIMIT and not allow_many:
        raise TooManyInferred(
            f"at most {INFERRED_LIMIT:,} unknown {table} are added without --allow-inferred; the file names "
            f"{len(numbers):,}, such as {min(numbers)}. Load {table} first, or check the columns"
        )
    conn.execute(sa.select(sa.func.history.next_revision()))
    number = sa.func.unnest(sa.cast(sorted(numbers), sa.ARRAY(sa.BigInteger))).column_valued("number")
    parents: dict[str, sa.ColumnElement[int]] = {}
    if table == "products":
        parents["category_id"] = sa.literal(unassigned_category(conn))
    elif table == "stores":
        parents["region_id"] = sa.literal(unassigned_region(conn))
    model, key = _MODELS[table]
    # Someone may have added the same member since it was looked for.
    stmt = insert(model).from_select(
        [key, "inferred", *parents], sa.select(number, sa.literal(inferred), *parents.values())
    )
    stmt = stmt.on_conflict_do_nothing()
    added = conn.execute(stmt, execution_options={"preserve_rowcount": True}).rowcount
    return added if inferred else 0


def unassigned_category(conn: sa.Connection) -> int:
    """The category of inferred products, `Unassigned > Unassigned`; made where it is missing."""
    department = _found_or_made(conn, Department.__table__, {"name": UNASSIGNED})
    return _found_or_made(conn, Category.__table__, {"department_id": department, "name": UNASSIGNED})


def unassigned_region(conn: sa.Connection) -> int:
    """The region of stores that no file has placed; made where it is missing."""
    return _found_or_made(conn, Region.__table__, {"name": UNASSIGNED})


def was_loaded(conn: sa.Connection, table: str) -> bool:
    """Whether a file of this table was loaded, and not undone since."""
    undone = aliased(Load)
    kept = ~sa.exists().where(undone.reverts_load == Load.load_id)
    return bool(conn.scalar(sa.select(sa.exists().where(Load.table_name == table, Load.reverts_load.is_(None), kept))))


def _found_or_made(conn: sa.Connection, table: sa.FromClause, values: dict[str, object]) -> int:
    key = next(iter(table.primary_key))
    same = (table.c[name] == value for name, value in values.items())
    found = conn.scalar(sa.select(key).where(*same))
    if found is None:
        assert isinstance(table, sa.Table)  # noqa: S101
        found = conn.execute(sa.insert(table).values(**values).returning(key)).scalar_one()
    return int(found)
