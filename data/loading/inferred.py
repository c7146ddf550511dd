"""Inferred members: placeholder rows for what facts name before any reference file did. No fact is dropped."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from data.errors import LoadError
from data.models import Category, Department, Household, Load, Product, Region, Store
from data.models.products import UNASSIGNED

INFERRED_LIMIT = 1000
_KEYS = {"products": Product.product_id, "stores": Store.store_id, "households": Household.household_id}


class TooManyInferred(LoadError):
    """The file names many members that no table has."""


def infer_members(
    conn: sa.Connection, table: str, numbers: npt.NDArray[np.int64] | Collection[int], *, limit: int | None
) -> int:
    """Add those of `numbers` that `table` lacks; returns how many. Raises TooManyInferred above `limit`.

    Products are always flagged. Stores and households become members by being seen, and are flagged only once a file
    of theirs has been loaded: from then on an unknown one is a surprise.
    """
    unknown = _unknown(conn, table, [int(number) for number in numbers])
    if not unknown:
        return 0
    flagged = table == "products" or _was_loaded(conn, table)
    if flagged and limit is not None and len(unknown) > limit:
        raise TooManyInferred(
            f"the file names {len(unknown):,} {table} that are not known, among them {unknown[0]}; more than {limit:,} "
            f"need --allow-inferred, or load {table} first"
        )
    conn.execute(sa.select(sa.func.history.next_revision()))
    conn.execute(*_additions(conn, table, unknown, flagged=flagged))
    return len(unknown)


def unassigned_category(conn: sa.Connection, department: str = UNASSIGNED) -> int:
    """The category for products without one, in `department`; made where it is missing."""
    department_id = _found_or_made(conn, Department, Department.department_id, {"name": department})
    return _found_or_made(conn, Category, Category.category_id, {"department_id": department_id, "name": UNASSIGNED})


def unassigned_region(conn: sa.Connection) -> int:
    """The region for stores without one; made where it is missing."""
    return _found_or_made(conn, Region, Region.region_id, {"name": UNASSIGNED})


def _additions(
    conn: sa.Connection, table: str, unknown: list[int], *, flagged: bool
) -> tuple[sa.Insert, list[dict[str, object]]]:
    if table == "products":
        parent = unassigned_category(conn)
        return sa.insert(Product), [
            {"product_id": number, "category_id": parent, "inferred": True} for number in unknown
        ]
    if table == "stores":
        region = unassigned_region(conn)
        return sa.insert(Store), [{"store_id": number, "region_id": region, "inferred": flagged} for number in unknown]
    return sa.insert(Household), [{"household_id": number, "inferred": flagged} for number in unknown]


def _unknown(conn: sa.Connection, table: str, numbers: list[int]) -> list[int]:
    key = _KEYS[table]
    given = sa.func.unnest(sa.cast(numbers, sa.ARRAY(sa.BigInteger))).column_valued("number")
    stmt = sa.select(given).where(~sa.exists().where(key == given)).order_by(given)
    return list(conn.scalars(stmt))


def _was_loaded(conn: sa.Connection, table: str) -> bool:
    return bool(conn.scalar(sa.select(sa.exists().where(Load.table_name == table))))


def _found_or_made(
    conn: sa.Connection,
    model: type[Department] | type[Category] | type[Region],
    key: sa.SQLColumnExpression[int],
    values: dict[str, object],
) -> int:
    columns = model.__table__.c
    found = conn.scalar(sa.select(key).where(*(columns[name] == value for name, value in values.items())))
    if found is None:
        found = conn.scalar(sa.insert(model).values(**values).returning(key))
    return int(found)  # type: ignore[arg-type]  # RETURNING gives the row just made
