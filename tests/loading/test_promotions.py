"""Promotions: a week at a time into few rows, all or nothing, and what is derived follows every load."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest
import sqlalchemy as sa

from data.changes.types import Editor
from data.changes.undoing import undo
from data.errors import AlreadyLoaded, LoadError
from data.loading.sample_promotions import load_sample_promotions, weeks_of
from data.scope import Scope
from tests.loading.promoted import write_promotions
from tests.spec.world import World

# Store 1 sells product 10 in weeks 2 to 5 of 2017, of which 3 and 4 are promoted; product 20 is never sold there.
LINES = """
basket  product  store  household  sold_on     quantity  net
1       10       1      7          2017-01-02  1         3.00
2       10       1      7          2017-01-11  4         8.00
3       10       1      7          2017-01-29  3         9.00
4       10       2      8          2017-01-03  1         3.00
"""
PLACED = [
    (10, 1, "1", "A", 3),
    (20, 1, "1", "A", 3),
    (10, 2, "0", "D", 3),
    (10, 1, "0", "A", 4),
    (10, 1, "2", "A", 4),
    (20, 2, "5", "0", 5),
]
MEG = Editor("meg", "manager", Scope.everything())


@pytest.fixture
def shop(database):
    """Two stores whose sales end with January's last whole week."""
    with database.owner.begin() as conn:
        World(conn).lines(LINES)
    return database


@pytest.fixture
def files(shop, tmp_path):
    """The promotions of PLACED, in a sample that the database takes for its own."""
    made = write_promotions(tmp_path, PLACED)
    with shop.owner.begin() as conn:
        load = conn.scalar(sa.select(sa.func.history.open_load("products")))
        digest = made.digest("products")
        conn.execute(
            sa.select(sa.func.history.record_load(load, "products.parquet", digest, sa.func.now(), None, None, 0))
        )
    return made


def rows(database, sql):
    with database.owner.connect() as conn:
        return [tuple(row) for row in conn.execute(sa.text(sql))]


def derived(database):
    return rows(
        database,
        "select product_id, store_id, week_on, displays, mailers, net_cents, quantity, other_cents, other_quantity, promoted "
        "from promoted_weeks order by store_id, week_on",
    )


def test_a_week_is_a_row_for_each_store_and_way(tmp_path):
    weeks = list(weeks_of(write_promotions(tmp_path, PLACED).path("promotions")))
    assert [week.placements for week in weeks] == [3, 2, 1]
    assert [row for week in weeks for row in zip(*(c.to_pylist() for c in week.rows.columns), strict=True)] == [
        (date(2017, 1, 9), 1, "1", "A", [10, 20]),
        (date(2017, 1, 9), 2, "0", "D", [10]),
        (date(2017, 1, 16), 1, "02", "AA", [10]),
        (date(2017, 1, 23), 2, "5", "0", [20]),
    ]


def test_weeks_out_of_order_are_refused(tmp_path):
    found = weeks_of(write_promotions(tmp_path, [PLACED[3], PLACED[0]]).path("promotions"))
    with pytest.raises(LoadError, match="got week 3 after week 4"):
        list(found)


def test_a_code_of_two_letters_is_refused(tmp_path):
    found = weeks_of(write_promotions(tmp_path, [(10, 1, "12", "A", 3)]).path("promotions"))
    with pytest.raises(LoadError, match="display_location must be one letter or digit; got '12'"):
        list(found)


def test_a_load_is_one_revision_and_tells_what_promoted_weeks_sold(shop, files):
    told = []
    done = load_sample_promotions(shop, files=files, progress=lambda *said: told.append(said))
    assert (done.placements, done.rows) == (6, 4)
    assert told[:3] == [(3, 6, "promotions"), (5, 6, "promotions"), (6, 6, "promotions")]
    assert rows(shop, "select rows_added, first_on, last_on, source from loads where table_name = 'promotions'") == [
        (4, date(2017, 1, 9), date(2017, 1, 23), "promotions.parquet")
    ]
    # Weeks 3 to 5 are covered by both; in store 1 product 10 has one of them without promotion, in store 2 it sold in none.
    assert derived(shop) == [
        (10, 1, date(2017, 1, 9), "1", "A", 800, 4, 900, 3, 2),
        (10, 1, date(2017, 1, 16), "02", "AA", 0, 0, 900, 3, 2),
    ]
    assert rows(shop, "select * from history.broken_revisions()") == []


def test_what_is_loaded_is_refused_until_it_is_undone(shop, files):
    done = load_sample_promotions(shop, files=files)
    with pytest.raises(AlreadyLoaded, match=f"revision {done.revision}"):
        load_sample_promotions(shop, files=files)
    undo(shop, done.revision, editor=MEG, reason="Not ours")
    assert (
        derived(shop) == rows(shop, "select * from promotions") == rows(shop, "select * from promoted_products") == []
    )
    assert load_sample_promotions(shop, files=files).placements == 6
    assert len(derived(shop)) == 2


def test_promotions_of_other_products_are_refused(shop, tmp_path):
    with pytest.raises(LoadError, match="this database holds other data"):
        load_sample_promotions(shop, files=write_promotions(tmp_path, PLACED))
    assert rows(shop, "select count(*) from promotions") == [(0,)]


def test_later_sales_and_their_undoing_are_followed(shop, files):
    load_sample_promotions(shop, files=files)
    before, sums = derived(shop), rows(shop, "select * from promoted_products order by week_on")
    with shop.owner.begin() as conn:
        world = World(conn)
        world._seen |= {("product", 10), ("store", 1), ("household", 7), ("store", 2), ("household", 8)}
        world._loads = 9
        revision = world.lines("""
basket  product  store  household  sold_on     quantity  net
5       10       1      7          2017-01-17  2         5.00
6       10       2      8          2017-01-24  2         5.00
""")
    assert derived(shop) == [
        (10, 1, date(2017, 1, 9), "1", "A", 800, 4, 900, 3, 2),
        (10, 1, date(2017, 1, 16), "02", "AA", 500, 2, 900, 3, 2),
        (10, 2, date(2017, 1, 9), "0", "D", 0, 0, 500, 2, 1),
    ]
    assert rows(shop, "select sum(stores), sum(net_cents), sum(usual_cents) from promoted_products") == [
        (3, 1300, 2050.0)
    ]
    undo(shop, revision, editor=MEG, reason="Test sales")
    assert (derived(shop), rows(shop, "select * from promoted_products order by week_on")) == (before, sums)


def test_nobody_writes_promotions_or_what_is_derived(shop, files):
    load_sample_promotions(shop, files=files)
    for table in ("promotions", "promoted_weeks", "promoted_products"):
        for door in (shop.reading(Scope.everything()), shop.writing(author="eve", reason="by hand")):
            with pytest.raises(sa.exc.DBAPIError, match="permission denied|read-only"), door as conn:
                conn.execute(sa.text(f"delete from {table}"))


def test_readers_see_the_promotions_of_their_stores(shop, files):
    load_sample_promotions(shop, files=files)
    with shop.reading(Scope(frozenset({2}))) as conn:
        assert conn.scalars(sa.text("select distinct store_id from promotions")).all() == [2]
        assert conn.scalar(sa.text("select count(*) from promoted_weeks")) == 0
        assert conn.scalar(sa.text("select count(*) from promoted_products")) == 0


def test_a_killed_load_leaves_nothing(shop, files):
    url = shop.owner.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.loading.promoted", url, str(files.folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "copied\n"
    process.kill()
    process.wait()
    process.stdout.close()
    assert rows(shop, "select count(*) from promotions") == rows(shop, "select count(*) from promoted_weeks") == [(0,)]
    assert rows(shop, "select * from history.broken_revisions()") == []
    assert load_sample_promotions(shop, files=files).placements == 6


@pytest.mark.sample
@pytest.mark.long
def test_all_placements_are_read_in_bounded_memory():
    command = [sys.executable, "-m", "tests.loading.promoted", "measure"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    placements, peak_kib = map(int, done.stdout.split())
    assert placements == 20_940_529
    assert peak_kib < 700 * 1024  # as a frame they are 880 MB, and more while they are read
