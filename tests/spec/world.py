"""A tiny shop written as text: what a test means by its facts, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.models import (
    BusinessSettings,
    Campaign,
    CampaignHousehold,
    Category,
    Department,
    Household,
    Product,
    Promotion,
    Region,
    SalesLine,
    Store,
    Target,
)
from tests.factories.products import ProductValues
from tests.factories.stores import StoreValues

LINE_COLUMNS = ("basket", "product", "store", "household", "sold_on", "quantity", "net")
MONEY = ("net", "retail_discount", "coupon_discount", "coupon_match")
_PLACE = {"department": "GROCERY", "category": "MILK"}


def rows_of(text: str) -> list[dict[str, str]]:
    """Rows of a table written with one header line and columns separated by two blanks or more."""
    lines = [line.split("  ") for line in text.strip().splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]


class World:
    """Writes reference rows and facts through a connection; members that a line names are made when first seen."""

    def __init__(self, conn: sa.Connection) -> None:
        self.conn = conn
        self._ids: dict[tuple[str, str], int] = {}
        self._seen: set[tuple[str, int]] = set()
        self._loads = 0
        if not conn.scalar(sa.select(sa.func.count()).select_from(BusinessSettings)):
            conn.execute(sa.insert(BusinessSettings).values(time_zone="America/New_York"))

    def products(self, text: str) -> World:
        """Columns: product, and any of department, category, brand, manufacturer, product_type, unit_of_measure."""
        for row in rows_of(text):
            values = {**_PLACE, **row}
            number = int(values.pop("product"))
            category = self.category(values.pop("department"), values.pop("category"))
            made = ProductValues(product_id=number, category_id=category, **values)
            self.conn.execute(sa.insert(Product).values(made))
            self._seen.add(("product", number))
        return self

    def stores(self, text: str) -> World:
        """Columns: store, region."""
        for row in rows_of(text):
            self._store(int(row["store"]), row["region"])
        return self

    def targets(self, text: str) -> World:
        """Columns: department, month, net."""
        for row in rows_of(text):
            self.category(row["department"], "Unassigned")
            values = {"month": date.fromisoformat(row["month"]), "net_cents": int(Decimal(row["net"]) * 100)}
            number = self._ids[(row["department"], "")]
            self.conn.execute(sa.insert(Target).values(department_id=number, **values))
        return self

    def campaigns(self, text: str) -> World:
        """Columns: campaign, start_on, end_on, households (with commas between them)."""
        for row in rows_of(text):
            number = int(row["campaign"])
            dates = {name: date.fromisoformat(row[name]) for name in ("start_on", "end_on")}
            self.conn.execute(sa.insert(Campaign).values(campaign_id=number, campaign_type="Type A", **dates))
            for household in map(int, row["households"].split(",")):
                self._member("household", household)
                reached = {"campaign_id": number, "household_id": household}
                self.conn.execute(sa.insert(CampaignHousehold).values(reached))
        return self

    def lines(self, text: str, started_at: datetime | None = None) -> int:
        """Facts, loaded as one load; columns as in LINE_COLUMNS and any of MONEY. Returns the revision."""
        rows = rows_of(text)
        self._members(rows)
        load = self.conn.scalar(sa.select(sa.func.history.open_load("sales_lines")))
        values = [_line(row, load) for row in rows]
        for month in sorted({line["sold_on"].replace(day=1) for line in values}):
            self.conn.execute(sa.select(sa.func.history.add_month("sales_lines", month)))
        _number(values)
        self.conn.execute(sa.insert(SalesLine), values)
        self._loads += 1
        digest = hashlib.sha256(f"{self._loads} {text}".encode()).digest()
        return int(
            self.conn.scalar(
                sa.select(
                    sa.func.history.record_load(
                        load,
                        "lines.txt",
                        digest,
                        started_at or sa.func.now(),
                        None,
                        None,
                        len(values),
                        type_=sa.BigInteger,
                    )
                )
            )
        )

    def promotions(self, text: str) -> int:
        """Promotions, loaded as one load; columns: week_on, store, displays, mailers, products (with commas between)."""
        load = self.conn.scalar(sa.select(sa.func.history.open_load("promotions")))
        values = [
            {
                "week_on": date.fromisoformat(row["week_on"]),
                "store_id": int(row["store"]),
                "displays": row["displays"],
                "mailers": row["mailers"],
                "product_ids": [int(number) for number in row["products"].split(",")],
                "load_id": load,
            }
            for row in rows_of(text)
        ]
        for month in sorted({row["week_on"].replace(day=1) for row in values}):
            self.conn.execute(sa.select(sa.func.history.add_month("promotions", month)))
        self.conn.execute(sa.insert(Promotion), values)
        self._loads += 1
        digest = hashlib.sha256(f"{self._loads} {text}".encode()).digest()
        recorded = sa.func.history.record_load(
            load, "promotions.txt", digest, sa.func.now(), None, None, len(values), type_=sa.BigInteger
        )
        return int(self.conn.scalar(sa.select(recorded)))

    def category(self, department: str, name: str) -> int:
        """The number of the category, made where it is new."""
        key = (department, name)
        if key not in self._ids:
            parent = self._ids.get((department, ""))
            if parent is None:
                stmt = sa.insert(Department).values(name=department).returning(Department.department_id)
                parent = self._ids[(department, "")] = int(self.conn.scalar(stmt))
            stmt = sa.insert(Category).values(department_id=parent, name=name).returning(Category.category_id)
            self._ids[key] = int(self.conn.scalar(stmt))
        return self._ids[key]

    def _members(self, rows: Iterable[dict[str, str]]) -> None:
        for row in rows:
            for kind in ("product", "store", "household"):
                self._member(kind, int(row[kind]))

    def _member(self, kind: str, number: int) -> None:
        if (kind, number) in self._seen:
            return
        if kind == "product":
            self.products(f"product\n{number}")
        elif kind == "store":
            self._store(number, "Unassigned")
        else:
            self.conn.execute(sa.insert(Household).values(household_id=number))
            self._seen.add((kind, number))

    def _store(self, number: int, region: str) -> None:
        key = ("region", region)
        if key not in self._ids:
            stmt = sa.insert(Region).values(name=region).returning(Region.region_id)
            self._ids[key] = int(self.conn.scalar(stmt))
        self.conn.execute(sa.insert(Store).values(StoreValues(store_id=number, region_id=self._ids[key])))
        self._seen.add(("store", number))


def _line(row: dict[str, str], load: int) -> dict[str, object]:
    sold_on = date.fromisoformat(row["sold_on"])
    clock = time.fromisoformat(row.get("time", "12:00"))
    cents = {f"{name}_cents": int(Decimal(row.get(name, "0")) * 100) for name in MONEY}
    return {
        "basket_id": int(row["basket"]),
        "product_id": int(row["product"]),
        "store_id": int(row["store"]),
        "household_id": int(row["household"]),
        "sold_on": sold_on,
        "sold_at": datetime.combine(sold_on, clock, ZoneInfo("America/New_York")),
        "quantity": int(row["quantity"]),
        "load_id": load,
        **cents,
    }


def _number(lines: list[dict[str, object]]) -> None:
    counted: dict[tuple[object, object], int] = {}
    for line in lines:
        key = (line["basket_id"], line["product_id"])
        counted[key] = counted.get(key, 0) + 1
        line["occurrence"] = counted[key]
