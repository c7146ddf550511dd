"""The past in a browser: chosen, told, pinned by the link, and left again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from dashboard import format as fmt
from data.db import Database
from data.queries.metrics import metric_result
from data.revisions.naming import Namer, name_revision
from data.scope import Scope
from data.semantic.question import Query
from data.semantic.types import Unit
from tests.browser.live import fill_in, log_in, quiet, served
from tests.changes.shop import edit
from tests.conftest import clone
from tests.factories.accounts import PASSWORD, AccountFactory
from tests.loading.conftest import Loader

EVERYTHING = Scope.everything()
MARCH = "1,10,5,7,2017-03-01 10:00:00,2,3.00,0,0,0\n2,11,6,7,2017-03-01 10:00:00,1,1.25,0,0,0\n"
APRIL = "9,10,5,7,2017-04-02 10:00:00,1,9.00,0,0,0\n"
WITH_MARCH, MOVED, WITH_APRIL = 3, 4, 5


@pytest.fixture(scope="module")
def shop(server_url, template, owner_login, tmp_path_factory) -> Iterator[Database]:
    """Stores, products, March, product 10 moved to another department, and April; March is named and certified."""
    with clone(server_url, template, owner_login) as database:
        loader = Loader(database, tmp_path_factory.mktemp("files"))
        loader.load("stores", "store,region\n5,North\n6,South\n")
        loader.load("products", "product,department,category\n10,DAIRY,MILK\n11,DAIRY,CHEESE\n12,FUEL,GAS\n")
        loader.sales(MARCH)
        edit(database, "products", "10", category="FUEL > GAS")
        loader.sales(APRIL)
        name_revision(database, revision=WITH_MARCH, name="March 2017", by=Namer("manager"), certified=True)
        with database.accounts() as conn:
            for role in ("analyst", "manager", "admin"):
                AccountFactory(conn=conn, username=role, role=role)
        yield database


@pytest.fixture(scope="module")
def past_app(shop: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(shop, tmp_path_factory.mktemp("past-app")) as address:
        yield address


@pytest.fixture
def overview(page: Page, past_app: str) -> Page:
    log_in(page, past_app, "analyst", path="/overview?p=all")
    expect(figure(page, "Net sales")).to_have_text("$13.25")
    quiet(page)
    return page


@pytest.fixture
def explore(page: Page, past_app: str) -> Page:
    log_in(page, past_app, "analyst", path="/explore?p=all&chart=number&r=-&m=net_sales,baskets")
    expect(number(page, "Net sales")).to_contain_text("$13.25")
    quiet(page)
    return page


def figure(page: Page, label: str):
    """The figure of a tile; while a page is drawn again, the tile that it replaces stands beside it for a moment."""
    return page.get_by_role("listitem").filter(has=page.get_by_text(label, exact=True)).locator("strong").first


def number(page: Page, label: str):
    return page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True)).first


def banner(page: Page):
    return page.locator(".st-key-past-revision")


def choose(page: Page, button: str, field: str, option: str) -> None:
    quiet(page)
    page.get_by_role("button", name=button, exact=False).last.click()
    page.get_by_label(field, exact=True).click()
    page.get_by_role("option", name=option).click()


def revision_of(page: Page) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get("revision", [])


def then(shop: Database, revision: int | None, metric: str) -> str:
    """A figure as of a revision, as tiles write it."""
    with shop.reading(EVERYTHING) as conn:
        found = metric_result(conn, Query((metric,)), scope=EVERYTHING, revision=revision).frame[metric].iloc[0]
    return fmt.short(float(found), Unit.CENTS if metric == "net_sales" else Unit.COUNT)


def test_a_named_revision_is_chosen_told_and_left_again(overview: Page, shop: Database):
    choose(overview, "Now", "By name", "March 2017, certified · revision 3")
    expect(banner(overview)).to_contain_text("As of revision 3 · March 2017")
    expect(banner(overview)).to_contain_text("2 revisions since")
    expect(banner(overview)).to_contain_text("Certified")
    for metric, label in (("net_sales", "Net sales"), ("baskets", "Baskets")):
        expect(figure(overview, label)).to_have_text(then(shop, WITH_MARCH, metric))
    bars = overview.locator(".st-key-panel-department .yaxislayer-above text")
    expect(bars).to_have_text(["DAIRY"])
    assert revision_of(overview) == ["3"]
    expect(overview.get_by_text("Facts to 1 Mar 2017 · revision 3")).to_be_visible()
    banner(overview).get_by_role("button", name="Back to now").click()
    expect(banner(overview)).to_have_count(0)
    expect(figure(overview, "Net sales")).to_have_text(then(shop, None, "net_sales"))
    assert revision_of(overview) == []


def test_the_same_can_be_chosen_again_at_once(overview: Page):
    for _ in range(4):
        choose(overview, "Now", "By name", "March 2017, certified · revision 3")
        banner(overview).get_by_role("button", name="Back to now").click()  # before the page is finished
        expect(banner(overview)).to_have_count(0)


def test_a_load_is_chosen_and_the_back_button_leaves_it(explore: Page, shop: Database):
    choose(explore, "Now", "Right after a load", "1 Mar 2017 · revision 3")
    expect(number(explore, "Net sales")).to_contain_text(then(shop, WITH_MARCH, "net_sales"))
    expect(number(explore, "Baskets")).to_contain_text(then(shop, WITH_MARCH, "baskets"))
    assert revision_of(explore) == ["3"]
    quiet(explore)
    explore.go_back()
    expect(banner(explore)).to_have_count(0)
    expect(number(explore, "Net sales")).to_contain_text(then(shop, None, "net_sales"))
    explore.go_forward()
    expect(banner(explore)).to_contain_text("As of revision 3")
    expect(number(explore, "Net sales")).to_contain_text(then(shop, WITH_MARCH, "net_sales"))


def test_a_tile_leads_to_explore_at_the_same_revision(overview: Page, past_app: str):
    overview.goto(f"{past_app}/overview?p=all&revision={MOVED}")
    expect(banner(overview)).to_contain_text("1 revision since")
    overview.locator(".tile a").first.click()
    expect(overview.get_by_role("heading", name="Explore", exact=True)).to_be_visible()
    expect(banner(overview)).to_contain_text("As of revision 4")
    assert revision_of(overview) == ["4"]


def test_a_link_to_the_newest_stays_where_it_was(overview: Page, past_app: str):
    overview.goto(f"{past_app}/overview?p=all&revision=newest")
    expect(banner(overview)).to_contain_text("As of revision 5")
    expect(banner(overview)).to_contain_text("0 revisions since")
    assert revision_of(overview) == ["5"]
    overview.reload()
    expect(banner(overview)).to_contain_text("As of revision 5")


@pytest.mark.parametrize("path", ["/overview?p=all", "/explore?p=all"])
def test_a_revision_that_is_not_there_is_said_and_now_is_shown(overview: Page, past_app: str, path: str):
    overview.goto(f"{past_app}{path}&revision=99")
    expect(overview.get_by_text("“revision 99”")).to_be_visible()
    expect(banner(overview)).to_have_count(0)
    expect(overview.locator(".js-plotly-plot").first).to_be_visible()


def test_files_say_the_revision_in_name_and_notes(overview: Page, past_app: str, tmp_path: Path):
    overview.goto(f"{past_app}/overview?p=all&revision=3")
    expect(figure(overview, "Net sales")).to_have_text("$4.25")
    with overview.expect_download() as download:
        overview.get_by_role("button", name="Download all as XLSX").click()
    assert download.value.suggested_filename == "overview-2017-03-01-revision-3.xlsx"
    download.value.save_as(tmp_path / "all.xlsx")
    about = [row[0].value for row in load_workbook(tmp_path / "all.xlsx")["About"].iter_rows()]
    assert "As of revision 3, March 2017, certified; the newest was 5" in about


def test_a_manager_names_a_revision_and_it_can_be_chosen(page: Page, past_app: str):
    log_in(page, past_app, "manager", path="/history?revision=5")
    quiet(page)
    page.get_by_role("button", name="Name this revision").click()
    page.get_by_label("Name", exact=True).fill("April 2017")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_text("Revision 5 is called “April 2017”.")).to_be_visible()
    page.get_by_role("link", name="Figures as of it").click()
    expect(banner(page)).to_contain_text("As of revision 5 · April 2017")


def test_the_filter_bar_stays_in_one_line(overview: Page, past_app: str):
    overview.goto(f"{past_app}/overview?p=all&revision=3")
    expect(banner(overview)).to_be_visible()
    quiet(overview)
    assert overview.locator(".st-key-filter-bar").bounding_box()["height"] < 100


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_past_breaks_no_rule_of_accessibility(browser: Browser, past_app: str, width: int, scheme: str):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(past_app)
    fill_in(page, "manager", PASSWORD)
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    for path in ("?p=all&revision=3", "explore?p=all&revision=3", "explore?revision=2", "history?revision=3"):
        page.goto(f"{past_app}/{path}")
        if not path.startswith("history"):
            expect(banner(page)).to_be_visible()
            quiet(page)
            page.get_by_role("button", name="As of revision").click()
            expect(page.get_by_label("By name", exact=True)).to_be_visible()
        quiet(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, path
        judged = {"exclude": [["[data-testid=stSidebarNav]"]]}  # the navigation's list is the framework's own
        found = Axe().run(page, context=judged).response["violations"]
        grave = [rule for rule in found if rule["impact"] in {"serious", "critical"}]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in grave] == [], path
    context.close()
