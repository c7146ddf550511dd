"""Reference tables from files: names resolved, only what differs written, faults named."""

from __future__ import annotations

import csv

import pytest

from data.errors import AlreadyLoaded, LoadError
from data.loading.reference import REFERENCE_TABLES
from data.loading.rejects import Rejected

PRODUCTS = "product,department,category,manufacturer,brand,product_type,package_size,unit_of_measure\n"
HIERARCHY = (
    "select p.product_id, d.name, c.name from products p join categories c using (category_id) "
    "join departments d using (department_id) order by 1"
)


def refusal(loader, table, text, **options):
    with pytest.raises(Rejected) as raised:
        loader.load(table, text, **options)
    with raised.value.report.open(encoding="utf-8", newline="") as report:
        return [tuple(row[1:]) for row in list(csv.reader(report))[1:]]


def changes(loader):
    """What the last revision did to each table."""
    return loader.rows(
        "select table_name, rows_added, rows_changed, rows_removed from history.revision_tables "
        "where revision = (select max(revision) from history.revisions) and table_name <> 'loads' order by 1"
    )


def test_products_bring_their_departments_and_categories(loader):
    outcome = loader.load("products", PRODUCTS + "1,DAIRY,MILK,7,National,SKIM,1 L,piece\n2,FUEL,,,,,,thousandth\n")
    assert (outcome.revision, outcome.added, outcome.changed) == (1, 2, 0)
    assert outcome.parents == {"departments": 2, "categories": 2}
    assert loader.rows(HIERARCHY) == [(1, "DAIRY", "MILK"), (2, "FUEL", "Unassigned")]
    rest = "select manufacturer, brand, product_type, package_size, unit_of_measure, inferred, retired from products order by product_id"
    assert loader.rows(rest) == [
        (7, "National", "SKIM", "1 L", "piece", False, False),
        (None, "Unknown", None, None, "thousandth", False, False),
    ]


def test_a_category_may_be_written_with_its_department(loader):
    loader.load("products", "product,category\n1,DAIRY > MILK\n2,DAIRY > MILK > SKIM\n")
    loader.load("products", "product,department,category\n3,DAIRY,DAIRY > CHEESE\n4,FUEL,A > B\n")
    expected = [(1, "DAIRY", "MILK"), (2, "DAIRY", "MILK > SKIM"), (3, "DAIRY", "CHEESE"), (4, "FUEL", "A > B")]
    assert loader.rows(HIERARCHY) == expected
    rule = "must be written as DEPARTMENT > CATEGORY where the file has no column department"
    assert refusal(loader, "products", "product,category\n5,MILK\n") == [("2", "category", rule, "MILK")]


def test_the_same_category_name_may_lie_in_two_departments(loader):
    loader.load("categories", "department,category\nDAIRY,MISC\nFUEL,MISC\nFUEL,\n")
    assert loader.rows(
        "select d.name, c.name from categories c join departments d using (department_id) order by 1, 2"
    ) == [
        ("DAIRY", "MISC"),
        ("FUEL", "MISC"),
        ("FUEL", "Unassigned"),
    ]


def test_only_rows_that_differ_are_written(loader):
    loader.load("products", PRODUCTS + "1,DAIRY,MILK,7,National,SKIM,1 L,piece\n2,DAIRY,MILK,,,,,\n")
    outcome = loader.load(
        "products", PRODUCTS + "1,DAIRY,MILK,7,National,SKIM,1 L,piece\n2,DAIRY,MILK,8,,,,\n3,DAIRY,MILK,,,,,\n"
    )
    assert (outcome.added, outcome.changed, outcome.parents) == (1, 1, {})
    assert changes(loader) == [("products", 1, 1, 0)]
    assert loader.rows("select product_id, revision from products order by 1") == [(1, 1), (2, 2), (3, 2)]
    assert loader.rows("select product_id, manufacturer, until_revision from history.products") == [(2, None, 2)]


def test_columns_and_rows_that_a_file_lacks_are_left_alone(loader):
    loader.load("products", PRODUCTS + "1,DAIRY,MILK,7,National,SKIM,1 L,piece\n2,DAIRY,MILK,,,,,\n")
    loader.load("products", "product,department,category\n1,DAIRY,CHEESE\n")
    assert loader.rows("select manufacturer, brand from products where product_id = 1") == [(7, "National")]
    assert loader.value("select count(*) from products") == 2


def test_a_file_that_changes_nothing_is_still_a_load(loader):
    loader.load("regions", "region\nNorth\n")
    outcome = loader.load("regions", "region\nNorth\n\n")
    assert (outcome.revision, outcome.added, outcome.changed) == (2, 0, 0)
    assert changes(loader) == []


def test_the_same_content_is_refused(loader):
    loader.load("regions", "region\nNorth\n")
    with pytest.raises(AlreadyLoaded, match="revision 1"):
        loader.load("regions", "region\nNorth\n")


def test_members_are_retired_and_taken_back(loader):
    loader.load("regions", "region,retired\nNorth,yes\nSouth,no\n")
    assert loader.rows("select name, retired from regions order by 1") == [("North", True), ("South", False)]
    loader.load("regions", "region,retired\nNorth,no\n")
    assert loader.rows("select retired from regions") == [(False,), (False,)]


def test_stores_bring_their_regions_and_default_to_unassigned(loader):
    outcome = loader.load("stores", "store,region,name\n1,North,Harbour\n2,,\n")
    assert outcome.parents == {"regions": 2}
    assert loader.rows(
        "select store_id, r.name, s.name, inferred from stores s join regions r using (region_id) order by 1"
    ) == [
        (1, "North", "Harbour", False),
        (2, "Unassigned", None, False),
    ]


def test_segments_that_are_empty_are_unknown(loader):
    loader.load("households", "household,age,income\n1,25-34,\n")
    assert loader.rows("select age, income, kids_count from households") == [("25-34", "Unknown", "Unknown")]


def test_the_last_day_of_a_campaign_is_part_of_it(loader):
    loader.load("campaigns", "campaign,campaign_type,first_day,last_day\n1,Type A,2017-03-01,2017-03-31\n")
    assert loader.rows("select start_on::text, end_on::text from campaigns") == [("2017-03-01", "2017-04-01")]
    found = refusal(loader, "campaigns", "campaign,campaign_type,first_day,last_day\n2,Type A,2017-03-02,2017-03-01\n")
    assert found == [("2", "last_day", "must not lie before first_day", "2017-03-01")]


@pytest.fixture
def campaign(loader):
    loader.load("campaigns", "campaign,campaign_type,first_day,last_day\n1,Type A,2017-03-01,2017-03-01\n")
    return loader


def test_campaign_households_are_members_by_being_named(campaign):
    outcome = campaign.load("campaign_households", "campaign,household\n1,7\n1,8\n")
    assert (outcome.added, outcome.members, outcome.inferred) == (2, {"households": 2}, {})
    assert campaign.rows("select campaign_id, household_id from campaign_households order by 2") == [(1, 7), (1, 8)]
    assert refusal(campaign, "campaign_households", "campaign,household\n9,7\n") == [
        ("2", "campaign", "is not known; load campaigns first", "9")
    ]


def test_coupons_infer_their_products(campaign):
    outcome = campaign.load("coupons", "coupon,product,campaign\n51380041013,10,1\n51380041013,11,1\n")
    assert (outcome.added, outcome.inferred) == (2, {"products": 2})
    assert campaign.rows("select product_id, inferred from products order by 1") == [(10, True), (11, True)]


def test_redemptions_are_numbered_and_a_longer_file_adds_only_what_is_new(campaign):
    header, same = "household,coupon,campaign,redeemed_on\n", "7,51380041013,1,2017-03-02\n"
    campaign.load("coupon_redemptions", header + same + same)
    assert campaign.rows("select occurrence from coupon_redemptions order by 1") == [(1,), (2,)]
    outcome = campaign.load("coupon_redemptions", header + same * 3)
    assert (outcome.added, outcome.changed) == (1, 0)


def test_targets_name_department_month_and_decimal_net(loader):
    loader.load("departments", "department\nDAIRY\n")
    loader.load("targets", "department,month,net\nDAIRY,2017-03,1234.50\nDAIRY,2017-04-01,0\n")
    assert loader.rows("select month::text, net_cents, sample from targets order by 1") == [
        ("2017-03-01", 123450, False),
        ("2017-04-01", 0, False),
    ]
    assert refusal(
        loader, "targets", "department,month,net\nDIARY,2017-03,1\nDAIRY,2017-03-02,1\nDAIRY,2017-05,-1\n"
    ) == [
        ("2", "department", "is not known; load departments first", "DIARY"),
        ("3", "month", "must be a month written as 2017-03", "2017-03-02"),
        ("4", "net", "must lie between 0.00 and 92233720368547.75", "-1"),
    ]


def test_events_may_belong_to_a_region_or_store(loader):
    loader.load("stores", "store,region\n5,North\n")
    header = "name,first_day,last_day,kind,region,store\n"
    loader.load(
        "calendar_events",
        header + "Fair,2017-05-01,2017-05-03,event,North,\nStocktaking,2017-06-01,2017-06-01,closure,,5\n",
    )
    sql = "select e.name, end_on::text, kind, r.name, store_id from calendar_events e left join regions r using (region_id) order by 1"
    assert loader.rows(sql) == [
        ("Fair", "2017-05-04", "event", "North", None),
        ("Stocktaking", "2017-06-02", "closure", None, 5),
    ]
    assert refusal(
        loader, "calendar_events", header + "A,2017-05-01,2017-05-03,party,East,6\nB,2017-05-01,2017-05-02,,East,6\n"
    ) == [
        ("2", "kind", "must be one of holiday, promotion, closure, event", "party"),
        ("3", "region", "is not known; load regions first", "East"),
        ("3", "store", "is not known; load stores first", "6"),
    ]
    outcome = loader.load("calendar_events", "name,first_day,last_day\nFair,2017-05-01,2017-05-05\n")
    assert (outcome.added, outcome.changed) == (0, 1)


def test_a_key_named_twice_is_refused(loader):
    found = refusal(loader, "categories", "department,category\nDAIRY,MILK\nDAIRY,CHEESE\nDAIRY,MILK\n")
    assert [row[:3] for row in found] == [("4", "category", "is named twice; first in row 2")]
    assert loader.rows("select * from departments") == []


def test_faults_of_values_and_of_names_come_in_one_report(loader):
    found = refusal(
        loader,
        "products",
        PRODUCTS + "x,DAIRY,MILK,,,,,\n2,,MILK,,,,,\n3,DAIRY,MILK,,,,,litre\n4,D,C,,,,,\n4,D,C,,,,,\n",
    )
    assert [row[:2] for row in found] == [
        ("2", "product"),
        ("3", "department"),
        ("4", "unit_of_measure"),
        ("6", "product"),
    ]


def test_a_dry_run_of_a_reference_file_writes_nothing(loader):
    outcome = loader.load("stores", "store,region\n5,North\n", dry_run=True)
    assert (outcome.revision, outcome.added, outcome.parents) == (None, 1, {"regions": 1})
    assert loader.rows("select revision from history.revisions") == []
    assert loader.rows("select * from regions") == []


def test_a_file_with_headers_alone_is_refused(loader):
    with pytest.raises(LoadError, match="has no rows"):
        loader.load("regions", "region\n")


@pytest.mark.parametrize("table", REFERENCE_TABLES.values(), ids=REFERENCE_TABLES)
def test_every_declaration_fits_its_table(table):
    made = {parent.column for parent in table.parents}
    named = {"name"} if table.name == "categories" else set()
    numbered = {"occurrence"} if table.numbered else set()
    filled = {column.target for column in table.columns} | made | set(table.constant) | named | numbered
    needed = {
        column.name
        for column in table.target.columns
        if not column.nullable and column.server_default is None and column.identity is None
    }
    assert needed <= filled
    assert set(table.constant) <= set(table.target.columns.keys())
