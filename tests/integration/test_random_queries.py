"""Any combination of metrics, dimensions, grain, period, filters and scope equals a brute-force answer by pandas."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.queries.metrics import metric_result
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.question import Filter, Order, Query
from tests.spec.world import World

FIRST = date(2017, 1, 25)
DEPARTMENTS = {1: ("GROCERY", "MILK"), 2: ("GROCERY", "BREAD"), 3: ("PRODUCE", "FRUIT"), 4: ("FUEL", "FUEL")}
BRANDS = {1: "National", 2: "Private", 3: "National", 4: "National"}
REGIONS = {1: "North", 2: "North", 3: "South"}
DIMENSIONS = ("department", "category", "product", "brand", "store", "region", "weekday")
METRICS = tuple(catalog().metrics)
RULES = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}


def random_lines(seed: int) -> pd.DataFrame:
    """Baskets of one to four lines over forty days, three stores and five households."""
    draw = Random(seed)
    rows = []
    for basket in range(1, 41):
        day = FIRST + timedelta(days=draw.randrange(40))
        store, household = draw.choice(list(REGIONS)), draw.randrange(1, 6)
        for product in draw.sample(list(DEPARTMENTS), draw.randrange(1, 5)):
            net, given_away = draw.randrange(0, 2000), draw.randrange(0, 300)
            rows.append(
                (basket, product, store, household, day, draw.randrange(0, 5), net, given_away, draw.randrange(90))
            )
    names = ["basket", "product", "store", "household", "sold_on", "quantity", "net", "retail_discount", "coupon_match"]
    return pd.DataFrame(rows, columns=names)


def as_text(lines: pd.DataFrame) -> str:
    money = lines.assign(
        **{
            name: lines[name].map(lambda cents: f"{cents / 100:.2f}")
            for name in ("net", "retail_discount", "coupon_match")
        }
    )
    return "\n".join(["  ".join(money.columns), *("  ".join(map(str, row)) for row in money.itertuples(index=False))])


@pytest.fixture(scope="module")
def lines():
    frame = random_lines(7)
    frame["department"] = frame["product"].map(lambda number: DEPARTMENTS[number][0])
    frame["category"] = frame["product"].map(lambda number: " > ".join(DEPARTMENTS[number]))
    frame["brand"] = frame["product"].map(BRANDS)
    frame["region"] = frame["store"].map(REGIONS)
    frame["weekday"] = frame["sold_on"].map(date.isoweekday)
    return frame


@pytest.fixture(scope="module")
def shop(worker_database, lines):
    with worker_database.owner.connect() as conn, conn.begin() as transaction:
        products = "\n".join(
            f"{number}  {DEPARTMENTS[number][0]}  {DEPARTMENTS[number][1]}  {BRANDS[number]}  "
            f"{'thousandth' if number == 4 else 'piece'}"
            for number in DEPARTMENTS
        )
        stores = "\n".join(f"{store}  {region}" for store, region in REGIONS.items())
        world = World(conn)
        world.products(f"product  department  category  brand  unit_of_measure\n{products}")
        world.stores(f"store  region\n{stores}")
        world.lines(as_text(lines[list(random_lines(7).columns)]))
        yield conn
        transaction.rollback()


@st.composite
def queries(draw):
    start = draw(st.none() | st.integers(-5, 45))
    length = draw(st.none() | st.integers(1, 50))
    begin = None if start is None else FIRST + timedelta(days=start)
    end = None if length is None else (begin or FIRST) + timedelta(days=length)
    members = {
        "department": ["GROCERY", "PRODUCE", "FUEL", "NONE"],
        "category": ["GROCERY > MILK", "FUEL > FUEL"],
        "product": [1, 2, 3, 4, 99],
        "brand": ["National", "Private"],
        "store": [1, 2, 3],
        "region": ["North", "South"],
        "weekday": [1, 2, 3, 4, 5, 6, 7],
    }
    filtered = draw(st.lists(st.sampled_from(list(members)), max_size=2, unique=True))
    filters = tuple(
        Filter(name, tuple(draw(st.lists(st.sampled_from(members[name]), min_size=1, max_size=3, unique=True))))
        for name in filtered
    )
    metrics = tuple(draw(st.lists(st.sampled_from(METRICS), min_size=1, max_size=4, unique=True)))
    dimensions = tuple(draw(st.lists(st.sampled_from(DIMENSIONS), max_size=2, unique=True)))
    grain = draw(st.none() | st.sampled_from(list(RULES)))
    order = (Order(metrics[0], descending=draw(st.booleans())),) if draw(st.booleans()) else ()
    query = Query(metrics, dimensions, grain, begin, end, filters, order)
    scope = draw(st.sampled_from([Scope.everything(), Scope.of_stores(1, 3), Scope.of_stores()]))
    return query, scope


def figures(lines: pd.DataFrame) -> dict[str, float]:
    """Every metric of some lines, from its definition in words."""
    pieces = lines[lines["product"] != 4]
    net, discount = lines["net"].sum(), lines["retail_discount"].sum() + lines["coupon_match"].sum()
    baskets, units = lines["basket"].nunique(), pieces["quantity"].sum()

    def ratio(top: float, bottom: float) -> float:
        return top / bottom if bottom else np.nan

    return {
        "net_sales": net,
        "gross_sales": net + discount,
        "discount": discount,
        "coupon_discount": 0,
        "discount_rate": ratio(discount, net + discount),
        "units": units,
        "baskets": baskets,
        "households": lines["household"].nunique(),
        "lines": len(lines),
        "average_basket": ratio(net, baskets),
        "units_per_basket": ratio(units, baskets),
        "average_price": ratio(pieces["net"].sum(), units),
    }


def by_pandas(lines: pd.DataFrame, query: Query, scope: Scope) -> dict[tuple, dict[str, float]]:
    kept = lines if scope.stores is None else lines[lines["store"].isin(scope.stores)]
    if query.start:
        kept = kept[kept["sold_on"] >= query.start]
    if query.end:
        kept = kept[kept["sold_on"] < query.end]
    for item in query.filters:
        kept = kept[kept[item.dimension].isin(item.members)]
    keys = list(query.dimensions)
    if query.grain is None:
        if not keys:
            return {(): figures(kept)}
        return {_tuple(key): figures(group) for key, group in kept.groupby(keys)}
    bucket = pd.to_datetime(kept["sold_on"]).dt.to_period(RULES[query.grain])
    kept = kept.assign(bucket=bucket)
    if kept.empty and (keys or query.start is None or query.end is None):
        return {}
    first = pd.Period(query.start, RULES[query.grain]) if query.start else bucket.min()
    last = pd.Period(query.end - timedelta(days=1), RULES[query.grain]) if query.end else bucket.max()
    members = [_tuple(key) for key, _ in kept.groupby(keys)] if keys else [()]
    answer = {}
    for period in pd.period_range(first, last, freq=RULES[query.grain]):
        for member in members:
            mask = kept["bucket"] == period
            for key, value in zip(keys, member, strict=True):
                mask &= kept[key] == value
            answer[(period.start_time.date(), *member)] = figures(kept[mask])
    return answer


def _tuple(key: object) -> tuple:
    return key if isinstance(key, tuple) else (key,)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=queries())
def test_random_queries_equal_pandas(shop, lines, asked):
    check(shop, lines, *asked)


@pytest.mark.full
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=queries())
def test_many_random_queries_equal_pandas(shop, lines, asked):
    check(shop, lines, *asked)


def check(conn, lines, query, scope):
    frame = metric_result(conn, query, scope=scope).frame
    keys = (["period"] if query.grain else []) + list(query.dimensions)
    if query.grain:
        frame["period"] = frame["period"].dt.date
    found = {tuple(row[key] for key in keys): row for row in frame.to_dict("records")}
    assert len(found) == len(frame)
    expected = by_pandas(lines, query, scope)
    assert set(found) == set(expected)
    for key, values in expected.items():
        for name in query.metrics:
            assert found[key][name] == pytest.approx(values[name], rel=1e-12, nan_ok=True), (key, name)
    if query.order_by:
        ordered = frame[query.metrics[0]].dropna().tolist()
        assert ordered == sorted(ordered, reverse=query.order_by[0].descending)
