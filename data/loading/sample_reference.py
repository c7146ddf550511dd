"""The sample's reference data into empty tables, all of it one revision."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from data.loading.copy import copy_rows
from data.loading.facts import open_load, record_load
from data.loading.progress import Progress
from data.loading.sample_files import TIME_ZONE, SampleFiles
from data.models import BusinessSettings, Category, Department, Region
from data.models.households import SEGMENTS
from data.models.products import UNASSIGNED

_NUMBER = pa.int32()
_LONG = pa.int64()
_TEXT = pa.string()
_PRODUCTS = {
    "product_id": _LONG,
    "category_id": _NUMBER,
    "manufacturer": _NUMBER,
    "brand": _TEXT,
    "product_type": _TEXT,
    "package_size": _TEXT,
    "unit_of_measure": _TEXT,
    "inferred": pa.bool_(),
}
_HOUSEHOLDS = {"household_id": _NUMBER, **dict.fromkeys(SEGMENTS, _TEXT)}
_CAMPAIGNS = {"campaign_id": _NUMBER, "campaign_type": _TEXT, "start_on": pa.date32(), "end_on": pa.date32()}
_REDEMPTIONS = {
    "household_id": _NUMBER,
    "coupon_upc": _LONG,
    "campaign_id": _NUMBER,
    "redeemed_on": pa.date32(),
    "occurrence": pa.int16(),
}
_TARGETS = {"department_id": _NUMBER, "month": pa.date32(), "net_cents": _LONG, "sample": pa.bool_()}
_EVENTS = {"name": _TEXT, "kind": _TEXT, "start_on": pa.date32(), "end_on": pa.date32()}


def copy_reference(conn: sa.Connection, files: SampleFiles, show: Progress) -> None:
    """Copy every reference table in the order in which they name each other."""
    conn.execute(sa.insert(BusinessSettings).values(time_zone=TIME_ZONE))
    departments = _copy_departments(conn, files.products)
    products = files.products.assign(category_id=_copy_categories(conn, files.products, departments))
    targets = files.targets.assign(department_id=files.targets["department"].map(departments), sample=True)
    _copy_stores(conn, files.stores)
    tables = (
        ("products", products, _PRODUCTS, "products"),
        ("households", files.households, _HOUSEHOLDS, "demographics"),
        ("campaigns", files.campaigns, _CAMPAIGNS, "campaign_descriptions"),
        ("campaign_households", files.campaign_households, dict.fromkeys(("campaign_id", "household_id"), _NUMBER),
         "campaigns"),
        ("coupons", files.coupons, {"coupon_upc": _LONG, "product_id": _LONG, "campaign_id": _NUMBER}, "coupons"),
        ("coupon_redemptions", files.redemptions, _REDEMPTIONS, "coupon_redemptions"),
        ("targets", targets, _TARGETS, None),
        ("calendar_events", files.events, _EVENTS, None),
    )  # fmt: skip
    total = sum(len(frame) for _, frame, _, _ in tables)
    done = 0
    for table, frame, columns, file in tables:
        show(done, total, "reference data")
        _copy_frame(conn, table, frame, columns)
        if file is not None:
            _record(conn, files, table, file, len(frame))
        done += len(frame)
    show(done, total, "reference data")


def _copy_frame(conn: sa.Connection, table: str, frame: pd.DataFrame, columns: dict[str, pa.DataType]) -> None:
    rows = pa.Table.from_pandas(frame[list(columns)], schema=pa.schema(columns.items()), preserve_index=False)
    copy_rows(conn, (table,), [rows])


def _record(conn: sa.Connection, files: SampleFiles, table: str, file: str, rows: int) -> None:
    load = open_load(conn, table)
    source = files.path(file)
    record_load(conn, load, source=source.name, digest=files.digest(file), started_at=datetime.now(UTC), rows=rows)


def _copy_departments(conn: sa.Connection, products: pd.DataFrame) -> dict[str, int]:
    names = pd.DataFrame({"name": sorted(products["department"].unique())})
    _copy_frame(conn, "departments", names, {"name": _TEXT})
    return {row.name: row.department_id for row in conn.execute(sa.select(Department.name, Department.department_id))}


def _copy_categories(conn: sa.Connection, products: pd.DataFrame, departments: dict[str, int]) -> pd.Series[int]:
    """Copy the pairs of department and category; gives the number of each product's."""
    pairs = products[["department", "category"]].drop_duplicates().sort_values(["department", "category"])
    rows = pd.DataFrame({"department_id": pairs["department"].map(departments), "name": pairs["category"]})
    _copy_frame(conn, "categories", rows, {"department_id": _NUMBER, "name": _TEXT})
    stmt = sa.select(Department.name, Category.name, Category.category_id).join_from(Category, Department)
    numbers = {(department, name): number for department, name, number in conn.execute(stmt)}
    named = zip(products["department"], products["category"], strict=True)
    return pd.Series([numbers[pair] for pair in named], index=products.index)


def _copy_stores(conn: sa.Connection, stores: list[int]) -> None:
    stmt = sa.insert(Region).values(name=UNASSIGNED).returning(Region.region_id)
    region = conn.execute(stmt).scalar_one()
    frame = pd.DataFrame({"store_id": stores, "region_id": region})
    _copy_frame(conn, "stores", frame, {"store_id": _NUMBER, "region_id": _NUMBER})
