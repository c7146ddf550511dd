"""What rollups are worth: typical questions from rollups and from lines, in turns, as a ratio; both answers compared.

daybook load sample
DATABASE_URL=... python benchmarks/rollups.py
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import date

import pandas as pd
import sqlalchemy as sa

from data.config import load_settings
from data.db import Database, make_engine
from data.frames import read_frame
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.compile import compile_query
from data.semantic.question import Compare, Filter, Query, Versus
from data.semantic.sources import rows_at
from data.semantic.types import Grain

EVERYTHING = Scope.everything()
YEAR = (date(2017, 1, 1), date(2018, 1, 1))
MONTH = (date(2017, 12, 4), date(2018, 1, 1))
BEFORE = Compare(Versus.PREVIOUS)
KPI = ("net_sales", "units", "baskets", "households", "average_basket", "discount_rate")
GROCERY = (Filter("department", ("GROCERY",)),)
QUESTIONS = {
    "by day, a year": Query(("net_sales",), (), Grain.DAY, *YEAR),
    "week by department, a year": Query(("net_sales",), ("department",), Grain.WEEK, *YEAR),
    "six figures, 28 days and before": Query(KPI, (), None, *MONTH, compare=BEFORE),
    "six figures, a year": Query(KPI, (), None, *YEAR),
    "departments, 28 days and before": Query(("net_sales", "units"), ("department",), None, *MONTH, compare=BEFORE),
    "categories of a department, a year": Query(("net_sales",), ("category",), None, *YEAR, filters=GROCERY),
    "store ranking, a year": Query(("net_sales", "baskets"), ("store",), None, *YEAR),
    "discount rate by brand, a year": Query(("discount_rate",), ("brand",), None, *YEAR),
    "hour by weekday, a year": Query(("net_sales", "baskets"), ("hour", "weekday"), None, *YEAR),
    "households by age, a year": Query(("households",), ("age",), None, *YEAR),
}


def seconds(conn: sa.Connection, query: Query, *, by_rollups: bool) -> tuple[float, pd.DataFrame, tuple[str, ...]]:
    """How long the answer takes, the answer, and the rollups that it was read from."""
    compiled = compile_query(query, catalog=catalog(), source=rows_at(None), scope=EVERYTHING, by_rollups=by_rollups)
    began = time.perf_counter()
    frame = read_frame(conn, compiled.statement, compiled.columns)
    return time.perf_counter() - began, frame, compiled.rollups


def main() -> None:
    """Print a line for each question: medians in milliseconds, and how many times as long the lines take."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    url = load_settings().database_url
    if url is None:
        raise SystemExit("DATABASE_URL must name a database with the sample")
    engine = make_engine(url.get_secret_value())
    database = Database(engine, engine, engine)
    for name, query in QUESTIONS.items():
        taken: dict[bool, list[float]] = {True: [], False: []}
        with database.reading(EVERYTHING) as conn:
            for _ in range(asked.rounds):
                first, from_rollups, read = seconds(conn, query, by_rollups=True)
                then, from_lines, _none = seconds(conn, query, by_rollups=False)
                taken[True].append(first)
                taken[False].append(then)
                pd.testing.assert_frame_equal(from_rollups, from_lines)
        rollups, lines = (1000 * statistics.median(taken[side]) for side in (True, False))
        print(f"{name:36} {rollups:8.1f} {lines:8.1f} {lines / rollups:6.1f} times  {', '.join(read)}", flush=True)
    engine.dispose()


if __name__ == "__main__":
    main()
