"""What Daybook itself takes beside its SQL: a question of 1,000 rows never asked before, and one asked before.

daybook load sample
DATABASE_URL=... python benchmarks/own_time.py        # reads only

Own time is that of the call less that of its statements, from when each is sent until its rows are here: to compile
the question, to look up what it rests on, to make a frame, to keep it, and to write it as the HTTP API does.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from dashboard.api.v1.answers import Form, written
from data.cache import ResultCache
from data.config import load_settings
from data.db import Database, make_engine
from data.queries.metrics import metric_result
from data.scope import Scope
from data.semantic.question import Query
from data.semantic.types import Grain

EVERYTHING = Scope.everything()
ROWS, FIRST = 1000, date(2017, 1, 1)
NEW, KEPT, WRITTEN = "never asked before", "asked before", "written as JSON"
MOST_MS = {NEW: 10, KEPT: 3}


@dataclass
class Taken:
    """Milliseconds of each kind of call, and those of its statements."""

    whole: dict[str, list[float]] = field(default_factory=dict)
    sql: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def timed(self, what: str, statements: list[float]) -> Iterator[None]:
        statements.clear()
        began = time.perf_counter()
        yield
        self.whole.setdefault(what, []).append(1000 * (time.perf_counter() - began))
        self.sql.setdefault(what, []).append(1000 * sum(statements))


def statement_times(engine: sa.Engine) -> list[float]:
    """A list that the seconds of every statement of the engine are added to."""
    told: list[float] = []

    def sent(conn: sa.Connection, *_: Any) -> None:
        conn.info["sent"] = time.perf_counter()

    def here(conn: sa.Connection, *_: Any) -> None:
        told.append(time.perf_counter() - conn.info["sent"])

    sa.event.listen(engine, "before_cursor_execute", sent)
    sa.event.listen(engine, "after_cursor_execute", here)
    return told


def question(at: int) -> Query:
    """Weeks by category: some 300 categories, of which the first 1,000 rows are asked for."""
    start = FIRST + timedelta(at)
    return Query(("net_sales", "units", "discount_rate"), ("category",), Grain.WEEK, start,
                 start + timedelta(84), limit=ROWS)  # fmt: skip


def main() -> None:
    """Print a line for each kind of call: medians of the call, of its SQL, and of what is beside it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    asked = parser.parse_args()
    url = load_settings().database_url
    if url is None:
        raise SystemExit("DATABASE_URL must name a database with the sample")
    engine = make_engine(url.get_secret_value())
    database, cache, taken = Database(engine, engine, engine), ResultCache(), Taken()
    statements = statement_times(engine)
    gc.collect()
    gc.freeze()  # as a process that serves does
    for at in range(-5, asked.rounds):  # the first few are not counted: a connection, and the catalog, are new to them
        counted, query = taken if at >= 0 else Taken(), question(at + 5)
        for what in (NEW, KEPT):  # each in a transaction of its own, as requests are
            with database.reading(EVERYTHING) as conn, counted.timed(what, statements):
                result = metric_result(conn, query, scope=EVERYTHING, cache=cache)
        if len(result.frame) != ROWS:
            raise SystemExit(f"the sample gives {ROWS} rows; got {len(result.frame)}")
        with counted.timed(WRITTEN, statements):
            written(Form.JSON, result, ROWS, sql=False)
    for what, whole in taken.whole.items():
        own = statistics.median(one - sql for one, sql in zip(whole, taken.sql[what], strict=True))
        most = f", at most {MOST_MS[what]} are asked" if what in MOST_MS else ""
        print(f"{what:20} {statistics.median(whole):7.2f} ms, its SQL {statistics.median(taken.sql[what]):7.2f}, "
              f"beside it {own:6.2f}{most}")  # fmt: skip
    database.dispose()


if __name__ == "__main__":
    main()
