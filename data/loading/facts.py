"""The facts: the columns of a sales line as they are copied, and the partition of each month that rows go into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from data.loading.copy import copy_encoded, encode

FACTS = "sales_lines"
LINES = pa.schema(
    [
        ("basket_id", pa.int64()),
        ("product_id", pa.int64()),
        ("sold_at", pa.timestamp("us", "UTC")),
        ("sold_on", pa.date32()),
        ("store_id", pa.int32()),
        ("household_id", pa.int32()),
        ("quantity", pa.int32()),
        ("net_cents", pa.int32()),
        ("retail_discount_cents", pa.int32()),
        ("coupon_discount_cents", pa.int32()),
        ("coupon_match_cents", pa.int32()),
        ("load_id", pa.int64()),
        ("occurrence", pa.int16()),
    ]
)


@dataclass(frozen=True)
class Period:
    """The dates from `start` until before `end`."""

    start: date
    end: date

    def __str__(self) -> str:
        return f"{self.start}:{self.end}"


def open_load(conn: sa.Connection, table: str) -> int:
    """Open a load of `table` and give its number; loads of a fact table follow each other from here to the commit."""
    return int(conn.execute(sa.select(sa.func.history.open_load(table))).scalar_one())


def copy_lines(conn: sa.Connection, lines: pa.Table) -> None:
    """Copy lines (columns as in LINES) into the partitions of their months."""
    copy_months(conn, encoded_months(lines))


def encoded_months(lines: pa.Table) -> list[tuple[date, memoryview]]:
    """Lines (columns as in LINES) as they are copied, by the first day of their month."""
    return [(month, encode(part)) for month, part in by_month(lines)]


def copy_months(conn: sa.Connection, months: list[tuple[date, memoryview]]) -> set[str]:
    """Copy what `encoded_months` made into the partitions of the months; gives their names."""
    names = set()
    for month, encoded in months:
        name = conn.execute(sa.select(sa.func.history.add_month(FACTS, month))).scalar_one()
        copy_encoded(conn, ("facts", name), LINES.names, [encoded])
        names.add(str(name))
    return names


def insert_by_month(conn: sa.Connection, table: str, rows: sa.FromClause, dated: str, load: int) -> None:
    """Insert `rows` (a column each but for `row`, which orders them) into the partitions of their months."""
    first_day = sa.cast(sa.func.date_trunc("month", rows.c[dated]), sa.Date)
    filled = [column for column in rows.c if column.name != "row"]
    names = [*(column.name for column in filled), "load_id"]
    for month in conn.scalars(sa.select(first_day).distinct().order_by(first_day)).all():
        name = conn.execute(sa.select(sa.func.history.add_month(table, month))).scalar_one()
        part = sa.table(name, *map(sa.column, names), schema="facts")
        chosen = sa.select(*filled, sa.literal(load)).where(first_day == month).order_by(rows.c.row)
        conn.execute(sa.insert(part).from_select(names, chosen))


def with_load(lines: pa.Table, load: int) -> pa.Table:
    """The lines with the number of their load, columns in the order of LINES."""
    numbers = pa.array(np.full(lines.num_rows, load, dtype=np.int64))
    return lines.append_column("load_id", numbers).select(LINES.names)


def by_month(lines: pa.Table) -> list[tuple[date, pa.Table]]:
    """The lines by the first day of their month, in order of time; the order within a month is kept."""
    days = lines["sold_on"].combine_chunks().to_numpy(zero_copy_only=False).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    found = np.unique(months)
    if len(found) <= 1:
        return [(month.astype(date), lines) for month in found]
    return [(month.astype(date), lines.filter(pa.array(months == month))) for month in found]


def record_load(conn: sa.Connection, load: int, *, source: str, digest: bytes, started_at: object, rows: int,
                replaced: Period | None = None) -> int:  # fmt: skip
    """Record the load and give its revision."""
    start, end = (replaced.start, replaced.end) if replaced else (None, None)
    recorded = sa.func.history.record_load(
        sa.cast(load, sa.BigInteger), source, digest, sa.cast(started_at, sa.DateTime(timezone=True)),
        sa.cast(start, sa.Date), sa.cast(end, sa.Date), sa.cast(rows, sa.BigInteger),
    )  # fmt: skip
    return int(conn.execute(sa.select(recorded)).scalar_one())


def business_dates(instants: pa.Array, zone: str) -> pa.Array:
    """The business date of each instant."""
    local = instants.to_pandas().dt.tz_convert(zone).dt.tz_localize(None)
    return pa.array(local.to_numpy().astype("datetime64[D]"), pa.date32())


def cents(money: pa.ChunkedArray) -> pa.ChunkedArray:
    """Floats that are whole cents, as cents."""
    return pc.round(pc.multiply(money, 100.0)).cast(pa.int32())
