"""Typical questions as Daybook answers them and as SQL by hand on the lines, in turns, as a ratio; answers compared.

daybook load sample
DATABASE_URL=... python benchmarks/raw_sql.py        # reads only

The SQL is by somebody who knows the tables: no rollup, no revision, no label. Both must give the same figures.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.config import load_settings
from data.db import Database, make_engine
from data.queries.cohorts import monthly_cohorts
from data.queries.metrics import metric_result
from data.queries.pairs import bought_together
from data.queries.slices import Slice
from data.scope import Scope
from data.semantic.question import Order, Query, Top
from data.semantic.types import Grain

EVERYTHING = Scope.everything()
FIRST, LAST = date(2017, 1, 1), date(2018, 1, 1)
YEAR = Slice(FIRST, LAST, EVERYTHING)
MOST = (Order("net_sales", descending=True),)
BEST = (Top("product", 20, "net_sales", ascending=False),)
QUERIES = {
    "by day": Query(("net_sales",), (), Grain.DAY, FIRST, LAST),
    "week by department": Query(("net_sales",), ("department",), Grain.WEEK, FIRST, LAST),
    "figures of four weeks": Query(("net_sales", "baskets", "households"), (), None, date(2017, 12, 4), LAST),
    "top 20 products": Query(("net_sales",), ("product",), None, FIRST, LAST, order_by=MOST, top=BEST),
    "store ranking": Query(("net_sales", "baskets"), ("store",), None, FIRST, LAST),
    "discount rate by brand": Query(("discount_rate",), ("brand",), None, FIRST, LAST),
    "hour by weekday": Query(("net_sales", "baskets"), ("hour", "weekday"), None, FIRST, LAST),
}
BY_HAND = {
    "by day": """
        select sum(net_cents) from sales_lines
        where sold_on >= '2017-01-01' and sold_on < '2018-01-01' group by sold_on""",
    "week by department": """
        select sum(net_cents) from sales_lines join products using (product_id) join categories using (category_id)
        where sold_on >= '2017-01-01' and sold_on < '2018-01-01' group by date_trunc('week', sold_on), department_id""",
    "figures of four weeks": """
        select sum(net_cents), count(distinct basket_id), count(distinct household_id) from sales_lines
        where sold_on >= '2017-12-04' and sold_on < '2018-01-01'""",
    "top 20 products": """
        select sum(net_cents) from sales_lines where sold_on >= '2017-01-01' and sold_on < '2018-01-01'
        group by product_id order by 1 desc limit 20""",
    "store ranking": """
        select sum(net_cents), count(distinct basket_id) from sales_lines
        where sold_on >= '2017-01-01' and sold_on < '2018-01-01' group by store_id""",
    "discount rate by brand": """
        select sum(retail_discount_cents + coupon_match_cents)::float8
               / nullif(sum(net_cents + retail_discount_cents + coupon_match_cents), 0)
        from sales_lines join products using (product_id)
        where sold_on >= '2017-01-01' and sold_on < '2018-01-01' group by brand""",
    "hour by weekday": """
        select sum(net_cents), count(distinct basket_id) from sales_lines
        where sold_on >= '2017-01-01' and sold_on < '2018-01-01'
        group by extract(hour from sold_at at time zone 'America/New_York'), extract(isodow from sold_on)""",
    "monthly cohorts": """
        with bought as (select household_id, date_trunc('month', sold_on) as month, sum(net_cents) as net
                        from sales_lines where sold_on < '2018-01-01' group by 1, 2),
             first as (select household_id, min(month) as cohort from bought group by 1)
        select count(*), sum(net) from bought join first using (household_id) group by cohort, month""",
    "product pairs": """
        with held as (select distinct basket_id, product_id from sales_lines
                      where sold_on >= '2017-01-01' and sold_on < '2018-01-01'),
             often as (select product_id from held group by 1 order by count(*) desc, 1 limit 100),
             among as (select * from held join often using (product_id))
        select count(*) from among a join among b on a.basket_id = b.basket_id and a.product_id < b.product_id
        group by a.product_id, b.product_id order by 1 desc limit 50""",
}
COLUMNS = {name: list(query.metrics) for name, query in QUERIES.items()} | {
    "monthly cohorts": ["households", "net_sales"],
    "product pairs": ["baskets"],
}


def ways(conn: sa.Connection, name: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """The question asked of Daybook, and by hand."""
    by_hand = sa.text(BY_HAND[name])
    if name == "monthly cohorts":
        return lambda: monthly_cohorts(conn, YEAR).frame, lambda: conn.execute(by_hand).all()
    if name == "product pairs":
        return lambda: bought_together(conn, YEAR).frame, lambda: conn.execute(by_hand).all()
    return lambda: metric_result(conn, QUERIES[name], scope=EVERYTHING).frame, lambda: conn.execute(by_hand).all()


def same(frame: pd.DataFrame, columns: Sequence[str], rows: Sequence[Any], rest: int) -> bool:
    """Whether both hold the same figures, in whatever order; Daybook adds empty days, and what is beside the top."""
    ours = Counter(tuple(round(float(cell), 9) for cell in row) for row in frame[list(columns)].itertuples(index=False))
    theirs = Counter(tuple(round(float("nan" if cell is None else cell), 9) for cell in row) for row in rows)
    extra = [row for row in (ours - theirs).elements() if any(row)]
    return not theirs - ours and len(extra) <= rest


def timed(ask: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = ask()
    return 1000 * (time.perf_counter() - began), answer


def main() -> None:
    """Print a line for each question: medians in milliseconds, and how many times as long the SQL by hand takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    url = load_settings().database_url
    if url is None:
        raise SystemExit("DATABASE_URL must name a database with the sample")
    engine = make_engine(url.get_secret_value())
    database = Database(engine, engine, engine, 600)
    wrong = []
    for name in BY_HAND:
        with database.reading(EVERYTHING) as conn:
            ours, by_hand = ways(conn, name)
            pairs = [(timed(ours), timed(by_hand)) for _ in range(asked.rounds)]
        (_, frame), (_, rows) = pairs[-1]
        equal = same(frame, COLUMNS[name], rows, int(name == "top 20 products"))
        first, then = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
        print(
            f"{name:24} {first:8.1f} by hand {then:8.1f} {then / first:7.1f} times{'' if equal else '  DIFFERS'}",
            flush=True,
        )
        wrong += [] if equal else [name]
    engine.dispose()
    if wrong:
        raise SystemExit(f"not the same figures: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
