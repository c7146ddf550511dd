"""What a past revision costs: typical questions as they are now and as of a revision, in pairs, as a ratio.

daybook load sample
DATABASE_URL=... python benchmarks/as_of.py --revision 13
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from data.config import load_settings
from data.db import Database, make_engine
from data.queries.cohorts import monthly_cohorts
from data.queries.metrics import metric_result
from data.queries.pairs import bought_together
from data.queries.revisions import current_revision
from data.queries.slices import Slice
from data.scope import Scope
from data.semantic.question import Compare, Filter, Order, Query, Top, Versus
from data.semantic.types import Grain

EVERYTHING = Scope.everything()
YEAR = Slice(date(2017, 1, 1), date(2018, 1, 1), EVERYTHING)
Ask = Callable[[int | None], object]
KPI = ("net_sales", "baskets", "households", "average_basket", "units", "discount_rate")
BEFORE = Compare(Versus.RANGE, date(2017, 11, 6), date(2017, 12, 4))
QUESTIONS = {
    "by day": Query(("net_sales",), grain=Grain.DAY),
    "week by department": Query(("net_sales",), ("department",), Grain.WEEK),
    "six figures, two periods": Query(KPI, start=date(2017, 12, 4), end=date(2018, 1, 1), compare=BEFORE),
    "top 20 products": Query(
        ("net_sales",), ("product",), order_by=(Order("net_sales", descending=True),),
        top=(Top("product", 20, "net_sales", ascending=False),),
    ),
    "store ranking": Query(("net_sales", "baskets"), ("store",)),
    "discount rate by brand": Query(("discount_rate",), ("brand",)),
    "hour by weekday": Query(("baskets",), ("hour", "weekday")),
    "one department by week": Query(("net_sales",), grain=Grain.WEEK, filters=(Filter("department", ("GROCERY",)),)),
}  # fmt: skip


def main() -> None:
    """Print a line for each question: medians in milliseconds, and how many times as long the past takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--revision", type=int)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    url = load_settings().database_url
    if url is None:
        raise SystemExit("DATABASE_URL must name a database with the sample")
    engine = make_engine(url.get_secret_value())
    database = Database(engine, engine, engine)
    with database.reading(EVERYTHING) as conn:
        revision = asked.revision or current_revision(conn)
        for name, ask in _asks(conn).items():
            now, then = _pairs(ask, revision, asked.rounds)
            print(f"{name:28} now {now:7.0f} ms, as of {revision} {then:7.0f} ms, {then / now:5.2f} times")
    engine.dispose()


def _asks(conn: sa.Connection) -> dict[str, Ask]:
    """Each question as a function of the revision; None is now."""

    def figures(query: Query) -> Ask:
        return lambda revision: metric_result(conn, query, scope=EVERYTHING, revision=revision)

    return {name: figures(query) for name, query in QUESTIONS.items()} | {
        "monthly cohorts": lambda revision: monthly_cohorts(conn, replace(YEAR, revision=revision)),
        "product pairs": lambda revision: bought_together(conn, replace(YEAR, revision=revision)),
    }


def _pairs(ask: Ask, revision: int, rounds: int) -> tuple[float, float]:
    now, then = [], []
    for _ in range(rounds):
        now.append(_milliseconds(lambda: ask(None)))
        then.append(_milliseconds(lambda: ask(revision)))
    return statistics.median(now), statistics.median(then)


def _milliseconds(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
