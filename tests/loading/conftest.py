"""Small files written by hand, and what loading them into a database of the test's own did."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from data.loading.facts import Period
from data.loading.load import load_file
from data.loading.options import Options

HEADER = "basket,product,store,household,sold_at,quantity,net,retail_discount,coupon_discount,coupon_match\n"
TWO_LINES = "1,10,5,7,2017-03-01 10:00:00,2,3.00,0.50,0.25,0.10\n1,11,5,7,2017-03-01 10:00:00,1,1.25,0,0,0\n"


class Loader:
    """Writes a file, loads it and looks at what became of it."""

    def __init__(self, database, folder: Path) -> None:
        self.database, self.folder, self.count = database, folder, 0

    def write(self, text: str | bytes, name: str | None = None) -> Path:
        self.count += 1
        path = self.folder / (name or f"file{self.count}.csv")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def load(self, table, text, *, name=None, period=None, **options):
        path = text if isinstance(text, Path) else self.write(text, name)
        replaced = Period(*period) if period else None
        return load_file(self.database, table, path, options=Options(period=replaced, **options))

    def sales(self, lines, **options):
        return self.load("sales", lines if isinstance(lines, Path) else HEADER + lines, **options)

    def rows(self, sql, **values):
        with self.database.owner.connect() as conn:
            return [tuple(row) for row in conn.execute(sa.text(sql), values)]

    def value(self, sql, **values):
        return self.rows(sql, **values)[0][0]

    def lines(self):
        return self.rows(
            "select basket_id, product_id, occurrence, sold_on::text, quantity, net_cents from sales_lines order by 1, 2, 3"
        )


@pytest.fixture
def loader(database, tmp_path):
    """Loads files into an empty database."""
    return Loader(database, tmp_path)


@pytest.fixture
def shop(loader):
    """A loader whose products, stores and households are known."""
    loader.load("products", "product,department,category\n10,DAIRY,MILK\n11,DAIRY,CHEESE\n12,FUEL,\n")
    loader.load("stores", "store,region\n5,North\n6,South\n")
    loader.load("households", "household,age\n7,25-34\n8,\n")
    return loader
