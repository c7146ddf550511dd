"""Cohorts, loyalty, pairs, Pareto, campaigns and run rates of the sample against plain pandas on its files."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from data.errors import InvalidFilter, UnknownName, UsageError
from data.queries.campaigns import campaign_dates, campaign_list, campaign_phases, campaign_weeks
from data.queries.cohorts import monthly_cohorts
from data.queries.event_days import event_days
from data.queries.loyalty import loyalty_grid, loyalty_segments
from data.queries.pairs import bought_together
from data.queries.pareto import pareto_classes, pareto_curve
from data.queries.run_rate import attainment_by_month, attainment_of_all, run_rates
from data.queries.slices import Slice
from data.scope import Scope
from data.semantic.question import Filter
from tests.integration.test_sample_explored import file
from tests.integration.test_sample_figures import ALL, YEAR, in_period, lines

__all__ = ["lines"]  # the fixture
pytestmark = [pytest.mark.sample]
DECEMBER = (date(2017, 12, 1), date(2018, 1, 1))
FACTS = (date(2017, 1, 1), date(2017, 12, 31))
A_STORE = 367


def asked(dates=YEAR, *filters, scope=ALL, revision=None):
    return Slice(*dates, scope, filters, revision)


def found(sample, question, *args, scope=ALL, **named):
    with sample.reading(scope) as conn:
        return question(conn, *args, **named).frame


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ((), lambda rows: rows),
        ((Filter("department", ("MEAT",)),), lambda rows: rows[rows["department"] == "MEAT"]),
        ((Filter("store", (A_STORE,)),), lambda rows: rows[rows["store_id"] == A_STORE]),
    ],
)
def test_cohorts(sample, lines, filters, kept):
    rows = kept(lines).assign(month=lambda r: pd.to_datetime(r["day"]).dt.to_period("M"))
    rows["cohort"] = rows.groupby("household_id")["month"].transform("min")
    expected = rows.groupby(["cohort", "month"]).agg(households=("household_id", "nunique"), net=("sales_value", "sum"))
    frame = found(sample, monthly_cohorts, asked(DECEMBER, *filters))
    keys = zip(frame["cohort"].dt.to_period("M"), frame["month"].dt.to_period("M"), strict=True)
    assert dict(zip(keys, frame["households"], strict=True)) == expected["households"].to_dict()
    assert frame["net_sales"].tolist() == expected["net"].tolist()
    sizes = rows.groupby("cohort")["household_id"].nunique()
    share = expected["households"] / expected.index.get_level_values("cohort").map(sizes)
    assert frame["retention"].to_numpy() == pytest.approx(share.to_numpy(), rel=1e-12)


def fifth(values, *, best_is_high):
    order = values.rank(method="max", ascending=best_is_high)
    return np.ceil(order * 5 / len(values)).astype(int)


def named_segment(recency, frequency):
    if recency >= 4 and frequency >= 4:
        return "Champions"
    if recency >= 3 and frequency >= 3:
        return "Loyal"
    if recency >= 3:
        return "Occasional"
    return "At risk" if frequency >= 3 else "Lapsed"


def households_of(lines, end):
    rows = in_period(lines, end - timedelta(weeks=52), end)
    found = rows.groupby("household_id").agg(
        last=("day", "max"), baskets=("basket_id", "nunique"), net=("sales_value", "sum")
    )
    found["since"] = [(end - timedelta(days=1) - last).days for last in found["last"]]
    found["recency"] = fifth(found["since"], best_is_high=False)
    found["frequency"] = fifth(found["baskets"], best_is_high=True)
    found["value"] = fifth(found["net"], best_is_high=True)
    found["segment"] = [named_segment(*pair) for pair in zip(found["recency"], found["frequency"], strict=True)]
    return found


@pytest.mark.parametrize("end", [date(2018, 1, 1), date(2017, 10, 1)])
def test_loyalty(sample, lines, end):
    people = households_of(lines, end)
    grid = found(sample, loyalty_grid, asked((end - timedelta(days=28), end)))
    cells = people.groupby(["recency", "frequency"])
    keys = list(zip(grid["recency"], grid["frequency"], strict=True))
    assert dict(zip(keys, grid["households"], strict=True)) == cells.size().to_dict()
    assert dict(zip(keys, grid["net_sales"], strict=True)) == cells["net"].sum().to_dict()
    assert dict(zip(keys, grid["segment"], strict=True)) == cells["segment"].first().to_dict()
    table = found(sample, loyalty_segments, asked((end - timedelta(days=28), end))).set_index("segment")
    by = people.groupby("segment")
    assert table["households"].to_dict() == by.size().to_dict()
    assert table["net_sales"].to_dict() == by["net"].sum().to_dict()
    for column, expected in {
        "share": by.size() / len(people),
        "net_share": by["net"].sum() / people["net"].sum(),
        "days_since": by["since"].mean(),
        "baskets_each": by["baskets"].mean(),
        "value_each": by["net"].mean(),
        "best_share": by["value"].agg(lambda fifths: (fifths == 5).mean()),
    }.items():
        assert table[column].to_dict() == pytest.approx(expected.to_dict(), rel=1e-9), column


@pytest.mark.parametrize("dimension", ["product", "department"])
def test_pairs_bought_together(sample, lines, dimension):
    column = {"product": "product_id", "department": "department"}[dimension]
    rows = in_period(lines, *DECEMBER)
    held = rows.groupby("basket_id")[column].agg(set)
    counts = Counter(member for members in held for member in members)
    often = set(sorted(counts, key=lambda member: (-counts[member], member))[:100])
    met = Counter(pair for members in held for pair in combinations(sorted(members & often), 2))
    frame = found(sample, bought_together, asked(DECEMBER), dimension=dimension, limit=40)
    assert frame["baskets"].tolist() == sorted(met.values(), reverse=True)[:40]
    assert frame["baskets"].is_monotonic_decreasing
    for row in frame.itertuples():
        both = met[tuple(sorted((row.one, row.other)))]
        assert row.baskets == both
        assert counts[row.one] >= counts[row.other]
        assert row.of_one == pytest.approx(both / counts[row.one])
        assert row.of_other == pytest.approx(both / counts[row.other])
        assert row.lift == pytest.approx(both * len(held) / counts[row.one] / counts[row.other])


def test_pareto(sample, lines):
    net = in_period(lines, *DECEMBER).groupby("product_id")["sales_value"].sum().sort_index()
    net = net.sort_values(ascending=False, kind="stable")
    running = net.cumsum().to_numpy()
    curve = found(sample, pareto_curve, asked(DECEMBER))
    shares = [*range(1, 51), *range(60, 1001, 10)]  # in tenths of a percent
    places = [int(np.floor(tenths * len(net) / 1000)) for tenths in shares]
    assert curve["products"].tolist() == places
    assert curve["net_sales"].tolist() == [running[place - 1] for place in places]
    assert curve["net_share"].iloc[-1] == curve["product_share"].iloc[-1] == 1
    classes = found(sample, pareto_classes, asked(DECEMBER)).set_index("class")
    before = running - net.to_numpy()
    named = np.where(before * 100 < net.sum() * 80, "A", np.where(before * 100 < net.sum() * 95, "B", "C"))
    assert classes["products"].to_dict() == pd.Series(named).value_counts().to_dict()
    assert classes["net_sales"].to_dict() == net.groupby(named).sum().to_dict()
    assert classes["product_share"].sum() == pytest.approx(1)


def test_reach_and_redemption_of_campaigns(sample):
    frame = found(sample, campaign_list, asked()).set_index("campaign")
    sent, coupons, redeemed, listed = map(file, ("campaigns", "coupons", "coupon_redemptions", "campaign_descriptions"))
    for rows in (sent, coupons, redeemed, listed):
        rows["campaign_id"] = rows["campaign_id"].astype(int)
    assert set(frame.index) == set(listed["campaign_id"])
    reach = sent.groupby("campaign_id")["household_id"].nunique()
    redeemers = redeemed.groupby("campaign_id")["household_id"].nunique().reindex(frame.index).fillna(0).astype(int)
    assert frame["households"].to_dict() == reach.to_dict()
    assert frame["redeemers"].to_dict() == redeemers.to_dict()
    assert frame["redemptions"].sum() == len(redeemed)
    offered = coupons.groupby("campaign_id")
    assert frame["coupons"].to_dict() == offered["coupon_upc"].nunique().to_dict()
    assert frame["products"].to_dict() == offered["product_id"].nunique().to_dict()
    rate = redeemers / reach.reindex(frame.index)
    assert frame["redemption_rate"].to_dict() == pytest.approx(rate.to_dict())
    in_may = found(sample, campaign_list, asked((date(2017, 5, 1), date(2017, 6, 1))))
    dates = listed[(listed["start_date"] < "2017-06-01") & (listed["end_date"] >= "2017-05-01")]
    assert sorted(in_may["campaign"]) == sorted(dates["campaign_id"])


@pytest.mark.parametrize("number", [18, 23, 1])
@pytest.mark.parametrize("department", [None, "MEAT"])
def test_sales_before_during_and_after_a_campaign(sample, lines, number, department):
    filters = () if department is None else (Filter("department", (department,)),)
    rows = lines if department is None else lines[lines["department"] == department]
    listed = file("campaign_descriptions").astype({"campaign_id": int}).set_index("campaign_id").loc[number]
    start, end = listed["start_date"].date(), listed["end_date"].date() + timedelta(days=1)
    reached = set(file("campaigns").astype({"campaign_id": int}).query("campaign_id == @number")["household_id"])
    everybody = set(lines["household_id"]) | set(file("demographics")["household_id"])
    sizes = {"Received it": len(reached & everybody), "Did not receive it": len(everybody - reached)}
    group = rows["household_id"].isin(reached).map({True: "Received it", False: "Did not receive it"})
    with sample.reading(ALL) as conn:
        campaign = campaign_dates(conn, asked(), campaign=number)
        phases = campaign_phases(conn, asked(YEAR, *filters), campaign=campaign, facts=FACTS).frame
        weeks = campaign_weeks(conn, asked(YEAR, *filters), campaign=campaign, facts=FACTS).frame
    length, limits = end - start, (FACTS[0], FACTS[1] + timedelta(days=1))
    spans = {"Before": (start - length, start), "During": (start, end), "After": (end, end + length)}
    spans = {name: (max(a, limits[0]), min(b, limits[1])) for name, (a, b) in spans.items()}
    spans = {name: (a, b) for name, (a, b) in spans.items() if a < b}
    assert phases["phase"].drop_duplicates().tolist() == list(spans)
    for row in phases.itertuples():
        first, until = spans[row.phase]
        net = rows.loc[(group == row.group) & (rows["day"] >= first) & (rows["day"] < until), "sales_value"].sum()
        assert (row.net_sales, row.households) == (net, sizes[row.group])
        assert row.net_a_week == pytest.approx(net * 7 / (until - first).days / sizes[row.group])
    assert len(weeks)
    for row in weeks.itertuples():
        first = row.week.date()
        assert (first - start).days % 7 == 0
        assert next(iter(spans.values()))[0] <= first
        assert first + timedelta(days=7) <= list(spans.values())[-1][1]
        in_week = (rows["day"] >= first) & (rows["day"] < first + timedelta(days=7))
        net = rows.loc[(group == row.group) & in_week, "sales_value"].sum()
        assert row.net_sales == net
        assert row.net_each == pytest.approx(net / sizes[row.group])


def test_run_rates(sample, lines):
    last = date(2017, 12, 20)
    with sample.reading(ALL) as conn:
        frame = run_rates(conn, asked(), last=last)
    sold = in_period(lines, date(2017, 12, 1), last + timedelta(days=1)).groupby("department")["sales_value"].sum()
    whole = in_period(lines, *DECEMBER).groupby("department")["sales_value"].sum()
    assert len(frame) > 15
    assert frame["missing"].is_monotonic_increasing
    for row in frame.itertuples():
        net = int(sold.get(row.department, 0))
        assert row.net_sales == net
        assert abs(row.run_rate - net * 31 / 20) <= 0.5
        assert row.missing == row.run_rate - row.target
        assert row.attained == pytest.approx(net / row.target)
        assert 0.9 < row.target / whole[row.department] < 1.2  # seeded from the month's own sales


def test_attainment_by_month(sample, lines):
    with sample.reading(ALL) as conn:
        each = attainment_by_month(conn, asked())
        together = attainment_of_all(conn, asked())
        wanted = pd.read_sql("select name, month, net_cents from targets join departments using (department_id)", conn)
    wanted["month"] = pd.to_datetime(wanted["month"])
    targets = wanted.set_index(["name", "month"])["net_cents"]
    rows = lines.assign(month=pd.to_datetime(lines["day"]).dt.to_period("M").dt.to_timestamp())
    sold = rows.groupby(["department", "month"])["sales_value"].sum()
    known = each.dropna(subset=["attainment"])
    assert len(known) == len(targets)
    for row in known.itertuples():
        assert row.target == targets[row.department, row.period]
        assert row.net_sales == sold.get((row.department, row.period), 0)
        assert row.attainment == pytest.approx(row.net_sales / row.target)
    assert together["target"].tolist() == targets.groupby("month").sum().tolist()
    assert together["net_sales"].tolist() == rows.groupby("month")["sales_value"].sum().tolist()


def test_days_of_events_against_the_same_weekdays(lines):
    daily = lines.groupby(pd.to_datetime(lines["day"]))["sales_value"].sum()
    frame = pd.DataFrame({"period": daily.index, "net_sales": daily.to_numpy()})
    events = pd.DataFrame(
        [("Thanksgiving", "2017-11-23", "2017-11-24", ""), ("Christmas", "2017-12-25", "2017-12-26", "")],
        columns=["name", "start_on", "end_on", "place"],
    ).astype({"start_on": "datetime64[s]", "end_on": "datetime64[s]"})
    found = event_days(frame, events, start=date(2017, 11, 1), end=date(2018, 1, 1), last=date(2017, 12, 31))
    thanksgiving, christmas = found.itertuples()
    near = [date(2017, 11, 23) + timedelta(weeks=n) for n in (-4, -3, -2, -1, 1, 2, 3, 4)]
    assert thanksgiving.net_sales == daily["2017-11-23"]
    assert thanksgiving.usual == pytest.approx(daily[pd.to_datetime(near)].mean(), abs=0.5)
    mondays = [date(2017, 11, 27), date(2017, 12, 4), date(2017, 12, 11), date(2017, 12, 18)]  # none after it has facts
    assert christmas.net_sales == 0
    assert christmas.usual == pytest.approx(daily[pd.to_datetime(mondays)].mean(), abs=0.5)
    assert christmas.change == -1


def test_a_scope_and_a_past_revision_bound_every_analysis(sample, lines):
    scope = Scope.of_stores(A_STORE)
    mine = lines[lines["store_id"] == A_STORE]
    cohorts = found(sample, monthly_cohorts, asked(scope=scope), scope=scope)
    assert cohorts["net_sales"].sum() == mine["sales_value"].sum()
    curve = found(sample, pareto_curve, asked(scope=scope), scope=scope)
    assert curve["net_sales"].iloc[-1] == mine["sales_value"].sum()
    early = found(sample, monthly_cohorts, asked(revision=3))  # January and February
    known = lines[lines["day"] < date(2017, 3, 1)]
    assert early["net_sales"].sum() == known["sales_value"].sum()
    grid = found(sample, loyalty_grid, asked(revision=3))
    assert grid["households"].sum() == in_period(known, date(2017, 1, 2), YEAR[1])["household_id"].nunique()
    pairs = found(sample, bought_together, asked(revision=3), limit=5)
    assert pairs["baskets"].iloc[0] < found(sample, bought_together, asked(), limit=5)["baskets"].iloc[0]


def test_nothing_sold_is_an_empty_answer(sample):
    nothing = asked((date(2019, 1, 1), date(2019, 2, 1)), Filter("store", (1,)))
    for question in (loyalty_grid, loyalty_segments, bought_together, pareto_curve, pareto_classes, campaign_list):
        assert found(sample, question, nothing).empty
    with sample.reading(ALL) as conn:
        assert run_rates(conn, asked(), last=date(2019, 1, 15)).empty


def test_what_is_not_known_is_refused(sample):
    with pytest.raises(UnknownName, match="no such dimension: 'shelf'"):
        asked(YEAR, Filter("shelf", ("top",)))
    with pytest.raises(InvalidFilter):
        asked(YEAR, Filter("store", ("not a number",)))
    with sample.reading(ALL) as conn:
        with pytest.raises(UnknownName, match="no such campaign: 99"):
            campaign_dates(conn, asked(), campaign=99)
        with pytest.raises(UsageError, match="pairs are of product, category, department; got 'store'"):
            bought_together(conn, asked(), dimension="store")
