from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient

from dashboard import load
from dashboard.api import health
from dashboard.api.app import create_app
from data.db import Database, make_engine
from data.migrating import downgrade

CHECKED = [("database", True), ("migrations", True), ("disk", True)]


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setattr(load.Resources, "database", None)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return TestClient(create_app())


def test_alive_needs_no_database(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_ready_with_a_migrated_database(client, worker_database):
    load.use(worker_database)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"], answer.json()["reason"]) == (200, "ready", None)
    assert [(check["name"], check["ok"]) for check in answer.json()["checks"]] == CHECKED


def test_not_ready_says_which_schema_is_needed(client, database):
    load.use(database)
    downgrade(database.owner, target="0004")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "the schema is at 0004" in answer.json()["reason"]


def test_not_ready_without_a_server_and_nothing_of_the_address_is_told(client):
    engine = make_engine("postgresql://someone:hidden-word@127.0.0.1:1/none")
    load.use(Database(engine, engine, engine))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "the database does not answer")


def test_a_full_disk_of_the_embedded_server_is_named_with_what_is_left(client, worker_database, monkeypatch):
    load.use(worker_database)
    monkeypatch.setattr(health, "free_bytes", lambda _: 5 * 1024**2)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert answer.json()["reason"] == "5 MB are free where DAYBOOK_HOME is; at least 256 MB needed"
    assert [check["name"] for check in answer.json()["checks"] if not check["ok"]] == ["disk"]


def test_the_disk_of_a_server_that_is_not_ours_is_not_looked_at(client, worker_database, monkeypatch):
    load.use(worker_database)
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")
    assert [check["name"] for check in client.get("/readyz").json()["checks"]] == ["database", "migrations"]


def test_readiness_is_told_while_every_pooled_connection_is_in_use(client, worker_database):
    owner = make_engine(worker_database.owner.url.render_as_string(hide_password=False))
    database = Database(owner, owner, owner)
    load.use(database)
    with ExitStack() as held:
        for _ in range(20):
            held.enter_context(owner.connect())
        assert client.get("/readyz").status_code == 200
    database.dispose()
