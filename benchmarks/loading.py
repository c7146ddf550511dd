"""Loading the sample's lines from a file, against psql's \\copy of the same rows into the same tables, in turns.

python benchmarks/loading.py [--times 10] [--rounds 3] [--home FOLDER]

Needs no database: a server of its own runs in FOLDER. Every load goes into a fresh copy of a database that has the
sample's reference data and no lines, after a checkpoint. Both sides write the same thirteen partitions with their
primary keys and triggers in one transaction, and end with the commit.

    \\copy          a CSV that is ready for the table: cents, business date, load and occurrence are in it
    with rollups   \\copy, and then history.record_load: counts, checksum and rollups, as every load has them
    ours           the file that people have: digest, every check and reject, inferred members, the record of the load
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.parquet as pq
import sqlalchemy as sa

from data.db import Database, make_engine
from data.loading.facts import LINES, business_dates, open_load
from data.loading.load import load_file
from data.loading.progress import silent
from data.loading.sample_files import TIME_ZONE, SampleFiles
from data.loading.sample_reference import copy_reference
from data.migrating import upgrade
from data.postgres import EmbeddedServer, running_server

EMPTY, SCRATCH = "daybook_loading_empty", "daybook_loading"
BEGIN = (
    "begin;",
    "select set_config('daybook.author', 'copy', true), set_config('daybook.kind', 'load', true),",
    "       set_config('daybook.reason', 'copy', true);",
    "select history.open_load('sales_lines') as load \\gset",
    "select history.add_month('sales_lines', m) from unnest(:'months'::date[]) m;",
)
RECORD = "select history.record_load(:load, 'copy', '\\x00', now(), null, null, :rows);"
YEAR = pd.Timedelta(days=364)  # whole weeks
BASKETS_APART = 100_000_000_000
SUMS = "select count(*), sum(net_cents), count(distinct sold_on) from sales_lines"
SIDES = ("\\copy", "CSV", "Parquet")
ROLLED_UP = "select sum(line_count), sum(net_cents), count(distinct sold_on) from sales_days"


@dataclass
class Files:
    """The same lines, ready for \\copy and as people have them, and what they add up to."""

    ready: Path
    csv: Path
    parquet: Path
    rows: int = 0
    net_cents: int = 0
    months: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Taken:
    """What a load took: seconds, and the peak memory of its process in MB, and before the load began."""

    seconds: float
    memory_mb: float = 0.0
    before_mb: float = 0.0


def years(times: int) -> Iterator[pa.Table]:
    """The sample's lines, and before them the same lines in earlier years and in baskets of their own."""
    lines = SampleFiles().lines
    for number in reversed(range(times)):
        instants = pa.array(lines["sold_at"].to_pandas() - number * YEAR, pa.timestamp("us", "UTC"))
        columns = {name: lines[name] for name in lines.column_names}
        columns["basket_id"] = pc.add(lines["basket_id"], number * BASKETS_APART)
        columns |= {"sold_at": instants, "sold_on": business_dates(instants, TIME_ZONE)}
        yield pa.table(columns)


def write(folder: Path, times: int, load: int) -> Files:
    """Write the three files."""
    files = Files(*(folder / f"x{times}-{name}" for name in ("ready.csv", "sales.csv", "sales.parquet")))
    ready = csv = parquet = None
    for lines in years(times):
        copied = lines.append_column("load_id", pa.repeat(pa.scalar(load), lines.num_rows)).select(LINES.names)
        raw = as_people_have_them(lines)
        texts = raw.set_column(4, "sold_at", pc.strftime(raw["sold_at"].cast(pa.timestamp("s")), "%Y-%m-%d %H:%M:%S"))
        ready = ready or pv.CSVWriter(files.ready, copied.schema, write_options=pv.WriteOptions(include_header=False))
        csv = csv or pv.CSVWriter(files.csv, texts.schema, write_options=pv.WriteOptions(quoting_style="none"))
        parquet = parquet or pq.ParquetWriter(files.parquet, raw.schema)
        ready.write_table(copied)
        csv.write_table(texts)
        parquet.write_table(raw)
        files.rows += lines.num_rows
        files.net_cents += pc.sum(lines["net_cents"]).as_py()
        files.months |= set(pc.strftime(lines["sold_on"], "%Y-%m-01").unique().to_pylist())
    for writer in (ready, csv, parquet):
        if writer is not None:
            writer.close()
    return files


def as_people_have_them(lines: pa.Table) -> pa.Table:
    """The columns of a sales file: times as clocks showed them, amounts in the currency."""
    local = lines["sold_at"].to_pandas().dt.tz_convert(TIME_ZONE).dt.tz_localize(None)
    columns = {name: lines[f"{name}_id"] for name in ("basket", "product", "store", "household")}
    columns |= {"sold_at": pa.array(local, pa.timestamp("us")), "quantity": lines["quantity"]}
    amounts = {"net": "net", "retail_discount": "retail_discount", "coupon_discount": "coupon_discount"}
    for name, cents in {**amounts, "coupon_match": "coupon_match"}.items():
        columns[name] = pc.divide(lines[f"{cents}_cents"].cast(pa.float64()), 100.0)
    return pa.table(columns)


def prepare(server: EmbeddedServer) -> int:
    """Make the database that every load begins with; gives the number that the next load will have."""
    run(server, "postgres", f"drop database if exists {SCRATCH}", f"drop database if exists {EMPTY}")
    run(server, "postgres", f"create database {EMPTY} owner {server.user} template template0 encoding 'UTF8'")
    engine = make_engine(address(server, EMPTY))
    upgrade(engine)
    database = Database(engine, engine, engine)
    with database.writing(author="benchmark", reason="Reference data", kind="load") as conn:
        conn.execute(sa.select(sa.func.history.next_revision()))
        copy_reference(conn, SampleFiles(), silent)
    with engine.connect() as conn, conn.begin() as unwanted:
        load = open_load(conn, "sales_lines") + 1
        unwanted.rollback()
    engine.dispose()
    return load


def fresh(server: EmbeddedServer, *, rollups: bool) -> None:
    """Make the database that a load goes into."""
    run(server, "postgres", f"drop database if exists {SCRATCH}")
    run(server, "postgres", f"create database {SCRATCH} owner {server.user} template {EMPTY}")
    if not rollups:
        run(server, SCRATCH, "alter table loads disable trigger daybook_rolled_up")
    run(server, SCRATCH, "checkpoint")


def psql_copy(server: EmbeddedServer, files: Files, *, rollups: bool) -> Taken:
    """Load the ready file with psql; partitions are made in the same transaction, as ours are."""
    columns = ", ".join(LINES.names)
    script = [
        *BEGIN,
        f"\\copy sales_lines ({columns}) from '{files.ready}' with (format csv)",
        RECORD if rollups else "delete from history.pending_loads;",
        "commit;",
    ]
    variables = {"rows": str(files.rows), "months": "{" + ",".join(sorted(files.months)) + "}"}
    began = time.perf_counter()
    psql(server, SCRATCH, "\n".join(script), **variables)
    return Taken(time.perf_counter() - began)


def our_load(url: str, path: Path) -> Taken:
    """Load the file as `daybook load` does, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_load_here, (url, path))


def _load_here(url: str, path: Path) -> Taken:
    engine, before = make_engine(url), _peak_mb()
    began = time.perf_counter()
    load_file(Database(engine, engine, engine), "sales", path)
    taken = time.perf_counter() - began
    engine.dispose()
    return Taken(taken, _peak_mb(), before)


def _peak_mb() -> float:
    # Not `getrusage`: its peak is inherited from the process that started this one.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(peak[1]) / 1024 if peak else 0.0


def check(server: EmbeddedServer, files: Files, *, rollups: bool) -> None:
    """Hold what was loaded against the file."""
    for question in (SUMS, ROLLED_UP)[: 2 if rollups else 1]:
        rows, net, _days = psql(server, SCRATCH, question).strip().split("|")
        if (int(rows), int(net)) != (files.rows, files.net_cents):
            raise SystemExit(f"{question}: {rows} rows, {net} cents; the file has {files.rows}, {files.net_cents}")


def main() -> None:
    """Print the medians of each side, rows a second, peak memory, and the ratio to \\copy of each round."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=1, help="so many times the sample's lines")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=SIDES)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = asked.home or Path(made)
        folder.chmod(0o711)
        with running_server(folder, say=lambda _: None) as server:
            files = write(folder, asked.times, prepare(server))
            print(f"{files.rows:,} rows, {files.csv.stat().st_size >> 20} MB of CSV", flush=True)
            for rollups in (False, True):
                compare(server, files, asked.sides, rounds=asked.rounds, rollups=rollups)
            run(server, "postgres", f"drop database {SCRATCH}", f"drop database {EMPTY}")
            for path in (files.ready, files.csv, files.parquet):
                path.unlink()


def compare(server: EmbeddedServer, files: Files, sides: list[str], *, rounds: int, rollups: bool) -> None:
    """Load in turns with \\copy and from both files, and print a line for each."""
    taken: dict[str, list[Taken]] = {side: [] for side in sides}
    paths = {"CSV": files.csv, "Parquet": files.parquet}
    for _ in range(rounds):
        for side in sides:
            path = paths.get(side)
            fresh(server, rollups=rollups)
            found = our_load(address(server, SCRATCH), path) if path else psql_copy(server, files, rollups=rollups)
            check(server, files, rollups=rollups)
            taken[side].append(found)
    print("with rollups" if rollups else "without rollups")
    for side, each in taken.items():
        seconds = statistics.median(one.seconds for one in each)
        ratios = [copied.seconds / one.seconds for copied, one in zip(taken.get("\\copy", each), each, strict=True)]
        told = f"{statistics.median(ratios):5.2f} of \\copy ({', '.join(f'{ratio:.2f}' for ratio in ratios)})"
        memory = f"{max(one.memory_mb for one in each):6.0f} MB (at first {max(one.before_mb for one in each):.0f})"
        print(f"  {side:8} {seconds:7.2f} s {files.rows / seconds:10,.0f} rows/s {memory}  {told}", flush=True)


def address(server: EmbeddedServer, name: str) -> str:
    """The address of a database for the product's login."""
    return sa.make_url(server.url).set(database=name).render_as_string(hide_password=False)


def run(server: EmbeddedServer, database: str, *statements: str) -> None:
    """Execute statements as the superuser, each by itself."""
    for statement in statements:
        psql(server, database, statement + ";")


def psql(server: EmbeddedServer, database: str, script: str, **variables: str) -> str:
    """What psql prints; ends the run where a statement fails."""
    login = sa.make_url(server.superuser_url)
    url = login.set(drivername="postgresql", database=database)._replace(password=None)
    command = [str(server.psql_path), "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    for name, value in variables.items():
        command += ["-v", f"{name}={value}"]
    done = subprocess.run(
        [*command, str(url)],
        input=script,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PGPASSWORD": str(login.password)},
    )
    if done.returncode:
        sys.exit(f"psql: {done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
