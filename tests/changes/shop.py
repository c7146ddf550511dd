"""The tiny shop of the tests of edits, and what they do to it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.changes.editable import editable_table
from data.changes.saving import Saved, save_changes
from data.changes.types import Editor, RowChange
from data.db import Database
from data.models import Base, Department
from data.scope import Scope

PRODUCTS = """
product  department  category  brand     product_type
10       GROCERY     MILK      National  WHOLE MILK
20       GROCERY     BREAD     Private   RYE BREAD
30       PRODUCE     FRUIT     National  APPLES
"""
STORES = "store  region\n1  North\n2  North\n3  South"
TARGETS = "department  month  net\nGROCERY  2017-02-01  100.00"
LINES = """
basket  product  store  household  sold_on     quantity  net
1       10       1      7          2017-02-01  2         3.00
1       20       1      7          2017-02-01  1         1.00
2       10       3      8          2017-02-20  1         1.50
"""
EVERYTHING = Scope.everything()
MANAGER = Editor("meg", "manager", EVERYTHING)
ANALYST = Editor("ann", "analyst", EVERYTHING)
OF_STORE_1 = Editor("sue", "manager", Scope.of_stores(1))


def version(database: Database, table: str, row: str) -> int:
    """The version of a row, by its id."""
    source = Base.metadata.tables[table]
    key = ",".join
    with database.owner.connect() as conn:
        for found in conn.execute(sa.select(source)).mappings():
            if key(str(found[column.name]) for column in source.primary_key.columns) == row:
                return int(found["revision"])
    raise LookupError(f"{table} has no row {row}")


def value(database: Database, table: str, row: str, column: str) -> Any:
    """What a row has in a column, by its id."""
    source = Base.metadata.tables[table]
    with database.owner.connect() as conn:
        for found in conn.execute(sa.select(source)).mappings():
            if ",".join(str(found[key.name]) for key in source.primary_key.columns) == row:
                return found[column]
    raise LookupError(f"{table} has no row {row}")


def edit(
    database: Database, table: str, row: str, *, at: int | None = None, by: Editor = MANAGER, **fields: Any
) -> Saved:
    """Save some fields of one row, from its newest version or the one given."""
    change = RowChange(row=row, version=at or version(database, table, row), set=fields)
    return save_changes(database, editable_table(table), [change], editor=by, reason="A test")


def add(database: Database, table: str, *, by: Editor = MANAGER, **fields: Any) -> Saved:
    """Save one new row."""
    return save_changes(database, editable_table(table), [RowChange(row="new", set=fields)], editor=by, reason="A test")


def remove(database: Database, table: str, row: str, *, at: int | None = None, by: Editor = MANAGER) -> Saved:
    """Save that a row goes."""
    change = RowChange(row=row, version=at or version(database, table, row), removed=True)
    return save_changes(database, editable_table(table), [change], editor=by, reason="A test")


def content(database: Database, *tables: str) -> dict[str, set[tuple[Any, ...]]]:
    """The rows of some tables without their versions."""
    found = {}
    with database.owner.connect() as conn:
        for name in tables:
            columns = [column for column in Base.metadata.tables[name].columns if column.name != "revision"]
            found[name] = {tuple(row) for row in conn.execute(sa.select(*columns))}
    return found


def target_row(database: Database) -> str:
    """The id of GROCERY's target of February."""
    with database.owner.connect() as conn:
        stmt = sa.select(Department.department_id).where(Department.name == "GROCERY")
        return f"{conn.scalar(stmt)},2017-02-01"
