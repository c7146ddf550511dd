"""Tables that nothing but their models describe: rows named by name or key, checks of the table, dates in the file."""

from __future__ import annotations

import csv
from datetime import date

import pytest
import sqlalchemy as sa

from data.errors import AlreadyLoaded, CatalogError, LoadError
from data.loading.load import load_file
from data.loading.reference import REFERENCE_TABLES
from data.loading.rejects import Rejected
from data.loading.shapes import derived_reference
from data.loading.tables import loaded_table, table_names
from data.models import Base

STOCKTAKES = """
create table stocktakes (
    region_id integer not null references regions,
    shelf text not null,
    counted_on date not null,
    store_id integer,
    worth_cents bigint not null,
    note text,
    load_id bigint not null,
    constraint pk_stocktakes primary key (region_id, shelf, counted_on)
) partition by range (counted_on)
"""
HEADER = "region,shelf,counted_on,worth\n"


@pytest.fixture
def stocktakes(loader):
    """A loader whose database has one more fact table, about which there is no subject."""
    table = sa.Table(
        "stocktakes",
        Base.metadata,
        sa.Column("region_id", sa.Integer, sa.ForeignKey("regions.region_id"), primary_key=True),
        sa.Column("shelf", sa.Text, primary_key=True),
        sa.Column("counted_on", sa.Date, primary_key=True),
        sa.Column("store_id", sa.Integer, sa.ForeignKey("stores.store_id")),
        sa.Column("worth_cents", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("load_id", sa.BigInteger, nullable=False),
        postgresql_partition_by="RANGE (counted_on)",
    )
    with loader.database.owner.begin() as conn:
        conn.execute(sa.text(STOCKTAKES))
        conn.execute(sa.text("select history.track_facts('stocktakes', 'counted_on')"))
    loader.load("regions", "region\nNorth\nSouth\n")
    yield loader
    Base.metadata.remove(table)


def refusal(loader, table, text, **options):
    with pytest.raises(Rejected) as raised:
        loader.load(table, text, **options)
    with raised.value.report.open(encoding="utf-8", newline="") as report:
        return [tuple(row[1:]) for row in list(csv.reader(report))[1:]]


def test_a_fact_table_without_a_subject_has_its_own_name(stocktakes):
    assert table_names()[:2] == ["sales", "stocktakes"]
    outcome = stocktakes.load("stocktakes", HEADER + "North,A,2017-03-01,12.50\nSouth,A,2017-04-01,1\n")
    assert (outcome.revision, outcome.rows) == (2, 2)
    assert (outcome.first_on, outcome.last_on) == (date(2017, 3, 1), date(2017, 4, 1))
    found = "select r.name, shelf, counted_on::text, worth_cents, note, load_id from stocktakes join regions r using (region_id) order by 1"
    assert stocktakes.rows(found) == [
        ("North", "A", "2017-03-01", 1250, None, 2),
        ("South", "A", "2017-04-01", 100, None, 2),
    ]
    with pytest.raises(AlreadyLoaded, match="load 2 of file2.csv"):
        stocktakes.load("stocktakes", HEADER + "North,A,2017-03-01,12.50\nSouth,A,2017-04-01,1\n")


def test_columns_that_may_be_empty_may_be_missing(stocktakes):
    outcome = stocktakes.load("stocktakes", "region,shelf,counted_on,worth,note,store\nNorth,A,2017-03-01,1,,\n")
    assert outcome.members == {}
    outcome = stocktakes.load("stocktakes", "region,shelf,counted_on,worth,note,store\nNorth,B,2017-03-01,1,dusty,5\n")
    assert outcome.members == {"stores": 1}
    assert stocktakes.rows("select shelf, note, store_id from stocktakes order by 1") == [
        ("A", None, None),
        ("B", "dusty", 5),
    ]


def test_what_is_named_by_name_must_be_known(stocktakes):
    stocktakes.load("stocktakes", HEADER + "North,A,2017-03-01,1\n")
    faults = refusal(
        stocktakes,
        "stocktakes",
        HEADER + "East,A,2017-03-01,1\nNorth,A,2017-03-01,2\nSouth,B,2017-03-01,2\nSouth,B,2017-03-01,2\n",
    )
    assert faults == [
        ("2", "region", "is not known; load regions first", "East"),
        (
            "3", "counted_on", "is loaded already, by load 2; --replace-period restates a period",
            "North, A, 2017-03-01",
        ),
        ("5", "counted_on", "is named twice; first in row 4", "South, B, 2017-03-01"),
    ]  # fmt: skip
    assert stocktakes.value("select last_revision from history.revision_counter") == 2


def test_a_period_is_replaced_and_a_dry_run_tells_before(stocktakes):
    march = (date(2017, 3, 1), date(2017, 4, 1))
    stocktakes.load("stocktakes", HEADER + "North,A,2017-03-01,1\nNorth,A,2017-04-01,1\n")
    again = HEADER + "North,A,2017-03-01,2\n"
    tried = stocktakes.load("stocktakes", again, period=march, dry_run=True)
    assert (tried.revision, tried.removed, tried.rows) == (None, 1, 1)
    done = stocktakes.load("stocktakes", again, period=march)
    assert (done.revision, done.removed) == (3, 1)
    assert stocktakes.rows("select counted_on::text, worth_cents from stocktakes order by 1") == [
        ("2017-03-01", 200),
        ("2017-04-01", 100),
    ]
    assert refusal(stocktakes, "stocktakes", HEADER + "North,A,2017-04-01,2\n", period=march) == [
        (
            "2", "counted_on", "must lie in the replaced period, from 2017-03-01 until before 2017-04-01",
            "2017-04-01",
        )
    ]  # fmt: skip


def test_a_file_of_facts_without_rows_is_refused(stocktakes):
    with pytest.raises(LoadError, match="has no rows"):
        stocktakes.load("stocktakes", HEADER)


@pytest.fixture
def events(shop, monkeypatch):
    """A loader that reads files of calendar events as the model alone describes them."""
    monkeypatch.setitem(REFERENCE_TABLES, "calendar_events", derived_reference(Base.metadata.tables["calendar_events"]))
    return shop


def test_a_reference_table_names_its_parents_by_name(events):
    done = events.load("calendar_events", "name,first_day,last_day,region,store\nFair,2017-03-01,2017-03-02,North,9\n")
    assert (done.added, done.members) == (1, {"stores": 1})
    rows = "select e.name, kind, start_on::text, end_on::text, r.name, store_id from calendar_events e left join regions r using (region_id)"
    assert events.rows(rows) == [("Fair", "event", "2017-03-01", "2017-03-03", "North", 9)]
    done = events.load("calendar_events", "name,first_day,last_day\nFair,2017-03-01,2017-03-04\n")
    assert (done.added, done.changed) == (0, 1)
    assert events.rows(rows) == [("Fair", "event", "2017-03-01", "2017-03-05", "North", 9)]


def test_checks_of_the_table_are_faults_of_the_row(events):
    text = "name,first_day,last_day,kind,region\nFair,2017-03-03,2017-03-01,party,\nFair,2017-03-03,2017-03-04,,West\n"
    assert refusal(events, "calendar_events", text) == [
        ("2", "kind", "must fit the rule kind_known: kind in ('holiday', 'promotion', 'closure', 'event')", "party"),
        ("2", "last_day", "must not lie before first_day", "2017-03-01"),
        ("3", "first_day", "is named twice; first in row 2", "Fair, 2017-03-03"),
        ("3", "region", "is not known; load regions first", "West"),
    ]


def test_a_rule_that_only_the_database_knows_refuses_the_file(shop, tmp_path):
    with shop.database.owner.begin() as conn:
        conn.execute(sa.text("alter table households add constraint few check (household_id < 100)"))
    path = tmp_path / "many.csv"
    path.write_text("household\n100\n")
    with pytest.raises(LoadError, match="many.csv: nothing was loaded, the database refuses it: .*few"):
        load_file(shop.database, "households", path)


@pytest.mark.parametrize(
    ("columns", "partitions", "rule"),
    [
        ((sa.Column("n", sa.Integer, primary_key=True),), "LIST (n)", "must be partitioned by range"),
        (
            (
                sa.Column(
                    "counted_on",
                    sa.Date,
                    sa.CheckConstraint("counted_on > '2000-01-01'", name="recent"),
                    primary_key=True,
                ),
            ),
            "RANGE (counted_on)",
            "facts have no checks",
        ),
        (
            (
                sa.Column("n", sa.Integer, primary_key=True, info={"file": False}),
                sa.Column("counted_on", sa.Date, primary_key=True),
            ),
            "RANGE (counted_on)",
            "files must fill its whole key; not n",
        ),
        (
            (
                sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
                sa.Column("counted_on", sa.Date, primary_key=True, info={"date_of": "counted_at"}),
            ),
            "RANGE (counted_on)",
            "date_of must name a column that every row fills",
        ),
    ],
)
def test_a_model_that_does_not_say_enough_is_named(columns, partitions, rule):
    load_id = sa.Column("load_id", sa.BigInteger)
    table = sa.Table("oddities", Base.metadata, *columns, load_id, postgresql_partition_by=partitions)
    try:
        with pytest.raises(CatalogError, match=f"oddities.*{rule}"):
            _ = loaded_table("oddities").shape
    finally:
        Base.metadata.remove(table)
