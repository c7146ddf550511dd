"""Explain as a script: findings, parts, checks and what is opened, over a tiny shop with a short history."""

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard import auth, feed, load, working
from dashboard.auth import User
from data.accounts.accounts import create_account
from data.changes.undoing import undo
from data.scope import Scope
from data.views.reading import Content
from data.views.writing import save_view, set_favourite
from tests.changes.shop import MANAGER, edit
from tests.factories.accounts import PASSWORD
from tests.loading.conftest import Loader

PAGES = Path(__file__).parents[2] / "pages"
EVERYTHING = Scope.everything()
MARCH = "1,10,5,7,2017-03-01 10:00:00,2,3.00,0,0,0\n2,11,6,7,2017-03-01 10:00:00,1,1.25,0,0,0\n"
APRIL = "9,10,5,7,2017-04-02 10:00:00,1,9.00,0,0,0\n8,12,6,8,2017-02-02 10:00:00,1,2.00,0,0,0\n"
MARCH_AGAIN = "1,10,5,7,2017-03-01 10:00:00,2,3.50,0,0,0\n3,12,6,7,2017-03-01 11:00:00,1,5.00,0,0,0\n"


@pytest.fixture
def shop(database, tmp_path, monkeypatch):
    """1 stores, 2 products, 3 March, 4 product 10 to FUEL, 5 April with a late line, 6 March restated, 7 undo of 4."""
    loader = Loader(database, tmp_path)
    loader.load("stores", "store,region\n5,North\n6,South\n")
    loader.load("products", "product,department,category\n10,DAIRY,MILK\n11,DAIRY,CHEESE\n12,FUEL,GAS\n")
    loader.sales(MARCH)
    moved = edit(database, "products", "10", category="FUEL > GAS")
    loader.sales(APRIL)
    loader.sales(MARCH_AGAIN, period=(date(2017, 3, 1), date(2017, 3, 2)))
    undo(database, moved.revision, editor=MANAGER, reason="It is milk")
    with database.accounts() as conn:
        create_account(conn, username="ann", password=PASSWORD, role="analyst")
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", None)
    monkeypatch.setattr(working, "_AT_ONCE_S", 60)
    return monkeypatch


def run(shop, name="explain", scope=EVERYTHING, **params):
    user = User(1, "ann", "Ann", "analyst", scope)
    shop.setattr(auth, "require", lambda role: user)
    page = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=60)
    for key, value in params.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception, page.exception
    return page


def words(page):
    found = " ".join(
        item.value for item in (*page.markdown, *page.caption, *page.subheader, *page.header, *page.info, *page.error)
    )
    return f"{found} {' '.join(item.proto.body for item in page.get('html'))}"


def as_table(page):
    page.toggle(key="waterfall-as-table").set_value(True).run()
    frame = page.dataframe[0].value
    return dict(zip(frame["Part"], frame["Amount"], strict=True))


def test_an_edit_is_the_whole_of_a_difference(shop):
    page = run(shop, old="3", new="4", f="department.in:DAIRY")
    assert "Net sales fell by 3.00, from 4.25 to 1.25." in words(page)
    assert "All of it is revision 4" in words(page).replace("\\", "")
    assert "add up to −3.00 exactly" in words(page)


def test_revisions_that_touch_nothing_of_it_are_counted(shop):
    page = run(shop, old="1", new="4", m="baskets")
    assert "Baskets rose by 2, from 0 to 2." in words(page)
    assert "2 other revisions between touch nothing of it" in words(page)


def test_late_new_and_restated_facts_are_told_apart(shop):
    page = run(shop, old="4", new="6")
    found = as_table(page)
    assert list(found.values()) == ["+9.00", "+2.00", "+4.25"]
    kinds = page.dataframe[0].value["What it is"].tolist()
    assert kinds == ["new facts", "late facts", "restated facts"]


def test_backwards_it_is_the_negative(shop):
    forwards, backwards = (as_table(run(shop, old=a, new=b)) for a, b in (("3", "6"), ("6", "3")))
    assert {text.translate(str.maketrans("+−", "−+")) for text in forwards.values()} == set(backwards.values())


def test_whatever_the_order_an_undo_goes_with_what_it_undid(shop):
    page = run(shop, old="3", new="7", how="shapley", f="department.in:FUEL")
    found = as_table(page)
    assert "add up to" in words(page)
    assert any("undone by" in part for part in found)


@pytest.mark.parametrize("part", ["1", "2", "3"])
@pytest.mark.parametrize("how", ["timeline", "shapley"])
def test_each_part_opens(shop, part, how):
    page = run(shop, old="3", new="7", part=part, how=how)
    assert "in History" in words(page) or "lie apart" in words(page) or "of this part" in words(page)


def test_an_edit_opens_into_members_and_rows(shop):
    page = run(shop, old="3", new="4", part="1", m="units", f="department.in:DAIRY", r="department")
    members, rows = (frame.value for frame in page.dataframe[-2:])
    assert dict(zip(members["Department"], members["Change"], strict=True)) == {"DAIRY": -2}
    assert rows.iloc[0].tolist()[1:] == ["Category", "DAIRY > MILK", "FUEL > GAS"]


def test_members_that_moved_are_told_where_the_total_is_the_same(shop):
    page = run(shop, old="3", new="4")
    assert "is the same at both: 4.25" in words(page)
    members = page.dataframe[-1].value
    assert dict(zip(members["Department"], members["Change"], strict=True)) == {"DAIRY": -3.0, "FUEL": 3.0}


def test_a_restated_period_opens_into_removed_restated_and_new_lines(shop):
    page = run(shop, old="5", new="6", part="1")
    kinds = next(frame.value for frame in page.dataframe if "Number" in frame.value)
    assert kinds["Number"].tolist() == [1, 1, 1]
    assert kinds["Amount"].tolist() == ["−1.25", "+0.50", "+5.00"]


def test_late_lines_are_shown(shop):
    page = run(shop, old="4", new="5", part="2")
    assert "The lines that arrived" in words(page)
    assert page.dataframe[-1].value["Net sales"].tolist() == [2.0]


def test_a_scope_sees_its_own_part(shop):
    page = run(shop, scope=Scope.of_stores(6), old="3", new="6", part="3")
    assert "from 1.25 to 7.00" in words(page)
    page = run(shop, scope=Scope.of_stores(6), old="3", new="4", f="department.in:DAIRY")
    assert "is the same at both: 1.25" in words(page)


def test_the_same_revision_at_both_ends_is_said(shop):
    page = run(shop, old="4", new="4")
    assert "Nothing has been loaded or edited between the two" in words(page)
    page.button(key="explain-earlier").click().run()
    assert page.query_params["old"] in ("3", ["3"])
    assert not page.exception


def test_a_first_visit_begins_before_the_newest_revision(shop):
    page = run(shop)
    assert "From revision 6" in words(page)


def test_since_the_last_visit(shop):
    run(shop)
    with load.database().accounts() as conn:
        conn.execute(sa.text("update accounts.visits set revision = 3, seen_at = now() - interval '3 days'"))
    page = run(shop)
    assert "From revision 3" in words(page)
    assert "to revision 7" in words(page)


@pytest.mark.parametrize("word", ["99", "0", "abc", "9" * 25])
def test_a_revision_that_is_not_there_is_said(shop, word):
    page = run(shop, old=word, new="4")
    assert f"“revision {word}”" in words(page)


def test_another_metric_asks_again_and_closes_the_part(shop):
    page = run(shop, old="3", new="5", part="1")
    page.selectbox(key="explain.metric").set_value("baskets").run()
    assert not page.exception
    assert "Baskets rose by 2, from 2 to 4." in words(page)
    assert "part" not in page.query_params


def test_two_periods_in_price_volume_and_mix(shop):
    page = run(shop, between="periods", p="dates", **{"from": "2017-04-01", "to": "2017-04-30"}, vs="dates",
               vsfrom="2017-03-01", vsto="2017-03-31", r="product")  # fmt: skip
    assert "Net sales rose by 0.50, from 8.50 to 9.00." in words(page)
    assert words(page).count("add up to +0.50 exactly") == 2
    page.toggle(key="explain-components-as-table").set_value(True).run()
    assert not page.exception


def test_a_metric_that_does_not_add_up_says_so(shop):
    page = run(shop, between="periods", p="28d", m="households", vs="dates", vsfrom="2017-03-01", vsto="2017-03-31")
    assert "Households does not add up over department" in words(page)


def test_no_earlier_period_is_said(shop):
    assert "There is nothing to compare with" in words(run(shop, between="periods", p="all"))


def test_the_feed_tells_what_moved_since_the_last_visit(shop):
    view = Content("explore", "p=all&f=department.in%3ADAIRY", "Dairy")
    with load.database().accounts() as conn:
        saved = save_view(conn, account_id=1, content=view)
        set_favourite(conn, view_id=saved.view_id, account_id=1, favourite=True)
    run(shop, "home")
    with load.database().accounts() as conn:
        conn.execute(sa.text("update accounts.visits set revision = 3, seen_at = now() - interval '3 days'"))
    shop.setattr(feed, "_MOST_LINES", 50)
    page = run(shop, "home")
    assert "4 revisions since your last visit" in words(page)
    assert "Largest effect: " in words(page)
    assert "<b>Net sales of FUEL</b>" in words(page)
    assert "<b>Dairy, net sales</b> −3.00" in words(page)
    assert "revisions since your last visit" not in words(run(shop, "home", home="past", revision="3"))
