"""Overview and Explore as of a revision: figures, lists, lines, files and links read as it was; and the way back."""

from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import auth, load
from dashboard.auth import User
from dashboard.reference import acting
from data.accounts.accounts import create_account
from data.changes.undoing import undo
from data.queries.metrics import metric_result
from data.revisions.naming import Namer, name_revision
from data.scope import Scope
from data.semantic.question import Query
from data.views.reading import Content
from data.views.writing import save_view
from tests.changes.shop import MANAGER, edit
from tests.factories.accounts import PASSWORD
from tests.loading.conftest import Loader

PAGES = Path(__file__).parents[2] / "pages"
EVERYTHING = Scope.everything()
MARCH = "1,10,5,7,2017-03-01 10:00:00,2,3.00,0,0,0\n2,11,6,7,2017-03-01 10:00:00,1,1.25,0,0,0\n"
APRIL = "9,10,5,7,2017-04-02 10:00:00,1,9.00,0,0,0\n"
REVISIONS = {"products": 2, "march": 3, "moved": 4, "april": 5, "undone": 6}


@pytest.fixture
def shop(database, tmp_path, monkeypatch):
    """Stores, products, March, product 10 moved to another department, April, and April undone."""
    loader = Loader(database, tmp_path)
    loader.load("stores", "store,region\n5,North\n6,South\n")
    loader.load("products", "product,department,category\n10,DAIRY,MILK\n11,DAIRY,CHEESE\n12,FUEL,GAS\n")
    loader.sales(MARCH)
    edit(database, "products", "10", category="FUEL > GAS")
    april = loader.sales(APRIL)
    undo(database, april.revision, editor=MANAGER, reason="Too early")
    name_revision(database, revision=REVISIONS["march"], name="March *final*", by=Namer("manager"), certified=True)
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", None)
    return monkeypatch


def run(shop, page, scope=EVERYTHING, **params):
    user = User(1, "ann", "Ann", "analyst", scope)
    shop.setattr(auth, "require", lambda role: user)
    script = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=60)
    for name, value in params.items():
        script.query_params[name] = value
    script.run()
    assert not script.exception, script.exception
    return script


def html(page):
    return " ".join(item.proto.body for item in page.get("html"))


def words(page):
    return " ".join(item.value for item in (*page.markdown, *page.caption))


def sales_then(number, scope=EVERYTHING, by=("department",)):
    with load.database().reading(scope) as conn:
        frame = metric_result(conn, Query(("net_sales",), by), scope=scope, revision=number).frame
    return dict(zip(frame[by[0]], frame["net_sales"] / 100, strict=True))


def explored(page):
    frame = page.dataframe[0].value
    return {row["Department"]: row["Net sales"] for row in frame.to_dict("records") if row["Department"] != "Total"}


@pytest.mark.parametrize("number", [3, 4, 5, 6])
@pytest.mark.parametrize("scope", [EVERYTHING, Scope.of_stores(5)], ids=["everything", "one store"])
def test_explores_figures_are_those_of_the_revision(shop, number, scope):
    page = run(shop, "explore", scope, p="all", revision=str(number))
    assert explored(page) == sales_then(number, scope)
    assert f"As of **revision {number}**" in words(page)
    assert f"revision {number} ·" in page.caption[-1].value
    assert page.query_params["revision"] == str(number)


@pytest.mark.parametrize(("number", "figure"), [(3, "$4.25"), (5, "$13.25"), (6, "$4.25")])
def test_overview_shows_the_revision_and_leads_to_explore_at_it(shop, number, figure):
    page = run(shop, "overview", p="all", revision=str(number))
    assert f"<strong>{figure}</strong>" in html(page)
    links = [part.partition("'")[0] for part in html(page).split("href='/explore")[1:]]
    assert len(links) > 6
    assert {tuple(parse_qs(urlsplit(link.replace("&amp;", "&")).query)["revision"]) for link in links} == {
        (str(number),)
    }


def test_the_banner_says_name_certificate_and_what_came_since(shop):
    page = run(shop, "overview", revision="3")
    assert r"As of **revision 3** · **March \*final\***" in words(page)
    assert "3 revisions since" in words(page)
    assert "Certified" in words(page)
    page.button(key="back-to-now").click().run()
    assert "revision" not in page.query_params
    assert "As of **" not in words(page)


def test_the_newest_is_a_pin_too(shop, database, tmp_path):
    page = run(shop, "explore", p="all", revision="newest")
    assert "As of **revision 6**" in words(page)
    assert "0 revisions since" in words(page)
    later = tmp_path / "later"
    later.mkdir()
    Loader(database, later).sales(APRIL.replace("9.00", "7.00"))
    page.run()
    assert "1 revision since" in words(page)
    assert explored(page) == sales_then(6)


@pytest.mark.parametrize("name", ["overview", "explore"])
@pytest.mark.parametrize("word", ["99", "0", "abc", "9" * 25])
def test_a_revision_that_is_not_there_is_said_and_now_is_shown(shop, name, word):
    page = run(shop, name, p="all", revision=word)
    assert f"“revision {word}”" in words(page)
    assert "As of **" not in words(page)
    assert "revision" not in page.query_params


@pytest.mark.parametrize("name", ["overview", "explore"])
def test_before_the_first_facts_there_is_nothing_but_a_way_back(shop, name):
    page = run(shop, name, revision="2")
    assert "No sales had been loaded at revision 2" in words(page)
    page.button(key="back-to-now").click().run()
    assert not page.exception
    assert "No sales had been loaded" not in words(page)


def test_the_pin_survives_filters_reset_and_other_controls(shop):
    page = run(shop, "overview", p="all", revision="3")
    page.multiselect(key="filters.department").select("DAIRY").run()
    page.selectbox(key="filters.comparison").select("none").run()
    page.button(key="reset").click().run()
    assert page.query_params == {"revision": "3"}
    page = run(shop, "explore", p="all", revision="3")
    page.multiselect(key="explore.rows").select("store").run()
    page.selectbox(key="explore.chart").select("table").run()
    assert page.query_params["revision"] == "3"
    page.button(key="reset").click().run()
    assert page.query_params == {"revision": "3"}


def test_a_filter_on_what_was_not_there_yet_is_kept(shop):
    page = run(shop, "overview", p="all", dept="FUEL", revision="3")
    assert "Nothing was sold here" in words(page)
    page.button(key="back-to-now").click().run()
    assert "<strong>$3.00</strong>" in html(page)


@pytest.mark.parametrize("name", ["overview", "explore"])
def test_a_revision_is_chosen_by_load_name_and_number(shop, name):
    page = run(shop, name, p="all")
    page.selectbox(key="past-now-0-load").select(5).run()
    assert "As of **revision 5**" in words(page)
    page.selectbox(key="past-5-1-name").select(3).run()
    assert "As of **revision 3**" in words(page)
    page.number_input(key="past-3-2-number").set_value(4).run()
    assert "As of **revision 4**" in words(page)
    page.button(key="past-4-3-newest").click().run()
    assert "As of **revision 6**" in words(page)
    page.button(key="past-6-4-to-now").click().run()
    assert "As of **" not in words(page)
    assert not page.exception


def test_a_date_looks_the_last_revision_of_that_day_up(shop):
    page = run(shop, "overview", p="all")
    page.date_input(key="past-now-0-date").set_value(date(2016, 12, 31)).run()
    assert "Nothing had been recorded by the end of 31 Dec 2016" in words(page)
    assert "revision" not in page.query_params
    page.date_input(key="past-now-0-date").set_value(page.date_input(key="past-now-0-date").max).run()
    assert page.query_params["revision"] == "6"


def test_single_lines_are_those_of_the_revision(shop):
    lines = {number: run(shop, "explore", p="all", l="-", revision=str(number)) for number in (3, 5)}
    found = {number: [item.value for item in page.header if "lines" in item.value] for number, page in lines.items()}
    assert found == {3: ["2 sales lines"], 5: ["3 sales lines"]}


def test_files_are_named_after_the_revision(shop):
    names = [button.proto.help for button in run(shop, "explore", p="all", revision="3").get("download_button")]
    assert names
    assert all("-revision-3." in name for name in names)


def test_a_saved_view_keeps_the_pin_that_it_was_saved_with(shop, database):
    with database.accounts() as conn:
        ann = create_account(conn, username="ann", password=PASSWORD, role="analyst").account_id
        pinned, free = (
            save_view(conn, Content("explore", link, name), account_id=ann).view_id
            for link, name in (("p=all&revision=3", "Pinned"), ("p=all", "Free"))
        )
    page = run(shop, "explore", view=str(pinned))
    assert explored(page) == sales_then(3)
    assert "Unsaved changes" not in words(page)
    page.button(key=f"views-open-{free}").click().run()
    assert "revision" not in page.query_params
    page.selectbox(key="past-now-0-load").select(5).run()
    assert "Unsaved changes" in words(page)
    page.button(key=f"views-open-{pinned}").click().run()
    assert page.query_params["revision"] == "3"


@pytest.mark.parametrize(("role", "may"), [("analyst", False), ("manager", True)])
def test_history_tells_names_to_all_and_lets_managers_change_them(shop, role, may):
    user = User(1, "meg", "Meg", role, EVERYTHING)
    shop.setattr(auth, "require", lambda role: user)
    page = AppTest.from_file(str(PAGES / "history.py"), default_timeout=60).run()
    assert page.dataframe[0].value["Name"].tolist() == ["", "", "", "✓ March *final*", "", ""]
    page.query_params["revision"] = "3"
    page.run()
    assert r"**March \*final\***" in words(page)
    assert "Certified" in words(page)
    assert "href='/?revision=3'" in html(page)
    assert any(button.label == "Remove name" for button in page.button) is may
    assert any(field.label == "Name" for field in page.text_input) is may


def test_a_name_that_is_none_is_refused_on_the_page(shop):
    user = User(1, "meg", "Meg", "manager", EVERYTHING)
    shop.setattr(auth, "require", lambda role: user)
    shop.setattr(acting, "acting_user", lambda: user)
    page = AppTest.from_file(str(PAGES / "history.py"), default_timeout=60)
    page.query_params["revision"] = "5"
    page.run()
    page.text_input(key="naming.name.5").set_value("MARCH *FINAL*")
    next(button for button in page.button if button.label == "Save name").click().run()
    assert "another revision has this name" in page.error[0].value


@pytest.mark.parametrize("name", ["data_quality", "reference", "targets"])
def test_a_page_without_a_past_says_so(shop, name):
    user = User(1, "meg", "Meg", "manager", EVERYTHING)
    shop.setattr(auth, "require", lambda role: user)
    page = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=60)
    page.query_params["revision"] = "3"
    page.run()
    assert "as it is now, not as of revision 3" in words(page)
