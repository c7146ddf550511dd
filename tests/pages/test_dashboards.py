"""Dashboards as a script: figures of several views under one bar, arranged, saved, shared and exported."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import auth, load
from dashboard.auth import User
from dashboard.dashboards import actions, background
from data.cache import ResultCache
from data.changes.undoing import undo
from data.dashboards.reading import Content, Item, saved_dashboard
from data.dashboards.writing import save_dashboard, update_dashboard
from data.queries import metrics as metrics_of
from data.scope import Scope
from data.views.reading import Content as View
from data.views.writing import delete_view, save_view
from tests.changes.shop import MANAGER
from tests.factories.accounts import AccountFactory
from tests.spec.world import World

PAGE = Path(__file__).parents[2] / "pages" / "dashboards.py"
PRODUCTS = """
product  department  category  product_type
10       GROCERY     MILK      =MILK
20       GROCERY     BREAD     RYE
30       PRODUCE     FRUIT     APPLES
"""
LINES = """
basket  product  store  household  sold_on     quantity  net    retail_discount
1       10       1      7          2017-01-20  2         4.00   0
2       10       1      7          2017-02-20  1         5.00   0.25
2       30       1      7          2017-02-20  1         2.00   0
3       30       2      8          2017-02-24  3         20.00  0
4       20       2      9          2017-02-28  1         7.00   0
"""
LINKS = {
    "Totals": "m=net_sales,households&r=-&chart=number&vs=prev",
    "Weeks": "m=net_sales&r=period&by=week",
    "Departments": "m=net_sales&r=department&chart=table",
    "Milk": "m=net_sales&r=store&chart=table&p=all&f=category.in:GROCERY%20>%20MILK",
}


class Shop:
    """The tiny shop with two people, ann's views, and her dashboard of them."""

    def __init__(self, database, monkeypatch, revision):
        self.database, self.monkeypatch, self.revision = database, monkeypatch, revision
        with database.accounts() as conn:
            self.ids = {name: AccountFactory(conn=conn, username=name).account_id for name in ("ann", "bob")}
            self.views = {
                name: save_view(conn, View("explore", link, name, shared=True), account_id=self.ids["ann"])
                for name, link in LINKS.items()
            }
            items = tuple(Item(view.view_id, 6, 1) for view in self.views.values())
            content = Content("Morning", items, "At nine", shared=True)
            self.dashboard = save_dashboard(conn, content, account_id=self.ids["ann"])

    def run(self, who="ann", role="analyst", scope=Scope.everything(), dashboard=None, **params):  # noqa: B008
        user = User(self.ids[who], who, who.capitalize(), role, scope)
        self.monkeypatch.setattr(auth, "require", lambda role: user)
        self.monkeypatch.setattr(actions, "acting_user", lambda: user)
        page = AppTest.from_file(str(PAGE), default_timeout=30)
        page.query_params["dashboard"] = str(dashboard or self.dashboard.dashboard_id)
        for name, value in params.items():
            page.query_params[name] = value
        return good(page.run())

    def saved(self):
        with self.database.accounts() as conn:
            return saved_dashboard(conn, dashboard_id=self.dashboard.dashboard_id, account_id=self.ids["ann"])


@pytest.fixture
def shop(database, monkeypatch):
    with database.owner.begin() as conn:
        revision = World(conn).products(PRODUCTS).lines(LINES)
    monkeypatch.setattr(load.Resources, "database", database)
    monkeypatch.setattr(load.Resources, "cache", None)
    return Shop(database, monkeypatch, revision)


def good(page):
    assert not page.exception, page.exception
    return page


def words(page):
    parts = (*page.title, *page.markdown, *page.caption, *page.header, *page.info, *page.error)
    return re.sub(r"\\(.)", r"\1", " ".join(item.value for item in parts))


def tables(page):
    return [frame.value.iloc[:, 1].tolist() for frame in page.dataframe]


def metrics(page):
    return {item.label: item.value for item in page.metric}


def test_each_view_is_over_its_own_dates_until_the_bar_says_otherwise(shop):
    page = shop.run()
    assert "Each view over its own dates" in words(page)
    assert metrics(page) == {"Net sales": "$34.00", "Households": "3"}
    assert tables(page) == [[22.0, 12.0, 34.0], [9.0, 9.0]]
    assert [item.value for item in page.header] == ["Totals", "Weeks", "Departments", "Milk"]


def test_one_period_for_all(shop):
    page = shop.run(p="dates", **{"from": "2017-02-24", "to": "2017-02-28"})
    assert "All views over 24\u201328 Feb 2017" in words(page)
    assert metrics(page)["Net sales"] == "$27.00"
    assert tables(page) == [[20.0, 7.0, 27.0]]
    assert "Nothing was sold here" in words(page)


def test_a_filter_of_the_bar_is_over_every_view(shop):
    page = shop.run(dept="PRODUCE")
    assert metrics(page) == {"Net sales": "$22.00", "Households": "2"}
    assert tables(page) == [[22.0, 22.0]]
    assert "departments PRODUCE" in words(page)


def test_what_a_view_is_filtered_by_itself_stands_under_its_title(shop):
    assert "Category: MILK" in words(shop.run())


def test_one_store_only(shop):
    page = shop.run(scope=Scope(frozenset({2})))
    assert metrics(page)["Net sales"] == "$27.00"
    assert tables(page) == [[20.0, 7.0, 27.0]]


def test_as_of_an_old_revision_every_view_is_as_it_was(shop):
    undone = undo(shop.database, shop.revision, editor=MANAGER, reason="Not ours")
    page = shop.run(revision=str(shop.revision))
    assert f"As of **revision {shop.revision}**" in words(page)
    assert metrics(page)["Net sales"] == "$34.00"
    now = shop.run()
    assert undone.revision == shop.revision + 1
    assert "No sales have been loaded yet" in words(now)


def test_where_nothing_is_left_it_is_said_once_and_widened_by_a_click(shop):
    page = shop.run(p="dates", **{"from": "1995-01-01", "to": "1995-01-02"})
    assert words(page).count("Nothing was sold here") == 1
    good(page.button(key="widen").click().run())
    assert metrics(page)["Net sales"] == "$34.00"
    assert "p" not in page.query_params


def test_a_view_that_is_private_or_gone_is_said_in_its_place_and_leaves_the_others(shop):
    with shop.database.accounts() as conn:
        hidden = save_view(conn, View("explore", "m=units", "Hidden"), account_id=shop.ids["ann"])
        content = replace(shop.dashboard.content, items=(Item(hidden.view_id), *shop.dashboard.content.items))
        update_dashboard(conn, content, dashboard_id=shop.dashboard.dashboard_id, base_version=1,
                         account_id=shop.ids["ann"], role="analyst")  # fmt: skip
        delete_view(conn, view_id=shop.views["Weeks"].view_id, account_id=shop.ids["ann"], role="analyst")
    said = words(shop.run("bob"))
    assert "This view is private" in said
    assert "This view was deleted" in said
    assert "Hidden" not in said
    assert metrics(shop.run("bob"))["Net sales"] == "$34.00"
    page = shop.run("ann")
    assert "Hidden" in words(page)
    assert "You deleted this view" in words(page)
    back = next(item for item in page.button if item.label == "Bring it back")
    good(back.click().run())
    assert "You deleted this view" not in words(page)


@pytest.mark.parametrize(
    ("page_path", "link", "said"),
    [
        ("explore", "m=footsteps", "It asks for footsteps, which is not known here."),
        ("products", "", "It was saved on the page “products”, which shows more than one figure."),
    ],
)
def test_a_view_of_what_is_not_known_here_says_so(shop, page_path, link, said):
    with shop.database.accounts() as conn:
        odd = save_view(conn, View(page_path, link, "Odd"), account_id=shop.ids["ann"])
        board = save_dashboard(conn, Content("Odd", (Item(odd.view_id),)), account_id=shop.ids["ann"])
    page = shop.run(dashboard=board.dashboard_id)
    assert "This view cannot be drawn" in words(page)
    assert said in words(page)


def test_a_member_that_is_gone_is_told_beside_the_view(shop):
    with shop.database.accounts() as conn:
        view = save_view(conn, View("explore", "m=net_sales,gone&r=department", "Old"), account_id=shop.ids["ann"])
        board = save_dashboard(conn, Content("Old", (Item(view.view_id),)), account_id=shop.ids["ann"])
    assert "The view also names gone, not known here any more." in words(shop.run(dashboard=board.dashboard_id))


def test_a_draft_is_kept_until_it_is_saved_as_a_new_version(shop):
    page = shop.run()
    good(page.button(key="dashboards-arrange").click().run())
    width = next(item for item in page.selectbox if item.label == "Width")
    good(width.set_value(12).run())
    place = [item for item in page.selectbox if item.label == "Place"][-1]
    good(place.set_value(1).run())
    assert [item.value for item in page.header] == ["Milk", "Totals", "Weeks", "Departments"]
    assert shop.saved() == shop.dashboard
    good(page.selectbox(key="filters.period").set_value("all").run())
    assert next(item.value for item in page.header) == "Milk"
    good(page.button(key="dashboards-save").click().run())
    saved = shop.saved()
    assert saved.version == 2
    assert [(item.view_id, item.width) for item in saved.content.items][:2] == [
        (shop.views["Milk"].view_id, 6),
        (shop.views["Totals"].view_id, 12),
    ]


def test_views_are_found_by_typing_added_renamed_and_taken_off(shop):
    page = shop.run()
    good(page.button(key="dashboards-arrange").click().run())
    picker = next(item for item in page.selectbox if item.label == "Add a view")
    assert picker.options == ["Departments · ann", "Milk · ann", "Totals · ann", "Weeks · ann"]
    good(picker.set_value(shop.views["Departments"].view_id).run())
    title = page.text_input[-1]
    good(title.set_value("  Once more ").run())
    good(next(item for item in page.button if item.key.endswith("-1-remove")).click().run())
    assert [item.value for item in page.header] == ["Weeks", "Departments", "Milk", "Once more"]
    good(page.button(key="dashboards-discard").click().run())
    assert [item.value for item in page.header] == ["Totals", "Weeks", "Departments", "Milk"]
    assert shop.saved() == shop.dashboard


def test_who_saves_second_is_shown_who_was_first_and_chooses(shop):
    page = shop.run()
    good(page.button(key="dashboards-arrange").click().run())
    good(next(item for item in page.text_input if item.label == "Name").set_value("Mine").run())
    with shop.database.accounts() as conn:
        theirs = replace(shop.dashboard.content, name="Theirs")
        update_dashboard(conn, theirs, dashboard_id=shop.dashboard.dashboard_id, base_version=1,
                         account_id=shop.ids["ann"], role="analyst")  # fmt: skip
    good(page.button(key="dashboards-save").click().run())
    assert "ann saved version 2 of 'Theirs' after you opened version 1" in words(page)
    assert shop.saved().content.name == "Theirs"
    good(page.button(key="dashboards-mine").click().run())
    assert (shop.saved().version, shop.saved().content.name) == (3, "Mine")


def test_who_may_not_change_a_dashboard_can_copy_it(shop):
    page = shop.run("bob")
    assert not [item for item in page.button if item.key == "dashboards-arrange"]
    good(page.button(key="dashboards-copy").click().run())
    assert "Copy of Morning" in words(page)
    assert "yours, private" in words(page)


def test_sharing_says_which_views_others_will_not_see_and_shares_them(shop):
    with shop.database.accounts() as conn:
        hidden = save_view(conn, View("explore", "m=units", "Secret"), account_id=shop.ids["ann"])
        board = save_dashboard(conn, Content("Private", (Item(hidden.view_id),)), account_id=shop.ids["ann"])
    page = shop.run(dashboard=board.dashboard_id)
    assert "One view is private, and others will not see it: “Secret”." in words(page)
    good(page.button(key="dashboards-share-views").click().run())
    assert "One view is private" not in words(page)
    page = shop.run("bob", dashboard=board.dashboard_id)
    assert "This view is private" not in words(page)
    assert "Secret" in words(page)


def test_an_unknown_dashboard_leads_to_the_list(shop):
    page = shop.run(dashboard="12345")
    assert "There is no dashboard 12345, or it is not shared with you." in words(page)
    assert any(item.label == "Morning" for item in page.button)


@pytest.mark.parametrize("word", ["abc", "-1", "0", "9" * 30, "\u0663"])
def test_no_link_is_an_error(shop, word):
    assert "There is no dashboard" in words(shop.run(dashboard=word))


def test_the_whole_screen_has_figures_and_a_way_out_and_nothing_to_arrange(shop):
    page = shop.run(full="1")
    assert metrics(page)["Net sales"] == "$34.00"
    keys = {item.key for item in page.button}
    assert "dashboards-leave-button" in keys
    assert not keys & {"dashboards-arrange", "dashboards-all"}
    good(page.button(key="dashboards-leave-button").click().run())
    assert "full" not in page.query_params


def test_what_people_open_first_is_asked_for_before_they_come(shop, monkeypatch):
    monkeypatch.setattr(load.Resources, "cache", ResultCache())
    before = background.what_there_is()
    assert background.ask_ahead() == len(LINKS)
    asked = []
    monkeypatch.setattr(metrics_of, "read_frame", lambda *given: asked.append(given))
    assert metrics(shop.run()) == {"Net sales": "$34.00", "Households": "3"}
    assert asked == []
    assert background.what_there_is() == before
    with shop.database.accounts() as conn:
        content = replace(shop.saved().content, name="Evening")
        asked_by = {"account_id": shop.ids["ann"], "role": "analyst"}
        update_dashboard(conn, content, dashboard_id=shop.dashboard.dashboard_id, base_version=1, **asked_by)
    assert background.what_there_is() != before


def test_nothing_is_asked_ahead_where_nothing_is_loaded(worker_database, monkeypatch):
    monkeypatch.setattr(load.Resources, "database", worker_database)
    monkeypatch.setattr(load.Resources, "cache", ResultCache())
    assert background.ask_ahead() == 0
