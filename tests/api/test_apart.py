"""What programs ask for goes past the pages, and looks the same to them."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from dashboard.api.apart import Apart
from dashboard.middleware import HEADERS, FixedHeaders


@pytest.fixture
def site():
    return TestClient(Apart(FixedHeaders(PlainTextResponse("api")), PlainTextResponse("pages")))


@pytest.mark.parametrize(
    ("path", "asked"),
    [("/api/v1/query", "api"), ("/api/other", "api"), ("/healthz", "api"), ("/readyz", "api"), ("/metrics", "api"),
     ("/", "pages"), ("/apiary", "pages"), ("/healthz/more", "pages"), ("/app/static/api/v1", "pages")],
)  # fmt: skip
def test_each_request_goes_to_one_of_two(site, path, asked):
    assert site.get(path).text == asked


def test_programs_get_the_same_headers_as_pages(site):
    assert HEADERS.items() <= dict(site.get("/api/v1/query").headers).items()


def test_the_pages_start_and_end_with_the_server():
    told = []

    async def pages(scope, receive, send):
        told.append(scope["type"])
        await Starlette()(scope, receive, send)

    with TestClient(Apart(PlainTextResponse("api"), pages)):
        assert told == ["lifespan"]
