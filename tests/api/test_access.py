"""Every route times everybody: the routes are read off the application, and what each answers is written down here."""

import pytest
import sqlalchemy as sa
from starlette.routing import Match

from data.accounts.accounts import disable_account
from tests.factories.accounts import AccountFactory

ALL = {"analyst", "manager", "admin"}
EDITORS = {"manager", "admin"}
ANYBODY = ALL | {"anonymous", "disabled", "expired", "revoked"}
QUERY = {"metrics": ["net_sales"]}
COMPARE = {"metric": "net_sales", "from_revision": 1, "to_revision": 1}
CHANGE = {"reason": "x", "changes": [{"key": "10", "version": 1, "set": {"brand": "x"}}], "dry_run": True}
# Who is answered; everybody else gets 401 without a token that is alive, and 403 with one.
MATRIX = {
    ("GET", "/healthz"): (ANYBODY, None),
    ("GET", "/readyz"): (ANYBODY, None),
    ("GET", "/api/v1/openapi.json"): (ANYBODY, None),
    ("POST", "/api/v1/token"): (ANYBODY, None),
    ("GET", "/api/v1/tokens"): (ALL, None),
    ("POST", "/api/v1/tokens"): (set(), {"name": "x"}),  # after a login alone; see test_tokens
    ("DELETE", "/api/v1/tokens/{token_id}"): (ALL, None),
    ("GET", "/api/v1/catalog"): (ALL, None),
    ("POST", "/api/v1/query"): (ALL, QUERY),
    ("POST", "/api/v1/compare"): (ALL, COMPARE),
    ("GET", "/api/v1/revisions"): (ALL, None),
    ("GET", "/api/v1/revisions/{number}"): (ALL, None),
    ("GET", "/api/v1/reference"): (ALL, None),
    ("GET", "/api/v1/reference/{table}"): (ALL, None),
    ("PATCH", "/api/v1/reference/{table}"): (EDITORS, CHANGE),
    ("GET", "/api/v1/drafts"): (EDITORS, None),
    ("GET", "/api/v1/drafts/{draft}"): (EDITORS, None),
    ("POST", "/api/v1/drafts/{draft}/approval"): (EDITORS, {}),
    ("POST", "/api/v1/drafts/{draft}/refusal"): (EDITORS, {}),
    ("POST", "/api/v1/loads/{table}"): (EDITORS, None),
    ("GET", "/api/v1/loads/{load}"): (ALL, None),
    ("GET", "/api/v1/views"): (ALL, None),
    ("POST", "/api/v1/views"): (ALL, {"name": "x", "link": ""}),
}
PARTS = {"{token_id}": "999", "{number}": "1", "{table}": "products", "{load}": "999", "{draft}": "999"}
NEEDS_RIGHT = {("PATCH", "/api/v1/reference/{table}"): "edit", ("POST", "/api/v1/views"): "edit",
               ("POST", "/api/v1/drafts/{draft}/approval"): "edit", ("POST", "/api/v1/drafts/{draft}/refusal"): "edit",
               ("POST", "/api/v1/loads/{table}"): "load"}  # fmt: skip


def routes(app):
    found = {("GET", app.openapi_url)}
    for path, methods in app.openapi()["paths"].items():
        found |= {(method.upper(), path) for method in methods}
    return found


def everybody(shop):
    clients = {name: shop.client(name) for name in ("analyst", "manager", "admin")}
    clients["anonymous"] = shop.client()
    clients["expired"] = _ended(shop, "expires_at")
    clients["revoked"] = _ended(shop, "revoked_at")
    with shop.database.accounts() as conn:  # the last admin could not be disabled
        shop.ids["leaving"] = AccountFactory(conn=conn, username="leaving", role="admin").account_id
    clients["disabled"] = shop.client("leaving")
    with shop.database.accounts() as conn:
        disable_account(conn, username="leaving")
    return clients


def _ended(shop, column):
    client = shop.client("admin")
    with shop.database.accounts() as conn:
        newest = "(select max(token_id) from accounts.api_tokens)"
        conn.execute(sa.text(f"update accounts.api_tokens set {column} = now() where token_id = {newest}"))
    return client


def test_every_route_has_its_line_in_the_matrix(shop):
    assert routes(shop.app) == set(MATRIX)


def test_nothing_else_is_served(shop):
    served = [route for route in shop.app.routes if getattr(route, "methods", None)]
    for path in ("/docs", "/redoc", "/api/docs", "/openapi.json", "/api/v1", "/api/v1/accounts"):
        scope = {"type": "http", "method": "GET", "path": path, "headers": []}
        assert not any(route.matches(scope)[0] is Match.FULL for route in served), path


@pytest.mark.parametrize(("method", "path"), sorted(MATRIX))
def test_who_is_answered(shop, method, path):
    answered, body = MATRIX[method, path]
    for name, client in everybody(shop).items():
        status = _status(client, method, path, body)
        assert (status not in {401, 403}) == (name in answered), (name, status)
        if name not in answered:
            assert status == (403 if name in ALL else 401), name


@pytest.mark.parametrize(("method", "path"), sorted(MATRIX))
def test_a_token_opens_no_more_than_its_rights(shop, method, path):
    answered, body = MATRIX[method, path]
    needed = NEEDS_RIGHT.get((method, path))
    if needed and "admin" in answered:
        assert _status(shop.client("admin", *({"read", "edit", "load"} - {needed})), method, path, body) == 403
        let_in = _status(shop.client("admin", needed), method, path, body)
        assert let_in == 404 if "{draft}" in path else let_in < 400  # there is no draft of that number
    elif "/tokens" not in path and "anonymous" not in answered:
        assert _status(shop.client("admin", "edit", "load"), method, path, body) == 403


def _status(client, method, path, body):
    for part, value in PARTS.items():
        path = path.replace(part, value)
    if path.endswith("/token"):
        return client.post(path, data={"username": "analyst", "password": "an old lamp on the pier"}).status_code
    if "/loads/" in path and method == "POST":  # of a table that nothing else of the shop needs
        files = {"file": ("regions.csv", b"household\n7\n")}
        return client.post("/api/v1/loads/households", files=files, data={"dry_run": "true"}).status_code
    return client.request(method, path, json=body).status_code
