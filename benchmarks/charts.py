"""How long the database takes for every chart of the pages, and for typical questions, under one filter at a time.

daybook load sample
DATABASE_URL=... python benchmarks/charts.py [--only questions overview stores ...] [--seconds 10]      # reads only

A cell is the longest statement of a page, or the one of a question, in milliseconds: of the second of two runs, so that
the tables are in memory, with an empty cache of results. Filters are by the member that sold most. A page is run as its
script, by somebody who sees everything. `>` stands where a statement was given up after that many seconds.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from streamlit import config
from streamlit.testing.v1 import AppTest

from dashboard import auth, load
from dashboard.kept import forget
from dashboard.periods import Period, Span, span_of
from dashboard.selection import LISTS
from data.accounts.user import User
from data.cache import ResultCache
from data.config import load_settings
from data.db import Database, make_engine
from data.queries.cohorts import monthly_cohorts
from data.queries.freshness import freshness
from data.queries.metrics import metric_result
from data.queries.pairs import bought_together
from data.queries.slices import Slice
from data.scope import Scope
from data.semantic.question import Compare, Filter, Order, Query, Top, Versus
from data.semantic.types import Grain

PAGES = ("overview", "products", "stores", "customers", "calendar", "promotions", "attainment")
PERIODS = (Period.DAYS_28, Period.WEEKS_13, Period.YEAR_TO_DATE, Period.ALL)
FILTERED = ("department", "category", "brand", "store", "region", "age")
KPI = ("net_sales", "units", "baskets", "households", "average_basket", "discount_rate")
EVERYTHING = Scope.everything()
PLACE = Path(__file__).parent.parent / "pages"
Asked = Callable[[sa.Connection, Span, tuple[Filter, ...]], object]


def figures(*metrics: str, by: tuple[str, ...] = (), grain: Grain | None = None, **more: Any) -> Asked:
    """A question to the semantic layer."""

    def ask(conn: sa.Connection, span: Span, filters: tuple[Filter, ...]) -> object:
        query = Query(metrics, by, grain, span.start, span.end, filters=filters, **more)
        return metric_result(conn, query, scope=EVERYTHING)

    return ask


def sliced(read: Callable[[sa.Connection, Slice], object]) -> Asked:
    """A question about part of the sales that has a statement of its own."""
    return lambda conn, span, filters: read(conn, Slice(span.start, span.end, EVERYTHING, filters=filters))


QUESTIONS: dict[str, Asked] = {
    "by day": figures("net_sales", grain=Grain.DAY),
    "week by department": figures("net_sales", by=("department",), grain=Grain.WEEK),
    "six figures, two periods": figures(*KPI, compare=Compare(Versus.PREVIOUS)),
    "top 20 products": figures(
        "net_sales",
        by=("product",),
        order_by=(Order("net_sales", descending=True),),
        top=(Top("product", 20, "net_sales"),),
    ),
    "store ranking": figures("net_sales", "baskets", by=("store",)),
    "discount rate by brand": figures("discount_rate", by=("brand",)),
    "hour by weekday": figures("net_sales", "baskets", by=("hour", "weekday")),
    "monthly cohorts": sliced(monthly_cohorts),
    "product pairs": sliced(bought_together),
}


class GivenUp(Exception):
    """A page ended with an error; the only one to be expected is a statement that took too long."""


class Stopwatch:
    """The longest statement since it was last asked, in milliseconds."""

    def __init__(self) -> None:
        self.longest = 0.0
        sa.event.listen(sa.Engine, "before_cursor_execute", self._begin)
        sa.event.listen(sa.Engine, "after_cursor_execute", self._end)

    def _begin(self, conn: sa.Connection, *_: object) -> None:
        conn.info["began"] = time.perf_counter()

    def _end(self, conn: sa.Connection, *_: object) -> None:
        self.longest = max(self.longest, 1000 * (time.perf_counter() - conn.info["began"]))


def measured(watch: Stopwatch, ask: Callable[[], object], seconds: int) -> str:
    """How long the longest statement of `ask` took, the second time."""
    for _ in range(2):
        load.Resources.cache = ResultCache()
        forget()
        watch.longest = 0.0
        try:
            ask()
        except (OperationalError, GivenUp):
            return f"> {seconds} s"
        if watch.longest > 1000 * seconds / 2:
            break  # a second time would tell no more
    return f"{watch.longest:.0f}"


def page(name: str, period: Period, filters: tuple[Filter, ...], user: User) -> None:
    """Run a page's script; what its statements raise is raised."""
    app = AppTest.from_file(str(PLACE / f"{name}.py"), default_timeout=600)
    app.query_params["p"] = period.value
    for item in filters:
        app.query_params[LISTS[item.dimension]] = str(item.members[0])
    with mock.patch.object(auth, "require", return_value=user):
        app.run()
    if app.exception:
        raise GivenUp(app.exception[0].message)


def largest(conn: sa.Connection) -> dict[str, tuple[Filter, ...]]:
    """A filter for each dimension, by the member that sold most in all; none comes first."""
    found: dict[str, tuple[Filter, ...]] = {"": ()}
    for name in FILTERED:
        order = (Order("net_sales", descending=True),)
        frame = metric_result(conn, Query(("net_sales",), (name,), order_by=order, limit=1), scope=EVERYTHING).frame
        found[name] = (Filter(name, (frame[name].tolist()[0],)),)
    return found


def spans(first: date, last: date) -> dict[Period, Span]:
    return {period: span_of(period, first=first, last=last) for period in PERIODS}


@contextmanager
def opened(seconds: int) -> Iterator[Database]:
    """The database that DATABASE_URL names, with its pages' reads given up after `seconds`."""
    url = load_settings().database_url
    if url is None:
        raise SystemExit("DATABASE_URL must name a database with the sample")
    engine = make_engine(url.get_secret_value())
    database = Database(engine, engine, engine, seconds)
    load.use(database)
    yield database
    engine.dispose()


def tell(what: str, filtered: str, cells: list[str]) -> None:
    print(f"| {what} | {filtered or 'none'} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Print a row for each question or page and filter, a column for each period."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=("questions", *PAGES), default=("questions", *PAGES))
    parser.add_argument("--seconds", type=int, default=10)
    asked = parser.parse_args()
    logging.disable(logging.ERROR)
    config.set_option("logger.enableRich", False)  # what a page ends with is told here
    watch = Stopwatch()
    with opened(asked.seconds) as database:
        with database.reading(EVERYTHING) as conn:
            fresh, filters = freshness(conn), largest(conn)
        if fresh.first_business_date is None or fresh.last_business_date is None:
            raise SystemExit("the database holds no facts")
        periods = spans(fresh.first_business_date, fresh.last_business_date)
        print(f"| | filter | {' | '.join(period.value for period in PERIODS)} |\n|---|---|{'---|' * len(PERIODS)}")
        if "questions" in asked.only:
            _tell_questions(database, watch, periods, filters, asked.seconds)
        user = User(0, "benchmark", "Benchmark", "manager", EVERYTHING)
        for name in (name for name in PAGES if name in asked.only):
            for filtered in ("", *LISTS):
                runs = [partial(page, name, period, filters[filtered], user) for period in PERIODS]
                tell(name, filtered, [measured(watch, run, asked.seconds) for run in runs])


def _tell_questions(
    database: Database,
    watch: Stopwatch,
    periods: dict[Period, Span],
    filters: dict[str, tuple[Filter, ...]],
    seconds: int,
) -> None:
    def answer(ask: Asked, span: Span, kept: tuple[Filter, ...]) -> None:
        with database.reading(EVERYTHING) as conn:
            ask(conn, span, kept)

    for name, ask in QUESTIONS.items():
        for filtered, kept in filters.items():
            asked = [partial(answer, ask, span, kept) for span in periods.values()]
            tell(name, filtered, [measured(watch, once, seconds) for once in asked])


if __name__ == "__main__":
    main()
