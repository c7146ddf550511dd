"""Sales files: one revision or nothing, exact faults, restatements, inferred members."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest
import sqlalchemy as sa

from data.errors import AlreadyLoaded, LoadError, UnknownName, UsageError
from data.loading import inferred, read_csv, read_parquet
from data.loading.facts import Period
from data.loading.inferred import TooManyInferred
from data.loading.load import load_file
from data.loading.mapping import Mapping
from data.loading.options import Options
from data.loading.rejects import Rejected
from data.models import SalesLine
from tests.loading.conftest import HEADER, TWO_LINES

MARCH = (date(2017, 3, 1), date(2017, 4, 1))


def line(
    basket=1, product=10, store=5, household=7, sold_at="2017-03-01 10:00:00", quantity=1, net="1.00", rest=",0,0,0"
):
    return f"{basket},{product},{store},{household},{sold_at},{quantity},{net}{rest}\n"


def nothing_changed(loader, revision):
    return loader.value("select last_revision from history.revision_counter") == revision


def refusal(loader, lines, **options):
    """The faults of a file that is refused, as its report tells them."""
    with pytest.raises(Rejected) as raised:
        loader.sales(lines, **options)
    with raised.value.report.open(encoding="utf-8", newline="") as report:
        rows = list(csv.reader(report))
    assert rows[0] == ["file", "row", "column", "rule", "value"]
    assert raised.value.count == len(rows) - 1
    return [tuple(row[1:]) for row in rows[1:]]


def test_a_file_is_one_revision_with_every_line(shop):
    outcome = shop.sales(TWO_LINES, author="mia", reason="first")
    assert (outcome.revision, outcome.rows, outcome.removed) == (4, 2, 0)
    assert (outcome.first_on, outcome.last_on) == (date(2017, 3, 1), date(2017, 3, 1))
    assert shop.lines() == [(1, 10, 1, "2017-03-01", 2, 300), (1, 11, 1, "2017-03-01", 1, 125)]
    money = (
        "select retail_discount_cents, coupon_discount_cents, coupon_match_cents from sales_lines where net_cents = 300"
    )
    assert shop.rows(money) == [(50, 25, 10)]
    assert shop.rows("select kind, author, reason from history.revisions where revision = 4") == [
        ("load", "mia", "first")
    ]
    loads = "select table_name, source, rows_added, rows_removed, revision from loads where load_id = 4"
    assert shop.rows(loads) == [("sales_lines", "file4.csv", 2, 0, 4)]


def test_the_business_zone_is_stored_at_the_first_load(loader):
    loader.sales(line(sold_at="2017-03-01 23:30:00"), time_zone="Europe/Berlin")
    assert loader.rows("select time_zone, revision from business_settings") == [("Europe/Berlin", 1)]
    assert loader.value("select to_char(sold_at, 'HH24:MI') from sales_lines") == "22:30"
    loader.sales(line(basket=2, sold_at="2017-03-01T23:30:00Z"), time_zone="America/New_York")
    assert [row[3] for row in loader.lines()] == ["2017-03-01", "2017-03-02"]


def test_the_business_date_is_that_of_the_business_zone(shop):
    shop.sales(line(sold_at="2018-01-01T04:01:20Z"))
    assert shop.lines()[0][3] == "2017-12-31"
    assert (
        shop.value("select relname from pg_class where oid = (select tableoid from sales_lines)")
        == "sales_lines_2017_12"
    )


def as_xlsx(path, text):
    book = openpyxl.Workbook()
    for number, row in enumerate(csv.reader((HEADER + text).splitlines())):
        book.active.append(row if number == 0 else [int(v) for v in row[:4]] + [row[4]] + [float(v) for v in row[5:]])
    book.save(path)


def as_parquet(path, text):
    frame = pd.DataFrame(list(csv.reader(text.splitlines())), columns=HEADER.strip().split(","))
    frame = frame.astype(dict.fromkeys(frame.columns[:4], "int64") | {"quantity": "int64"})
    frame["sold_at"] = pd.to_datetime(frame["sold_at"])
    frame[["net", "retail_discount"]] = frame[["net", "retail_discount"]].astype(float)
    frame["coupon_match"] = frame["coupon_match"].map(Decimal)
    frame.to_parquet(path, index=False)


@pytest.mark.parametrize(("ending", "write"), [("xlsx", as_xlsx), ("parquet", as_parquet)])
def test_every_format_gives_the_same_lines(shop, tmp_path, ending, write):
    path = tmp_path / f"sales.{ending}"
    write(path, TWO_LINES)
    assert shop.sales(path).rows == 2
    found = shop.rows("select * from sales_lines order by product_id")
    other = shop.sales(TWO_LINES, period=MARCH)
    assert other.removed == 2
    again = shop.rows("select * from sales_lines order by product_id")
    assert [row[:11] + row[12:] for row in found] == [row[:11] + row[12:] for row in again]


def test_a_mapping_reads_a_foreign_file(shop):
    headers = "Bon-Nr;Artikel;Filiale;Kunde;Zeit;Menge;Netto;Rabatt;Coupon;Zuschuss;Kasse\n"
    mapping = Mapping(
        columns=dict(zip(HEADER.strip().split(","), headers.strip().split(";"), strict=False)),
        decimal=",",
        date_format="%d.%m.%Y %H:%M",
        time_zone="Europe/Berlin",
        ignore=("Kasse",),
    )
    shop.load("sales", "\ufeff" + headers + "1;10;5;7;02.03.2017 03:00;2;3,50;0;0,5;0;9\n", mapping=mapping)
    assert shop.lines() == [(1, 10, 1, "2017-03-01", 2, 350)]


TEN_ROWS = [
    line(basket=1),
    line(basket="x"),  # row 3: no number
    line(basket=3, product=""),  # row 4: empty
    line(basket=4, store=0),  # row 5: out of range
    line(basket=5, sold_at="2017-02-30 10:00"),  # row 6: no such day
    line(basket=6, sold_at="2017-03-12 02:30:00"),  # row 7: clocks went forward
    line(basket=7, sold_at="2099-01-01 10:00"),  # row 8: in the future
    line(basket=8, net="1.005"),  # row 9: too fine
    "9,10,5\n",  # row 10: too short
    line(basket=1, store=6),  # row 11: its basket is elsewhere
    line(basket=77),  # row 12: loaded before
    line(basket=12),
]
TEN_FAULTS = [
    ("3", "basket", "must be a whole number", "x"),
    ("4", "product", "must not be empty", ""),
    ("5", "store", "must lie between 1 and 2147483647", "0"),
    ("6", "sold_at", "must be a time written as 2017-03-12 14:30:00, with or without a zone", "2017-02-30 10:00"),
    ("7", "sold_at", "is a time that does not exist in America/New_York: clocks went forward", "2017-03-12 02:30:00"),
    ("8", "sold_at", "must lie between 1990-01-01 and tomorrow", "2099-01-01 10:00"),
    ("9", "net", "must be an amount with at most two decimals and a decimal point", "1.005"),
    ("10", "", "has 3 values; the header has 10", ""),
    ("11", "store", "must be the same in all lines of basket 1; row 2 has 5", "6"),
    ("12", "product", "and its basket 77 are loaded already, by load 4; --replace-period restates a period", "10"),
]


def test_ten_broken_rows_of_ten_kinds_give_ten_precise_lines_and_load_nothing(shop):
    shop.sales(line(basket=77))
    before = shop.lines()
    assert refusal(shop, "".join(TEN_ROWS), name="bad.csv") == TEN_FAULTS
    assert shop.lines() == before
    assert nothing_changed(shop, 4)


def test_the_report_lies_beside_the_file_or_where_it_is_wanted(shop, tmp_path):
    with pytest.raises(Rejected) as raised:
        shop.sales(line(net="x"), name="march.csv")
    assert raised.value.report == tmp_path / "march.csv.rejected.csv"
    assert "march.csv, row 2: net must be an amount" in str(raised.value)
    with pytest.raises(Rejected) as raised:
        shop.sales(line(net="y"), report=tmp_path / "elsewhere.csv")
    assert (tmp_path / "elsewhere.csv").exists()


def test_only_the_first_faults_are_shown_and_all_are_reported(shop):
    lines = "".join(line(basket=number, quantity=-1) for number in range(1, 101))
    assert len(refusal(shop, lines)) == 100
    with pytest.raises(Rejected) as raised:
        shop.sales(lines)
    assert (len(raised.value.first), raised.value.count) == (20, 100)


@pytest.mark.parametrize(
    ("second", "column"),
    [
        (line(product=11, store=6), "store"),
        (line(product=11, household=8), "household"),
        (line(product=11, sold_at="2017-04-01 10:00:00"), "sold_at"),
    ],
)
def test_a_basket_has_one_store_household_and_date_in_the_file_and_over_loads(shop, second, column):
    found = refusal(shop, line() + second)
    assert [(row, name) for row, name, _, _ in found] == [("3", column)]
    shop.sales(line())
    found = refusal(shop, second)
    assert [(row, name, "; load " in rule) for row, name, rule, _ in found] == [("2", column, True)]


def test_baskets_of_another_month_may_lie_between_and_still_not_move(shop):
    shop.sales(line(basket=1) + line(basket=1000))
    april = {"sold_at": "2017-04-01 10:00:00"}
    assert shop.sales(line(basket=400, **april) + line(basket=600, **april)).rows == 2  # none of March between them
    assert shop.sales(line(basket=300, **april) + line(basket=700, **april)).rows == 2  # some of April, and others
    found = refusal(shop, line(basket=500, **april) + line(basket=1000, **april))
    assert [(row, name) for row, name, _, _ in found] == [("3", "sold_at")]


def test_a_later_file_may_add_lines_to_a_basket(shop):
    shop.sales(line())
    shop.sales(line(product=11))
    assert [row[:3] for row in shop.lines()] == [(1, 10, 1), (1, 11, 1)]


def test_a_product_twice_in_a_basket_is_numbered_in_the_order_of_the_file(shop):
    shop.sales(line(net="1.00") + line(product=11) + line(net="2.00") + line(net="0.50"))
    assert [(row[2], row[5]) for row in shop.lines() if row[1] == 10] == [(1, 100), (2, 200), (3, 50)]


@pytest.mark.parametrize("far", [2, 300])
def test_numbering_goes_on_however_far_apart_the_lines_are(shop, monkeypatch, far):
    monkeypatch.setattr(read_csv, "_BLOCK", 256)
    between = "".join(line(basket=number) for number in range(100, 100 + far))
    shop.sales(line(net="1.00") + line(net="2.00") + between + line(net="3.00"))
    assert [(row[2], row[5]) for row in shop.lines() if row[0] == 1] == [(1, 100), (2, 200), (3, 300)]
    assert len(shop.lines()) == far + 3
    assert shop.value("select rows_added from loads where load_id = 4") == far + 3


def test_a_basket_that_moves_between_distant_rows_is_found(shop, monkeypatch):
    monkeypatch.setattr(read_csv, "_BLOCK", 256)
    between = "".join(line(basket=number) for number in range(100, 200))
    found = refusal(shop, line() + between + line(product=11, sold_at="2017-05-01 10:00"))
    assert [(row, column) for row, column, _, _ in found] == [("103", "sold_at")]


def test_more_lines_of_a_product_than_can_be_numbered_are_refused(shop):
    assert refusal(shop, line() * 32_768) == [
        ("32769", "product", "is named more than 32,767 times in its basket", "10")
    ]
    assert nothing_changed(shop, 3)


def test_the_same_content_is_refused_under_another_name(shop):
    shop.sales(TWO_LINES, name="a.csv")
    with pytest.raises(AlreadyLoaded, match=r"load 4 of a.csv, revision 4, on 20\d\d-\d\d-\d\d.*revert 4"):
        shop.sales(TWO_LINES, name="b.csv")
    assert nothing_changed(shop, 4)


def test_content_that_was_undone_may_be_loaded_again(shop):
    shop.sales(TWO_LINES)
    with shop.database.owner.begin() as conn:
        conn.execute(sa.text(f'set local role "{shop.database.roles.keeper}"'))
        conn.execute(sa.text("select history.open_load('sales_lines')"))
        conn.execute(sa.text("select history.end_facts(5, 'sales_lines', '2017-03-01', '2017-04-01')"))
        conn.execute(sa.text("delete from history.pending_loads"))
        conn.execute(
            sa.text(
                "insert into public.loads (load_id, table_name, source, content_sha256, started_at, rows_added, "
                "rows_removed, checksum, reverts_load) values (5, 'sales_lines', 'undo', 'x', now(), 0, 2, 0, 4)"
            )
        )
    assert shop.lines() == []
    assert shop.sales(TWO_LINES).rows == 2


def test_a_restatement_replaces_its_period_and_keeps_the_old_lines(shop):
    shop.sales(line(1) + line(2, sold_at="2017-03-31 23:59:59") + line(3, sold_at="2017-04-01 00:00:00"))
    outcome = shop.sales(line(1, net="9.00") + line(4, net="0.50"), period=MARCH)
    assert (outcome.rows, outcome.removed) == (2, 2)
    assert [(row[0], row[5]) for row in shop.lines()] == [(1, 900), (3, 100), (4, 50)]
    old = "select basket_id, net_cents, load_id, ended_by_load from history.sales_lines order by 1"
    assert shop.rows(old) == [(1, 100, 4, 5), (2, 100, 4, 5)]
    assert shop.rows("select replaced_from::text, replaced_until::text, rows_removed from loads where load_id = 5") == [
        ("2017-03-01", "2017-04-01", 2)
    ]
    both = "select sum(net_cents) from (select net_cents from sales_lines union all select net_cents from history.sales_lines) x"
    assert shop.value("select sum(net_cents) from sales_lines") == 1050
    assert shop.value(both) == 1250


def test_a_restatement_may_move_a_basket(shop):
    shop.sales(line(1))
    shop.sales(line(1, store=6, sold_at="2017-03-02 10:00"), period=MARCH)
    assert shop.rows("select store_id, sold_on::text from sales_lines") == [(6, "2017-03-02")]


def test_lines_outside_the_replaced_period_are_refused(shop):
    found = refusal(shop, line(1) + line(2, sold_at="2017-04-01 00:00:00"), period=MARCH)
    assert found == [
        ("3", "sold_at", "must lie in the replaced period, from 2017-03-01 until before 2017-04-01", "2017-04-01")
    ]


def test_a_restatement_in_a_file_with_faults_ends_nothing(shop):
    shop.sales(line(1))
    refusal(shop, line(1, net="x"), period=MARCH)
    assert len(shop.lines()) == 1
    assert shop.rows("select * from history.sales_lines") == []


def test_a_period_must_start_before_it_ends(shop):
    with pytest.raises(UsageError, match="must start before it ends"):
        shop.sales(line(), period=MARCH[::-1])
    with pytest.raises(UsageError, match="only sales can replace a period"):
        shop.load("stores", "store,region\n5,North\n", period=MARCH)


def test_a_late_file_lands_in_its_own_month(shop):
    shop.sales(line(1, sold_at="2017-05-01 10:00"))
    outcome = shop.sales(line(2, sold_at="2017-01-15 10:00"))
    assert (outcome.first_on, outcome.last_on) == (date(2017, 1, 15), date(2017, 1, 15))
    parts = "select tableoid::regclass::text from sales_lines order by sold_on"
    assert shop.rows(parts) == [("facts.sales_lines_2017_01",), ("facts.sales_lines_2017_05",)]


def test_unknown_products_stores_and_households_are_inferred_once_files_filled_the_tables(shop):
    outcome = shop.sales(line(product=99, store=98, household=97))
    assert outcome.members == outcome.inferred == {"products": 1, "stores": 1, "households": 1}
    product = (
        "select d.name, c.name, p.brand, p.inferred, p.revision from products p "
        "join categories c using (category_id) join departments d using (department_id) where product_id = 99"
    )
    assert shop.rows(product) == [("Unassigned", "Unassigned", "Unknown", True, 4)]
    assert shop.rows(
        "select r.name, s.inferred from stores s join regions r using (region_id) where store_id = 98"
    ) == [("Unassigned", True)]
    assert shop.rows("select age, inferred from households where household_id = 97") == [("Unknown", True)]
    assert (
        shop.value("select rows_added from history.revision_tables where revision = 4 and table_name = 'sales_lines'")
        == 1
    )


def test_stores_and_households_are_members_by_being_seen_until_a_file_names_them(loader):
    outcome = loader.sales(line())
    assert outcome.members == {"products": 1, "stores": 1, "households": 1}
    assert outcome.inferred == {"products": 1}
    assert loader.rows("select inferred from stores union all select inferred from households") == [(False,), (False,)]


def test_a_product_file_makes_an_inferred_product_a_real_one(loader):
    loader.sales(line())
    outcome = loader.load("products", "product,department,category\n10,DAIRY,MILK\n")
    assert (outcome.added, outcome.changed) == (0, 1)
    assert loader.rows("select inferred from products") == [(False,)]


def test_many_unknown_members_need_a_word(shop, monkeypatch):
    monkeypatch.setattr(inferred, "INFERRED_LIMIT", 2)
    lines = "".join(line(product=number) for number in (20, 21, 22))
    with pytest.raises(
        TooManyInferred, match="at most 2 unknown products .* --allow-inferred; the file names 3, such as 20"
    ):
        shop.sales(lines)
    assert nothing_changed(shop, 3)
    assert shop.sales(lines, allow_inferred=True).inferred == {"products": 3}


def test_no_limit_holds_for_members_by_being_seen(loader, monkeypatch):
    monkeypatch.setattr(inferred, "INFERRED_LIMIT", 2)
    lines = "".join(line(basket=number, household=number) for number in range(1, 6))
    assert loader.sales(lines).members["households"] == 5


def snapshot(loader):
    tables = "select string_agg(relname, ',' order by relname) from pg_class where relkind in ('r', 'p') and relpersistence = 'p'"
    return loader.value("select last_revision from history.revision_counter"), loader.value(tables), loader.lines()


def test_a_dry_run_checks_everything_and_writes_nothing(shop):
    shop.sales(line(1))
    before = snapshot(shop)
    outcome = shop.sales(line(2, product=99, sold_at="2017-06-01 10:00"), dry_run=True)
    assert (outcome.revision, outcome.rows, outcome.inferred) == (None, 1, {"products": 1})
    assert outcome.first_on == outcome.last_on == date(2017, 6, 1)
    assert snapshot(shop) == before
    assert [row[0] for row in refusal(shop, line(1) + line(3, net="x"), dry_run=True)] == ["2", "3"]
    assert snapshot(shop) == before
    with pytest.raises(AlreadyLoaded):
        shop.sales(line(1), dry_run=True)


def test_a_dry_run_of_a_restatement_counts_what_it_would_replace(shop):
    shop.sales(line(1) + line(2))
    outcome = shop.sales(line(1, net="5.00"), period=MARCH, dry_run=True)
    assert (outcome.removed, outcome.rows) == (2, 1)
    assert len(shop.lines()) == 2


def test_a_dry_run_on_an_empty_database_stores_no_zone(loader):
    loader.sales(line(), dry_run=True)
    assert loader.rows("select * from business_settings") == []


def test_a_file_without_rows_is_refused(shop):
    for options in ({}, {"dry_run": True}, {"period": MARCH}):
        with pytest.raises(LoadError, match="has no rows"):
            shop.sales("", **options)


def test_an_unknown_table_is_a_usage_error(loader):
    with pytest.raises(UnknownName, match="table must be one of sales, departments, .*; got 'sale'"):
        loader.load("sale", "a\n")


def test_a_file_that_changes_while_it_is_read_is_refused(shop, monkeypatch):
    path = shop.write(HEADER + TWO_LINES)

    def append(rows, total, phase):
        if phase == "loading":
            path.write_text(HEADER + TWO_LINES + line(9))

    with pytest.raises(LoadError, match="changed while it was read"):
        load_file(shop.database, "sales", path, progress=append)
    assert shop.lines() == []


def test_progress_is_told_by_phase(shop):
    told = []
    load_file(shop.database, "sales", shop.write(HEADER + TWO_LINES), progress=lambda *call: told.append(call))
    assert told == [(0, None, "reading"), (2, 3, "loading")]


def test_memory_stays_bounded_by_reading_a_chunk_at_a_time(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(read_parquet, "_BATCH", 10)
    path = tmp_path / "sales.parquet"
    as_parquet(path, "".join(line(basket=number) for number in range(1, 101)))
    told = []
    load_file(shop.database, "sales", path, progress=lambda *call: told.append(call[0]))
    assert told == [0, *range(10, 101, 10)]


def test_the_staged_way_and_the_straight_way_give_the_same_lines(shop, monkeypatch):
    text = "".join(line(basket=1 + n % 7, product=10 + n % 2, net=f"{n}.00") for n in range(60))
    monkeypatch.setattr(read_csv, "_BLOCK", 256)
    shop.sales(text)
    staged = shop.lines()
    monkeypatch.undo()
    shop.sales(text + "\n", period=MARCH)
    assert shop.lines() == staged
    assert len(staged) == 60


def test_readers_of_the_database_see_all_of_a_load_or_nothing(shop):
    seen = []

    def look(rows, total, phase):
        with shop.database.owner.connect() as conn:
            seen.append(conn.scalar(sa.select(sa.func.count()).select_from(SalesLine)))

    load_file(
        shop.database, "sales", shop.write(HEADER + TWO_LINES), progress=look, options=Options(period=Period(*MARCH))
    )
    assert set(seen) == {0}
    assert len(shop.lines()) == 2


def test_the_chain_of_revisions_stays_whole(shop):
    shop.sales(line(1))
    shop.sales(line(1, net="2.00"), period=MARCH)
    assert shop.rows("select * from history.broken_revisions()") == []
