"""The sample, ten times or fifty times the sample, in a database of its own, loaded as users load.

python benchmarks/build.py FOLDER [--scale 1|10|50]

The database is that of DATABASE_URL, or of an embedded server in FOLDER. It must be empty, or begun by this command:
what is loaded already is passed over. Scale 10 is one bank of stores over ten years, scale 50 is five banks.

A bank is the sample's stores and households under numbers of its own; a year is the sample's year, moved back by 364
days as often as it takes. So weekdays stay as they are, every line lies before 2018, and each year shares its last day
with the first of the next. Clocks are moved as instants: around a change of clocks a few sales are an hour off.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dashboard.commands.opening import opened_database
from data.config import Settings, load_settings
from data.db import Database
from data.errors import AlreadyLoaded
from data.loading.load import load_file
from data.loading.options import Options
from data.loading.sample import load_sample
from data.loading.sample_files import SampleFiles
from data.migrating import upgrade

SHAPES = {1: (1, 1), 10: (1, 10), 50: (5, 10)}  # banks and years by scale
YEAR_US = 364 * 86_400 * 1_000_000
# Stores and households are integers of 32 bits, the sample's below 100,000; its baskets lie below 1e11, of 9.2e18.
APART, BASKETS_APART = 100_000, 100_000_000_000
MONEY = ("net", "retail_discount", "coupon_discount", "coupon_match")


def say(text: str) -> None:
    """Tell how far it is, at once."""
    print(text, flush=True)


def bank_year(lines: pa.Table, bank: int, year: int) -> pa.Table:
    """The sample's lines as a file of another bank's sales, so many years earlier."""
    instants = lines["sold_at"].cast(pa.int64())
    columns = {
        "basket": pc.add(lines["basket_id"], BASKETS_APART * (10 * bank + year)),
        "product": lines["product_id"],
        "store": pc.add(lines["store_id"], APART * bank),
        "household": pc.add(lines["household_id"], APART * bank),
        "sold_at": pc.subtract(instants, YEAR_US * year).cast(pa.timestamp("us", "UTC")),
        "quantity": lines["quantity"],
    }
    columns |= {name: pc.divide(lines[f"{name}_cents"].cast(pa.float64()), 100.0) for name in MONEY}
    return pa.table(columns)


def missing(scale: int) -> Iterator[tuple[int, int]]:
    """Every bank and year but the sample itself, the oldest year first."""
    banks, years = SHAPES[scale]
    for year in reversed(range(years)):
        yield from ((bank, year) for bank in range(banks) if (bank, year) != (0, 0))


def build(database: Database, scale: int, folder: Path) -> None:
    """Migrate, load the sample, and then a file for each further bank and year; files are removed once loaded."""
    upgrade(database.owner, say=say)
    load_sample(database)
    files = SampleFiles()
    wanted = list(missing(scale))
    folder.mkdir(parents=True, exist_ok=True)
    for number, (bank, year) in enumerate(wanted, start=1):
        path = folder / f"bank-{bank}-year-{2017 - year}.parquet"
        pq.write_table(bank_year(files.lines, bank, year), path)
        began = time.perf_counter()
        try:
            rows = load_file(database, "sales", path, options=Options(allow_inferred=True, author="benchmark")).rows
        except AlreadyLoaded:
            say(f"{number} of {len(wanted)}: {path.name} is there")
        else:
            took = time.perf_counter() - began
            say(f"{number} of {len(wanted)}: {path.name}, {rows:,} lines in {took:.1f} s, {rows / took:,.0f} a second")
        path.unlink()
    if wanted:
        with database.owner.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
            conn.exec_driver_sql("analyze")


@contextmanager
def built(folder: Path, scale: int) -> Iterator[Database]:
    """The database at that scale for the block, built where it is missing."""
    settings = load_settings()
    if settings.is_embedded:
        settings = Settings(DAYBOOK_HOME=folder.resolve())
    with opened_database(settings, say=say) as database:
        build(database, scale, folder.resolve() / "files")
        yield database


def main() -> None:
    """Build, and tell how large it became."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=int, choices=sorted(SHAPES), default=1)
    asked = parser.parse_args()
    with built(asked.folder, asked.scale) as database, database.owner.connect() as conn:
        size = conn.exec_driver_sql("select pg_database_size(current_database())").scalar_one()
        say(f"x{asked.scale} is there: {size / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
