"""What /metrics prints, and to whom."""

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute

from dashboard import load
from dashboard.api.app import create_app
from dashboard.observing.figures import PAGE_ERRORS, REGISTRY, measure_queries, page_rerun
from dashboard.observing.middleware import Observed
from data import measured
from data.db import Database, make_engine
from data.queries.metrics import metric_result
from data.scope import Scope
from data.semantic.question import Query
from tests.spec.world import World

LOCAL = ("127.0.0.1", 50_000)
TOKEN = "a-token-of-32-letters-and-digits"
LINES = """
basket  product  store  household  sold_on     quantity  net
1       10       1      7          2017-02-01  2         3.10
2       10       2      7          2017-03-08  1         1.50
"""


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in ("DAYBOOK_METRICS_TOKEN", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(load.Resources, "database", None)
    monkeypatch.setattr(load.Resources, "cache", None)


def client_from(address=LOCAL, base_url="http://127.0.0.1:8501", app=None):
    return TestClient(app or create_app(), client=address, base_url=base_url, raise_server_exceptions=False)


def printed(client=None):
    answer = (client or client_from()).get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def figure(name, figures=None, **labels):
    return (printed() if figures is None else figures).get((name, tuple(sorted(labels.items()))), 0)


class TestWhoMayRead:
    def test_a_program_on_this_machine_may(self):
        assert client_from().get("/metrics").headers["content-type"].startswith("text/plain; version=")
        assert client_from(("::1", 1), "http://localhost:8501").get("/metrics").status_code == 200

    @pytest.mark.parametrize("address", [("10.0.0.7", 1), ("not an address", 1), ("2001:db8::1", 1)])
    def test_another_machine_may_not(self, address):
        answer = client_from(address).get("/metrics")
        assert answer.status_code == 403
        assert "DAYBOOK_METRICS_TOKEN" in answer.text
        assert "daybook_" not in answer.text

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
    def test_what_comes_through_a_proxy_on_this_machine_may_not(self, header):
        assert client_from().get("/metrics", headers={header: "127.0.0.1"}).status_code == 403

    def test_a_page_that_gave_this_machine_a_name_of_its_own_may_not(self):
        assert client_from(base_url="http://evil.example:8501").get("/metrics").status_code == 403

    @pytest.mark.parametrize(
        "given", [None, "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer ü"]
    )
    def test_where_a_token_is_set_it_is_needed_on_this_machine_too(self, monkeypatch, given):
        monkeypatch.setenv("DAYBOOK_METRICS_TOKEN", TOKEN)
        headers = {} if given is None else {"authorization": given.encode()}
        answer = client_from().get("/metrics", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")

    def test_with_the_token_everybody_may(self, monkeypatch):
        monkeypatch.setenv("DAYBOOK_METRICS_TOKEN", TOKEN)
        client = client_from(("10.0.0.7", 1), "https://daybook.example")
        answer = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}", "x-forwarded-for": "10.0.0.8"})
        assert answer.status_code == 200


class TestHttp:
    @pytest.fixture
    def site(self):
        def page(request):
            return PlainTextResponse("here")

        def broken(request):
            raise RuntimeError("secret=hidden-word")

        async def socket(websocket):
            await websocket.accept()
            await websocket.send_text("touched" if "daybook.observed" in websocket.scope else "untouched")
            await websocket.close()

        inner = Starlette(routes=[Route("/things/{number:int}", page), Route("/broken", broken)])
        routes = [Route("/pages/{name}", page), Mount("/in", inner), WebSocketRoute("/socket", socket)]
        return TestClient(Starlette(routes=routes, middleware=[Middleware(Observed)]), raise_server_exceptions=False)

    def count(self, **labels):
        return figure("daybook_http_request_duration_seconds_count", **labels)

    @pytest.mark.parametrize(
        ("method", "path", "labels"),
        [
            ("GET", "/pages/mia?password=1", {"method": "GET", "route": "/pages/{name}", "status": "200"}),
            ("GET", "/in/things/7", {"method": "GET", "route": "/in/things/{number:int}", "status": "200"}),
            ("GET", "/in/things/mia", {"method": "GET", "route": "/in/*", "status": "404"}),
            ("GET", "/mia", {"method": "GET", "route": "unmatched", "status": "404"}),
            ("MIA", "/pages/mia", {"method": "OTHER", "route": "/pages/{name}", "status": "405"}),
            ("GET", "/in/broken", {"method": "GET", "route": "/in/broken", "status": "500"}),
        ],
    )
    def test_a_request_counts_under_its_template_and_never_its_path(self, site, method, path, labels):
        before = self.count(**labels)
        site.request(method, path)
        assert self.count(**labels) == before + 1
        assert "mia" not in str(list(printed()))

    def test_a_route_of_an_included_router_counts_under_its_whole_template(self):
        labels = {"method": "GET", "route": "/healthz", "status": "200"}
        before = self.count(**labels)
        client_from().get("/healthz")
        assert self.count(**labels) == before + 1

    def test_a_websocket_passes_untouched(self, site):
        with site.websocket_connect("/socket") as socket:
            assert socket.receive_text() == "untouched"

    def test_a_request_through_two_of_them_counts_once(self):
        app = Starlette(routes=[Mount("/api", create_app())], middleware=[Middleware(Observed)])
        labels = {"method": "GET", "route": "/api/healthz", "status": "200"}
        before = self.count(**labels)
        client_from(app=app).get("/api/healthz")
        assert self.count(**labels) == before + 1


class TestPages:
    def test_a_rerun_counts_by_page_and_an_error_too(self):
        reruns = figure("daybook_page_rerun_duration_seconds_count", page="overview")
        errors = figure("daybook_page_errors_total", page="overview")
        with page_rerun("overview", began=0.0):
            pass
        with pytest.raises(ValueError), page_rerun("overview", began=0.0):  # noqa: PT011
            raise ValueError
        assert figure("daybook_page_rerun_duration_seconds_count", page="overview") == reruns + 2
        assert figure("daybook_page_errors_total", page="overview") == errors + 1

    def test_a_page_that_stops_itself_is_no_error(self):
        with pytest.raises(GeneratorExit), page_rerun("stores", began=0.0):
            raise GeneratorExit
        assert PAGE_ERRORS.labels("stores")._value.get() == 0


class TestDatabase:
    @pytest.fixture
    def shop(self, database):
        with database.owner.begin() as conn:
            World(conn).lines(LINES)
        load.use(database)
        measure_queries()
        yield database
        measured.listen(None)

    def test_what_the_database_knows(self, shop):
        figures = printed()
        assert figure("daybook_database_up", figures) == 1
        assert figure("daybook_revision", figures) == 1
        assert figure("daybook_loads", figures, table="sales_lines") == 1
        assert figure("daybook_sessions_live", figures) == 0
        assert figure("daybook_pool_connections_max", figures, login="owner") == 20
        assert figure("daybook_pool_connections_max", figures, login="tokens") == 20

    def test_a_question_counts_by_its_subject_and_the_second_time_in_the_cache(self, shop):
        labels = {"query": "rolled_up", "subject": "sales"}
        before = figure("daybook_query_duration_seconds_count", **labels)
        everything = Scope.everything()
        for _ in range(2):
            with shop.reading(everything) as conn:
                metric_result(conn, Query(("net_sales",)), scope=everything, cache=load.Resources.cache)
                in_use = figure("daybook_pool_connections_in_use", login="owner")
        figures = printed()
        assert figure("daybook_query_duration_seconds_count", figures, **labels) == before + 1
        assert (figure("daybook_cache_hits_total", figures), figure("daybook_cache_misses_total", figures)) == (1, 1)
        assert figure("daybook_cache_bytes", figures) > 0
        assert in_use == 1

    def test_a_query_that_fails_is_counted_apart(self, shop):
        before = figure("daybook_query_failures_total", query="odd", subject="")
        with pytest.raises(sa.exc.ProgrammingError), measured.timed("odd"), shop.owner.connect() as conn:
            conn.execute(sa.text("select nothing"))
        assert figure("daybook_query_failures_total", query="odd", subject="") == before + 1

    def test_without_a_server_the_rest_is_printed_all_the_same(self):
        engine = make_engine("postgresql://someone:hidden-word@127.0.0.1:1/none")
        load.use(Database(engine, engine, engine))
        figures = printed()
        assert figure("daybook_database_up", figures) == 0
        assert ("daybook_revision", ()) not in figures
        assert figure("daybook_cache_max_bytes", figures) > 0

    def test_an_unmigrated_database_is_up_but_has_no_figures(self, empty_database_url):
        engine = make_engine(empty_database_url())
        load.use(Database(engine, engine, engine))
        figures = printed()
        assert figure("daybook_database_up", figures) == 1
        assert ("daybook_revision", ()) not in figures
        engine.dispose()

    def test_no_figure_is_registered_under_two_names(self):
        names = [family.name for family in REGISTRY.collect()]
        assert len(names) == len(set(names))
