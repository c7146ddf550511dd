"""Any combination of metrics, dimensions, grain, filters, comparison, top and totals equals a brute force by pandas."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data.queries.metrics import metric_result
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.question import Compare, Filter, Match, Order, Query, Top, Versus
from data.semantic.types import Grain
from tests.integration.brute_force import (
    BRANDS,
    CAMPAIGNS,
    DEPARTMENTS,
    FIRST,
    OTHERS,
    REGIONS,
    RULES,
    TARGETS,
    TOTAL,
    BruteForce,
    random_lines,
    with_dimensions,
)
from tests.spec.world import World

METRICS = tuple(catalog().metrics)
TOP_METRICS = tuple(name for name in METRICS if name not in {"target", "attainment", "penetration"})
MEMBERS = {
    "department": ["GROCERY", "PRODUCE", "FUEL", "NONE"],
    "category": ["GROCERY > MILK", "FUEL > FUEL"],
    "product": [1, 2, 3, 4, 99],
    "brand": ["National", "Private"],
    "store": [1, 2, 3],
    "region": ["North", "South"],
    "weekday": [1, 2, 3, 4, 5, 6, 7],
    "hour": [7, 8, 23],
    "campaign": [1, 2, 3, 9],
}
OF_A_LONGER_PERIOD = Query(
    ("net_sales",), (), Grain.DAY, FIRST, FIRST + timedelta(days=2),
    compare=Compare(Versus.RANGE, FIRST + timedelta(days=3), FIRST + timedelta(days=30)),
)  # fmt: skip
WORDS = ["o", "MILK", "1", "day", "23:", "roc", "%", "zzz"]


@pytest.fixture(scope="module")
def lines():
    return with_dimensions(random_lines(7))


@pytest.fixture(scope="module")
def shop(worker_database):
    with worker_database.owner.connect() as conn, conn.begin() as transaction:
        products = "\n".join(
            f"{number}  {DEPARTMENTS[number][0]}  {DEPARTMENTS[number][1]}  {BRANDS[number]}  "
            f"{'thousandth' if number == 4 else 'piece'}"
            for number in DEPARTMENTS
        )
        stores = "\n".join(f"{store}  {region}" for store, region in REGIONS.items())
        targets = "\n".join(f"{name}  {month}  {cents / 100:.2f}" for (name, month), cents in TARGETS.items())
        campaigns = "\n".join(
            f"{number}  {start}  {end}  {','.join(map(str, sent))}" for number, (start, end, sent) in CAMPAIGNS.items()
        )
        world = World(conn)
        world.products(f"product  department  category  brand  unit_of_measure\n{products}")
        world.stores(f"store  region\n{stores}")
        world.targets(f"department  month  net\n{targets}")
        world.campaigns(f"campaign  start_on  end_on  households\n{campaigns}")
        world.lines(as_text(random_lines(7)))
        yield conn
        transaction.rollback()


def as_text(lines: pd.DataFrame) -> str:
    money = {
        name: lines[name].map(lambda cents: f"{cents / 100:.2f}") for name in ("net", "retail_discount", "coupon_match")
    }
    frame = lines.assign(**money)
    return "\n".join(["  ".join(frame.columns), *("  ".join(map(str, row)) for row in frame.itertuples(index=False))])


@st.composite
def filters(draw):
    dimension = draw(st.sampled_from(list(MEMBERS)))
    members = MEMBERS[dimension]
    match = draw(st.sampled_from(list(Match)))
    if match is Match.SEARCH:
        return Filter(dimension, (draw(st.sampled_from(WORDS)),), match)
    if match is Match.RANGE:
        bounds = draw(st.tuples(st.none() | st.sampled_from(members), st.none() | st.sampled_from(members)))
        return Filter(dimension, bounds if bounds != (None, None) else (members[0], None), match)
    return Filter(
        dimension, tuple(draw(st.lists(st.sampled_from(members), min_size=1, max_size=3, unique=True))), match
    )


@st.composite
def periods(draw):
    start, length = draw(st.none() | st.integers(-5, 45)), draw(st.none() | st.integers(1, 50))
    begin = None if start is None else FIRST + timedelta(days=start)
    return begin, None if length is None else (begin or FIRST) + timedelta(days=length)


@st.composite
def comparisons(draw, start, end):
    choices = [Versus.TARGET] if start is None or end is None else list(Versus)
    to = draw(st.sampled_from(choices))
    if to is not Versus.RANGE:
        return Compare(to)
    first = FIRST + timedelta(days=draw(st.integers(-5, 40)))
    return Compare(to, first, first + timedelta(days=draw(st.integers(1, 30))))


@st.composite
def queries(draw):
    start, end = draw(periods())
    metrics = tuple(draw(st.lists(st.sampled_from(METRICS), min_size=1, max_size=4, unique=True)))
    dimensions = tuple(draw(st.lists(st.sampled_from(list(MEMBERS)), max_size=2, unique=True)))
    grain = draw(st.none() | st.sampled_from(list(RULES)))
    keys = (("period",) if grain else ()) + dimensions
    top = tuple(
        Top(name, draw(st.integers(1, 2)), draw(st.sampled_from(TOP_METRICS)), draw(st.booleans()))
        for name in dimensions
        if name != "campaign" and draw(st.integers(0, 3)) == 0
    )
    levels = [tuple(key for at, key in enumerate(keys) if mask & 1 << at) for mask in range(2 ** len(keys) - 1)]
    totals = tuple(draw(st.lists(st.sampled_from(levels), max_size=3, unique=True))) if levels else ()
    query = Query(
        metrics=metrics,
        dimensions=dimensions,
        grain=grain,
        start=start,
        end=end,
        filters=tuple(draw(st.lists(filters(), max_size=2, unique_by=lambda item: (item.dimension, item.match)))),
        order_by=(Order(metrics[0], descending=draw(st.booleans())),) if draw(st.booleans()) else (),
        compare=draw(comparisons(start, end)) if draw(st.booleans()) else None,
        top=top if {top.by for top in top} <= set(TOP_METRICS) else (),
        totals=totals,
    )
    scope = draw(st.sampled_from([Scope.everything(), Scope.everything(), Scope.of_stores(1, 3), Scope.of_stores()]))
    return query, scope


@pytest.mark.long
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=queries())
@example(asked=(Query(("target",), grain=Grain.DAY), Scope.everything()))
@example(asked=(OF_A_LONGER_PERIOD, Scope.everything()))
def test_random_queries_equal_pandas(shop, lines, asked):
    check(shop, lines, *asked)


@pytest.mark.full
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=queries())
def test_many_random_queries_equal_pandas(shop, lines, asked):
    check(shop, lines, *asked)


def check(conn: Any, lines: pd.DataFrame, query: Query, scope: Scope) -> None:
    frame = metric_result(conn, query, scope=scope).frame
    brute = BruteForce(lines, query, scope)
    expected = brute.answer()
    found = {key_of(row, query, brute): row for row in frame.to_dict("records")}
    assert len(found) == len(frame)
    assert set(found) == set(expected)
    for key, sides in expected.items():
        for name in query.metrics:
            check_metric(found[key], name, sides, query, brute, key)
    if query.order_by and not query.totals and not query.top:
        ordered = frame[query.metrics[0]].dropna().tolist()
        assert ordered == sorted(ordered, reverse=query.order_by[0].descending)
    if "period_before" in frame and query.keys == ("period",) and not query.order_by and not query.totals:
        assert frame["period_before"].dropna().is_monotonic_increasing


def check_metric(row: dict, name: str, sides: dict, query: Query, brute: BruteForce, key: tuple) -> None:
    now = sides["now"][name]
    same(row[name], now, (key, name))
    if query.compare is None:
        assert f"{name}_before" not in row
        return
    if query.compare.to is Versus.TARGET:
        ending, held = "target", sides["now"]["target"] if name == "net_sales" and brute.targets_known else None
    else:
        ending, held = "before", sides["before"][name]
    same(row[f"{name}_{ending}"], held, (key, name, ending))
    known = not missing(now) and not missing(held)
    same(row[f"{name}_change"], now - held if known else None, (key, name, "change"))
    same(row[f"{name}_change_rate"], now / held - 1 if known and held > 0 else None, (key, name, "rate"))


def same(found: Any, expected: Any, where: Any) -> None:
    if missing(expected):
        assert missing(found), where
    else:
        assert not missing(found), where
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12), where


def missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def key_of(row: dict, query: Query, brute: BruteForce) -> tuple:
    """The row's key as the brute force writes it; a period as the place of its bucket."""
    key = []
    for name in query.keys:
        kind = row.get(f"{name}_kind", "member")
        if kind != "member":
            assert missing(row[name])
            key.append({"others": OTHERS, "total": TOTAL}[kind])
        elif name == "period":
            key.append(place_of(row, brute))
        else:
            key.append(row[name])
    return tuple(key)


def place_of(row: dict, brute: BruteForce) -> int:
    places = {brute.own.places.index(row["period"].date())} if not missing(row["period"]) else set()
    if brute.before is not None and not missing(row["period_before"]):
        places.add(brute.before.places.index(row["period_before"].date()))
    assert len(places) == 1
    return places.pop()
