"""The reference tables whose files differ from their models: columns, natural key, and what rows name by name.

All others are loaded as their models say (`shapes.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import sqlalchemy as sa

from data.loading.hierarchy import split_category
from data.loading.instants import Day, LastDay, Month
from data.loading.lines import LARGEST_INT, LARGEST_LONG
from data.loading.numbers import Money, Whole
from data.loading.parse import FileColumn, Parsed
from data.loading.texts import Flag, Text
from data.models import Base
from data.models.products import UNASSIGNED, UNITS_OF_MEASURE

_INT = Whole(1, LARGEST_INT, pa.int32())
_LONG = Whole(1, LARGEST_LONG, pa.int64())
_UNIT = Text(UNITS_OF_MEASURE)
_EVENT = Text(("holiday", "promotion", "closure", "event"))
_RETIRED = FileColumn("retired", Flag(), "retired", required=False)


@dataclass(frozen=True)
class Parent:
    """A row of another table that rows name: found by `names` (its columns by staged column), its key put in `column`.

    With `made`, a name that is new makes a row; otherwise it is a fault in the file's column `header`.
    """

    table: str
    column: str
    names: dict[str, str]
    header: str
    made: bool = False

    @property
    def source(self) -> sa.Table:
        """The table."""
        return Base.metadata.tables[self.table]


@dataclass(frozen=True)
class ReferenceTable:
    """What a file of this table looks like, and how its rows are told apart.

    `members` are products, stores and households that rows name by number and that are added when unknown. `constant`
    are values that every loaded row gets. `ordered` says that `start_on` must come before `end_on`. `numbered` rows
    may repeat: the same row again is the next occurrence. `derived` says that all of this was read off the model, so
    that rules of its own are the table's constraints.
    """

    name: str
    columns: tuple[FileColumn, ...]
    key: tuple[str, ...]
    parents: tuple[Parent, ...] = ()
    members: dict[str, str] = field(default_factory=dict)
    constant: dict[str, object] = field(default_factory=dict)
    ordered: bool = False
    numbered: bool = False
    derived: bool = False
    prepare: Callable[[Parsed], Parsed] = lambda parsed: parsed

    @property
    def target(self) -> sa.Table:
        """The table that is filled."""
        return Base.metadata.tables[self.name]

    def header_of(self, target: str) -> str:
        """The header of the file's column that fills, or names, the column `target`."""
        headers = {parent.column: parent.header for parent in self.parents}
        return headers.get(target) or next(column.name for column in self.columns if column.target == target)


_DEPARTMENT = Parent("departments", "department_id", {"name": "department"}, "department", made=True)
_CATEGORY = Parent(
    "categories", "category_id", {"department_id": "department_id", "name": "category"}, "category", made=True
)
_REGION = Parent("regions", "region_id", {"name": "region"}, "region", made=True)
_CAMPAIGN = Parent("campaigns", "campaign_id", {"campaign_id": "campaign_id"}, "campaign")
_KNOWN_STORE = Parent("stores", "store_id", {"store_id": "store_id"}, "store")
_CATEGORY_COLUMNS = (
    FileColumn("department", Text(), "department", required=False),
    FileColumn("category", Text(), "category", default=UNASSIGNED),
)

REFERENCE_TABLES = {
    table.name: table
    for table in (
        ReferenceTable("departments", (FileColumn("department", Text(), "name"), _RETIRED), ("name",)),
        ReferenceTable(
            "categories",
            (*_CATEGORY_COLUMNS, _RETIRED),
            ("department_id", "category"),
            parents=(_DEPARTMENT,),
            prepare=split_category,
        ),
        ReferenceTable(
            "products",
            (
                FileColumn("product", _LONG, "product_id"),
                *_CATEGORY_COLUMNS,
                FileColumn("manufacturer", _INT, "manufacturer", required=False, nullable=True),
                FileColumn("brand", Text(), "brand", required=False, default="Unknown"),
                FileColumn("product_type", Text(), "product_type", required=False, nullable=True),
                FileColumn("package_size", Text(), "package_size", required=False, nullable=True),
                FileColumn("unit_of_measure", _UNIT, "unit_of_measure", required=False, default="piece"),
                _RETIRED,
            ),
            ("product_id",),
            parents=(_DEPARTMENT, _CATEGORY),
            constant={"inferred": False},
            prepare=split_category,
        ),
        ReferenceTable("regions", (FileColumn("region", Text(), "name"), _RETIRED), ("name",)),
        ReferenceTable(
            "stores",
            (
                FileColumn("store", _INT, "store_id"),
                FileColumn("region", Text(), "region", default=UNASSIGNED),
                FileColumn("name", Text(), "name", required=False, nullable=True),
                _RETIRED,
            ),
            ("store_id",),
            parents=(_REGION,),
            constant={"inferred": False},
        ),
        ReferenceTable(
            "coupon_redemptions",
            (
                FileColumn("household", _INT, "household_id"),
                FileColumn("coupon", _LONG, "coupon_upc"),
                FileColumn("campaign", _INT, "campaign_id"),
                FileColumn("redeemed_on", Day(), "redeemed_on"),
            ),
            ("household_id", "coupon_upc", "campaign_id", "redeemed_on"),
            parents=(_CAMPAIGN,),
            members={"household_id": "households"},
            numbered=True,
        ),
        ReferenceTable(
            "targets",
            (
                FileColumn("department", Text(), "department"),
                FileColumn("month", Month(), "month"),
                FileColumn("net", Money(0, LARGEST_LONG // 1000, pa.int64()), "net_cents"),
            ),
            ("department_id", "month"),
            parents=(Parent("departments", "department_id", {"name": "department"}, "department"),),
            constant={"sample": False},
        ),
        ReferenceTable(
            "calendar_events",
            (
                FileColumn("name", Text(), "name"),
                FileColumn("first_day", Day(), "start_on"),
                FileColumn("last_day", LastDay(), "end_on"),
                FileColumn("kind", _EVENT, "kind", required=False, default="event"),
                FileColumn("region", Text(), "region", required=False, nullable=True),
                FileColumn("store", _INT, "store_id", required=False, nullable=True),
                _RETIRED,
            ),
            ("name", "start_on"),
            parents=(Parent("regions", "region_id", {"name": "region"}, "region"), _KNOWN_STORE),
            ordered=True,
        ),
    )
}  # fmt: skip
