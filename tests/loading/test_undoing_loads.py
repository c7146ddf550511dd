"""A load is undone as a revision: its lines go, what they replaced comes back, and the file may be loaded again."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from data.changes.types import Editor
from data.changes.undoing import undo
from data.doctor import examine
from data.errors import AlreadyLoaded, CannotUndo, NotAllowed
from data.queries.freshness import freshness
from data.scope import Scope
from tests.loading.conftest import TWO_LINES

MARCH = (date(2017, 3, 1), date(2017, 4, 1))
LATE_MARCH = (date(2017, 3, 15), date(2017, 4, 1))
EVERYTHING = Scope.everything()
MEG = Editor("meg", "manager", EVERYTHING)
FIRST = TWO_LINES + "2,10,6,8,2017-03-20 10:00:00,1,1.50,0,0,0\n"
CORRECTED = "1,10,5,7,2017-03-01 10:00:00,3,4.50,0,0,0\n"
APRIL = "9,12,5,7,2017-04-02 10:00:00,1,9.00,0,0,0\n"


def take_back(loader, revision, *, by=MEG, **only):
    return undo(loader.database, revision, editor=by, reason="Undo it", **only)


def refusal(loader, revision):
    """Why the revision cannot be undone; nothing has changed then."""
    lines, newest = loader.lines(), loader.value("select max(revision) from history.revisions")
    with pytest.raises(CannotUndo) as raised:
        take_back(loader, revision)
    assert (loader.lines(), loader.value("select max(revision) from history.revisions")) == (lines, newest)
    return str(raised.value)


def record(loader, revision):
    """What `loads` says of a revision."""
    columns = "source, rows_added, rows_removed, first_on::text, last_on::text, reverts_load"
    return loader.rows(f"select {columns} from loads where revision = :revision", revision=revision)[0]


def last_day(loader):
    with loader.database.reading(EVERYTHING) as conn:
        return freshness(conn).last_business_date


@pytest.fixture
def healthy(shop):
    """The shop, in which the doctor finds nothing wrong after the test."""
    yield shop
    assert [finding for finding in examine(shop.database.owner) if not finding.ok] == []


def test_the_lines_of_a_load_go_and_its_members_stay(healthy):
    healthy.sales(APRIL)
    before = healthy.lines()
    loaded = healthy.sales(FIRST + "3,77,99,7,2017-03-02 10:00:00,1,1.00,0,0,0\n")
    saved = take_back(healthy, loaded.revision)
    assert (saved.revision, saved.added, saved.changed, saved.removed) == (loaded.revision + 1, 0, 0, 4)
    assert healthy.lines() == before
    assert healthy.rows("select product_id, inferred from products where product_id = 77") == [(77, True)]
    assert healthy.value("select count(*) from stores where store_id = 99") == 1
    assert record(healthy, saved.revision)[:5] == ("", 0, 4, None, None)
    about = "select kind, reverts, author, reason from history.revisions where revision = :number"
    assert healthy.rows(about, number=saved.revision) == [("undo", loaded.revision, "meg", "Undo it")]
    told = (
        "select table_name, rows_added, rows_removed from history.revision_tables where revision = :number order by 1"
    )
    assert healthy.rows(told, number=saved.revision) == [("loads", 1, 0), ("sales_lines", 0, 4)]


def test_the_file_can_be_loaded_again_after_the_undo(healthy):
    loaded = healthy.sales(FIRST)
    lines = healthy.lines()
    with pytest.raises(AlreadyLoaded, match=f"daybook revisions revert {loaded.revision}"):
        healthy.sales(FIRST)
    take_back(healthy, loaded.revision)
    again = healthy.sales(FIRST)
    assert healthy.lines() == lines
    take_back(healthy, again.revision)
    assert healthy.lines() == []


def test_what_a_restatement_replaced_comes_back(healthy):
    healthy.sales(FIRST)
    before = healthy.lines()
    restated = healthy.sales(CORRECTED, period=MARCH)
    saved = take_back(healthy, restated.revision)
    assert (saved.added, saved.removed) == (3, 1)
    assert healthy.lines() == before
    assert record(healthy, saved.revision)[:5] == ("", 3, 1, "2017-03-01", "2017-03-20")
    assert healthy.sales(CORRECTED, period=MARCH).removed == 3


def test_a_load_can_be_undone_after_the_restatement_of_it_was(healthy):
    """Its lines are those of the undo by then: they are followed, and lines of other loads stay."""
    first, other = healthy.sales(FIRST), healthy.sales(APRIL)
    both = (date(2017, 3, 1), date(2017, 5, 1))
    for _ in range(2):
        restated = healthy.sales(CORRECTED, period=both)
        assert f"revision {restated.revision} replaced 3 of its lines" in refusal(healthy, first.revision)
        take_back(healthy, restated.revision)
    assert take_back(healthy, first.revision).removed == 3
    assert [line[0] for line in healthy.lines()] == [9]
    assert take_back(healthy, other.revision).removed == 1
    assert healthy.lines() == []


def test_an_undo_is_undone_in_turn(healthy):
    healthy.sales(FIRST)
    first = healthy.lines()
    restated = healthy.sales(CORRECTED, period=MARCH)
    second = healthy.lines()
    newest = restated.revision
    for expected in (first, second, first, second):
        newest = take_back(healthy, newest).revision
        assert healthy.lines() == expected
    with pytest.raises(AlreadyLoaded, match=f"daybook revisions revert {newest}"):
        healthy.sales(CORRECTED, period=MARCH)
    assert f"revision {restated.revision} is undone already" in refusal(healthy, restated.revision)


def test_an_undo_stays_where_the_file_was_loaded_again(healthy):
    loaded = healthy.sales(FIRST)
    undone = take_back(healthy, loaded.revision)
    again = healthy.sales(FIRST)
    assert f"was loaded again in revision {again.revision}" in refusal(healthy, undone.revision)


def test_a_load_is_undone_once(healthy):
    loaded = healthy.sales(FIRST)
    undone = take_back(healthy, loaded.revision)
    told = refusal(healthy, loaded.revision)
    assert f"is undone already; undo revision {undone.revision} to take that back" in told


def test_lines_that_a_later_load_replaced_stand_in_the_way(healthy):
    loaded = healthy.sales(FIRST)
    later = healthy.sales("2,10,6,8,2017-03-20 10:00:00,7,1.50,0,0,0\n", period=LATE_MARCH)
    assert f"revision {later.revision} replaced 1 of its lines" in refusal(healthy, loaded.revision)


def test_lines_that_were_loaded_again_stand_in_the_way(healthy):
    healthy.sales(FIRST)
    restated = healthy.sales(CORRECTED, period=MARCH)
    later = healthy.sales("1,11,5,7,2017-03-01 10:00:00,1,7.00,0,0,0\n")
    told = refusal(healthy, restated.revision)
    assert f"revision {later.revision} loaded 1 of the lines that would come back" in told
    take_back(healthy, later.revision)
    take_back(healthy, restated.revision)
    assert len(healthy.lines()) == 3


def test_a_period_that_was_replaced_since_stands_in_the_way(healthy):
    healthy.sales(FIRST)
    restated = healthy.sales(CORRECTED, period=MARCH)
    later = healthy.sales("5,10,6,8,2017-03-28 10:00:00,1,1.00,0,0,0\n", period=LATE_MARCH)
    told = refusal(healthy, restated.revision)
    assert f"revision {later.revision} replaced 2017-03-15:2017-04-01, where lines would come back" in told
    take_back(healthy, later.revision)
    assert take_back(healthy, restated.revision).added == 3


def test_a_basket_that_lies_elsewhere_by_now_stands_in_the_way(healthy):
    healthy.sales(FIRST)
    restated = healthy.sales(CORRECTED, period=MARCH)
    later = healthy.sales("2,12,5,8,2017-03-20 10:00:00,1,1.00,0,0,0\n")
    told = refusal(healthy, restated.revision)
    assert f"revision {later.revision} has 1 of their baskets at another place or date" in told


def test_the_business_dates_are_those_of_lines_that_are_there(healthy):
    march = healthy.sales(FIRST)
    april = healthy.sales(APRIL)
    assert last_day(healthy) == date(2017, 4, 2)
    undone = take_back(healthy, april.revision)
    assert last_day(healthy) == date(2017, 3, 20)
    take_back(healthy, undone.revision)
    assert last_day(healthy) == date(2017, 4, 2)
    restated = healthy.sales(CORRECTED, period=(MARCH[0], date(2017, 5, 1)))
    take_back(healthy, restated.revision)
    with healthy.database.reading(EVERYTHING) as conn:
        shown = freshness(conn)
    assert (shown.first_business_date, shown.last_business_date) == (date(2017, 3, 1), date(2017, 4, 2))
    take_back(healthy, march.revision)
    with healthy.database.reading(EVERYTHING) as conn:
        assert freshness(conn).first_business_date == date(2017, 4, 2)


def test_only_a_manager_of_every_store_undoes_a_load(healthy):
    loaded = healthy.sales(FIRST)
    limited = Editor("sue", "manager", Scope.of_stores(5, 6))
    with pytest.raises(NotAllowed, match="concerns every store; you are limited to 2 of them"):
        take_back(healthy, loaded.revision, by=limited)
    with pytest.raises(NotAllowed, match="by the role manager; yours is analyst"):
        take_back(healthy, loaded.revision, by=Editor("ann", "analyst", EVERYTHING))
    with pytest.raises(CannotUndo, match="as a whole"):
        take_back(healthy, loaded.revision, table="products", rows=["10"])
    assert take_back(healthy, loaded.revision, by=Editor("ada", "admin", EVERYTHING)).removed == 3


def test_the_database_refuses_the_undo_of_a_load_to_who_is_limited_to_stores(shop):
    loaded = shop.sales(FIRST)
    load = shop.value("select load_id from loads where revision = :number", number=loaded.revision)
    acting = shop.database.writing(author="sue", reason="Mine", kind="undo", scope=Scope.of_stores(5))
    with acting as conn:
        own = conn.scalar(sa.select(sa.func.history.open_load("sales_lines")))
        conn.execute(sa.text("select history.end_load(:own, :load)"), {"own": own, "load": load})
        with pytest.raises(sa.exc.DBAPIError, match="limited to stores"):
            conn.execute(sa.text("select history.revert_load(:own, :load, 0)"), {"own": own, "load": load})
        conn.rollback()
    assert len(shop.lines()) == 3


def test_lines_are_not_ended_outside_of_a_load(shop):
    shop.sales(FIRST)
    with pytest.raises(sa.exc.DBAPIError, match="is not open"), shop.database.writing(author=None, reason=None) as conn:
        conn.execute(sa.text("select history.end_load(4, 4)"))
    assert len(shop.lines()) == 3


def test_the_first_load_of_facts_is_undone_and_the_business_zone_stays(loader):
    loaded = loader.sales(FIRST)
    take_back(loader, loaded.revision)
    assert loader.lines() == []
    assert loader.value("select count(*) from business_settings") == 1
    with loader.database.reading(EVERYTHING) as conn:
        assert freshness(conn).last_business_date is None


PRODUCTS = "product,department,category,brand\n10,DAIRY,YOGURT,Ours\n13,SWEETS,CHOCOLATE,Theirs\n"
CONTENT = """
    select product_id, d.name, c.name, brand from products p
    join categories c using (category_id) join departments d using (department_id) order by 1
"""


def test_a_reference_file_is_undone_field_by_field_and_loaded_again(healthy):
    healthy.sales(FIRST)
    before = healthy.rows(CONTENT), healthy.rows("select name from categories order by 1")
    loaded = healthy.load("products", PRODUCTS)
    after = healthy.rows(CONTENT)
    saved = take_back(healthy, loaded.revision)
    assert (healthy.rows(CONTENT), healthy.rows("select name from categories order by 1")) == before
    assert (saved.added, saved.changed, saved.removed) == (0, 1, 4)
    assert "is undone already" in refusal(healthy, loaded.revision)
    again = healthy.load("products", PRODUCTS)
    assert healthy.rows(CONTENT) == after
    undone = take_back(healthy, again.revision)
    assert take_back(healthy, undone.revision).added == 4
    assert healthy.rows(CONTENT) == after
    with pytest.raises(AlreadyLoaded):
        healthy.load("products", PRODUCTS)


def test_a_reference_row_that_facts_name_by_now_stands_in_the_way(healthy):
    loaded = healthy.load("products", PRODUCTS)
    later = healthy.sales("1,13,5,7,2017-03-01 10:00:00,1,1.00,0,0,0\n")
    assert "1 lines name it" in refusal(healthy, loaded.revision)
    take_back(healthy, later.revision)
    assert take_back(healthy, loaded.revision).removed == 4


def test_a_reference_row_that_was_changed_again_stands_in_the_way(healthy):
    loaded = healthy.load("products", PRODUCTS)
    later = healthy.load("products", "product,category,brand\n10,DAIRY > YOGURT,Other\n")
    assert f"brand was changed again in revision {later.revision}" in refusal(healthy, loaded.revision)


def test_a_brought_along_row_that_is_used_by_now_stands_in_the_way(healthy):
    loaded = healthy.load("products", PRODUCTS)
    healthy.load("products", "product,category\n14,SWEETS > CHOCOLATE\n")
    assert "another row still uses what would go" in refusal(healthy, loaded.revision)


def test_members_are_known_by_being_seen_again_once_their_file_is_undone(loader):
    loader.sales(APRIL)
    loaded = loader.load("stores", "store,region\n5,North\n6,South\n")
    undone = take_back(loader, loaded.revision)
    loader.sales("20,12,8,7,2017-04-03 10:00:00,1,1.00,0,0,0\n")
    take_back(loader, undone.revision)
    loader.sales("21,12,9,7,2017-04-03 10:00:00,1,1.00,0,0,0\n")
    flagged = "select store_id, inferred from stores where store_id > 7 order by 1"
    assert loader.rows(flagged) == [(8, False), (9, True)]


def test_the_load_that_fixed_the_business_zone_is_refused_for_reference_data(loader):
    loaded = loader.load("products", PRODUCTS)
    with pytest.raises(CannotUndo, match="changed business_settings, which nobody edits"):
        take_back(loader, loaded.revision)


@pytest.mark.long
@pytest.mark.sample
def test_a_month_of_the_sample_is_undone_and_its_first_revision_is_not(sample_clone):
    total = sa.text("select count(*), sum(net_cents), max(sold_on) from sales_lines")
    kept = sa.text("select count(*), sum(net_cents) from sales_lines where sold_on < '2017-12-01'")
    with sample_clone.owner.connect() as conn:
        before, expected = conn.execute(total).one(), conn.execute(kept).one()
    undone = undo(sample_clone, 13, editor=MEG, reason="Not yet")
    with sample_clone.owner.connect() as conn:
        assert tuple(conn.execute(total).one())[:2] == tuple(expected)
    undo(sample_clone, undone.revision, editor=MEG, reason="Now it is")
    with sample_clone.owner.connect() as conn:
        assert conn.execute(total).one() == before
    with pytest.raises(CannotUndo, match="revision 1 loaded 6 files together"):
        undo(sample_clone, 1, editor=MEG, reason="All of it")
    assert [finding for finding in examine(sample_clone.owner) if not finding.ok] == []
