import pytest
from fastapi.testclient import TestClient

from dashboard import load
from dashboard.api.app import create_app
from data.db import Database, make_engine
from data.migrating import downgrade


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setattr(load.Resources, "database", None)
    return TestClient(create_app())


def test_alive_needs_no_database(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_ready_with_a_migrated_database(client, worker_database):
    load.use(worker_database)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "reason": None})


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
