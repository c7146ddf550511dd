"""The search over everything that has a name: what each person finds, and what the field and its page are told."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import load
from dashboard.auth.cookies import SESSION
from dashboard.finding import background, kinds, routes
from dashboard.finding.kinds import Group, Hit
from dashboard.finding.search import more_address, search
from data.accounts.sessions import open_ticket, redeem_ticket
from data.dashboards.reading import Content as Dashboard
from data.dashboards.writing import save_dashboard
from data.scope import Scope
from data.search.words import Place
from data.views.reading import Content
from data.views.writing import save_view, set_favourite


def found(text, user, **more):
    return {group.name: [hit.name for hit in group.hits] for group in search(text, user, **more).groups}


@pytest.fixture
def views(shop):
    """A private and a shared view of the analyst, and a private one of the manager."""
    with shop.accounts() as conn:
        for owner, name, shared in ((1, "Mine alone", False), (1, "Bread by week", True), (2, "Bread plans", False)):
            content = Content("explore", "m=units&r=store", name, "About bread", "Baking", shared)
            made = save_view(conn, content, account_id=owner)
        set_favourite(conn, view_id=made.view_id, account_id=2, favourite=True)


def test_a_product_leads_to_its_page(person):
    result = search("vanilla ice cream", person())
    (group,) = result.groups
    assert (group.label, group.count) == ("Product", 1)
    assert group.hits[0].address == "/member?dimension=product&key=10"


def test_metrics_and_dimensions_lead_to_the_glossary_by_every_name(person):
    assert found("revenue", person())["metric"][0] == "Net sales"
    assert found("branch", person())["dimension"] == ["Store"]
    assert search("average basket", person()).groups[0].hits[0].address == "/glossary?word=average_basket"


def test_pages_are_those_that_the_person_may_see(person):
    assert found("targets", person())["page"] == ["Explore", "Attainment"]  # which say so of themselves
    assert found("targets", person("manager"))["page"] == ["Targets", "Explore", "Attainment"]


def test_views_are_ones_own_and_shared_ones(views, person):
    assert found("bread", person())["view"] == ["Bread by week", "Mine alone"]  # the second says so in its description
    assert found("bread", person("manager"))["view"] == ["Bread by week", "Bread plans"]
    (hit,) = (hit for group in search("bread by week", person("manager")).groups for hit in group.hits)
    assert hit.about == "Baking · About bread · shared by analyst"
    assert hit.address == "/explore?m=units&r=store&view=2"


def test_dashboards_are_ones_own_and_shared_ones(shop, person):
    with shop.accounts() as conn:
        for owner, name, shared in ((1, "Mine alone", False), (1, "Bakery morning", True), (2, "Bakery plans", False)):
            save_dashboard(conn, Dashboard(name, folder="Bakery", shared=shared), account_id=owner)
    assert found("bakery", person())["dashboard"] == ["Bakery morning", "Mine alone"]
    assert found("bakery", person("manager"))["dashboard"] == ["Bakery morning", "Bakery plans"]
    (hit,) = (hit for group in search("bakery morning", person("manager")).groups for hit in group.hits)
    assert (hit.about, hit.address) == ("Bakery · shared by analyst", "/dashboards?dashboard=2")


def test_the_kind_with_the_best_hit_comes_first(person):
    assert next(iter(found("store", person()))) == "dimension"
    assert list(found("ice cream", person())) == ["in-category", "in-product"]


def test_a_scoped_person_does_not_find_another_regions_store(person):
    assert found("store 2", person())["in-store"] == ["Store 2"]
    assert "in-store" not in found("store 2", person(scope=Scope.of_stores(1)))


def test_a_slip_is_mended_and_told_and_only_where_nothing_was_found(person):
    result = search("vanila ice craem", person())
    assert result.mended == "vanilla ice cream"
    assert [hit.name for hit in result.groups[0].hits] == ["VANILLA ICE CREAM, no. 10"]
    assert search("ice cream", person()).mended == ""
    assert search("zzzzzz", person()).groups == ()


def test_nothing_typed_offers_the_pages_and_the_favourites(views, person):
    assert found("", person("manager"), most=50)["view"] == ["Bread plans"]
    assert "Overview" in found("", person())["page"]
    assert "Reference data" not in found("", person(), most=50)["page"]


def test_more_of_one_kind_is_a_link(person):
    (group,) = (one for one in search("o", person(), most=1).groups if one.name == "page")
    assert group.count > 1
    assert more_address("o", group) == "/search?q=o&kind=page"
    assert found("o", person(), most=100, only="page").keys() == {"page"}
    assert len(found("o", person(), most=100, only="page")["page"]) == group.count
    assert found("cream", person(), only="in-product") == {"in-product": ["VANILLA ICE CREAM, no. 10"]}


def test_another_kind_of_thing_is_one_function(person, monkeypatch):
    def boards(searching):
        if searching.asked.place(["Morning board"]) is not None:
            yield Group("board", "Boards", (Hit("Morning board", "", "/board", Place.EXACT),), 1)

    monkeypatch.setattr("dashboard.finding.search.KINDS", (*kinds.KINDS, boards))
    assert found("morning", person()) == {"board": ["Morning board"]}


@pytest.fixture
def client(shop):
    with load.database().accounts() as conn:
        ticket = open_ticket(conn, account_id=1, browser="browser")
        token = redeem_ticket(conn, ticket=ticket, browser="browser")
    site = Starlette(routes=routes.routes())
    return TestClient(site, base_url="http://shop.example", cookies={SESSION: token})


def test_the_route_answers_who_is_logged_in(client):
    answer = client.get("/found", params={"q": "vanilla"})
    assert answer.headers["cache-control"] == "no-store"
    (group,) = answer.json()["groups"]
    assert group["hits"] == [
        {
            "name": "VANILLA ICE CREAM, no. 10",
            "about": "2 lines in 28 days",
            "address": "/member?dimension=product&key=10",
        }
    ]
    assert group["more"] is None
    assert client.get("/found", params={"q": "x" * 5000}).json()["count"] == 0
    assert client.get("/found").json()["groups"][0]["label"] == "Pages"


def test_the_route_tells_strangers_nothing(client):
    client.cookies.clear()
    answer = client.get("/found", params={"q": "vanilla"})
    assert (answer.status_code, list(answer.json())) == (401, ["problem"])
    client.cookies.set(SESSION, "made-up")
    assert client.get("/found").status_code == 401


def test_what_is_searched_is_read_before_somebody_asks(shop):
    assert len(load.Resources.cache) == 0
    background.read_names()
    kept = len(load.Resources.cache)
    assert kept > 10
    background.read_names()
    assert len(load.Resources.cache) == kept


def test_without_a_database_nothing_is_read(monkeypatch):
    monkeypatch.setattr(load.Resources, "database", None)
    background.read_names()
