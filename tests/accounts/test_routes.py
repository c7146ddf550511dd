"""Where a login may lead to, and whose forms are taken."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.auth.routes import routes, safe_target


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/account",
        "/account?from=a+link&n=1",
        "/?start=2017-01-01&end=2017-02-01",
        "/overview?next=https://evil.example/&also=//evil.example",
        "/overview#figures",
        "/überblick?größe=1",
        "/@evil.example",
        "/a:b",
        "/%2F%2Fevil.example",
        "/%5Cevil.example",
        "/.//evil.example",
        "/[",
    ],
)
def test_a_path_of_ours_is_kept_with_its_query(target):
    assert safe_target(target) == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "HTTPS://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "///evil.example",
        "//[",
        "http://[",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/account\\..\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\nset-cookie: a=b",
        "\x00//evil.example",
        "/account\x00",
        "/account\x7f",
        "/account\x85",
        "/account\u2028",
        "/half a character \ud800",
        " //evil.example",
        "evil.example",
        "account",
        "?p=7d",
        "",
    ],
)
def test_whatever_could_lead_elsewhere_becomes_the_first_page(target):
    assert safe_target(target) == "/"


@pytest.mark.parametrize(
    "target", ["//evil.example", "//[", "https://evil.example", "/\t/evil.example", "/\\evil.example"]
)
def test_the_answer_to_a_login_never_names_another_host(target):
    client = TestClient(Starlette(routes=routes()), base_url="http://shop.example", follow_redirects=False)
    answer = client.post("/auth/session", data={"next": target}, headers={"origin": "http://shop.example"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("path", ["/auth/session", "/auth/logout"])
@pytest.mark.parametrize(
    "origin",
    [
        "http://elsewhere.example",
        "http://shop.example.elsewhere.example",
        "http://shop.example@elsewhere.example",
        "http://shop.example:81",
        "ftp://shop.example",
        "//shop.example",
        "shop.example",
        "http://[",
        "null",
        "",
    ],
)
def test_a_form_of_another_site_is_refused(path, origin):
    client = TestClient(Starlette(routes=routes()), base_url="http://shop.example")
    assert client.post(path, headers={"origin": origin}).status_code == 403
