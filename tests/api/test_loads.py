"""Files loaded over HTTP: in the background, as one revision, with a status that says how far and what became of it."""

import io
import time

import pandas as pd
import pytest
import sqlalchemy as sa

from dashboard.api import loading
from dashboard.api.v1 import loads

HEADER = "basket,product,store,household,sold_at,quantity,net,retail_discount,coupon_discount,coupon_match\n"
APRIL = f"{HEADER}9,10,1,7,2017-04-02 10:00,1,9.00,0,0,0\n"


def send(client, content, name="april.csv", table="sales", **fields):
    files = {"file": (name, content if isinstance(content, bytes) else content.encode())}
    return client.post(f"/api/v1/loads/{table}", files=files, data={key: str(value) for key, value in fields.items()})


def ended(client, answer):
    """The status once the load has ended."""
    assert answer.status_code == 202, answer.text
    for _ in range(200):
        told = client.get(answer.headers["location"]).json()
        if told["state"] in {"done", "failed"}:
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def test_a_file_becomes_a_revision_in_the_background(shop, tmp_path):
    client = shop.client("manager")
    told = ended(client, send(client, APRIL, reason="April"))
    assert (told["state"], told["told"]["revision"], told["told"]["rows"]) == ("done", 2, 1)
    assert (told["table"], told["file"]) == ("sales", "april.csv")
    assert told["told"]["first_on"] == "2017-04-02"
    revision = client.get("/api/v1/revisions/2").json()
    assert (revision["author"], revision["reason"], revision["kind"]) == ("manager", "April", "load")
    asked = {"metrics": ["net_sales"], "start": "2017-04-01", "end": "2017-05-01"}
    assert client.post("/api/v1/query", json=asked).json()["rows"] == [[9.0]]
    assert list((tmp_path / "uploads").iterdir()) == []


def test_parquet_restates_a_period_and_a_dry_run_writes_nothing(shop):
    client, content = shop.client("admin"), io.BytesIO()
    pd.read_csv(io.StringIO(APRIL.replace("2017-04-02", "2017-02-05"))).to_parquet(content, index=False)
    dates = {"replace_start": "2017-02-01", "replace_end": "2017-03-01"}
    tried = ended(client, send(client, content.getvalue(), "feb.parquet", dry_run=True, **dates))
    assert (tried["told"]["revision"], tried["told"]["removed"]) == (None, 3)
    done = ended(client, send(client, content.getvalue(), "feb.parquet", **dates))
    assert (done["told"]["revision"], done["told"]["removed"]) == (2, 3)


def test_faults_are_told_by_row_column_and_rule(shop, tmp_path):
    client = shop.client("manager")
    told = ended(client, send(client, APRIL.replace("9.00", "nine")))
    assert (told["state"], told["told"]["count"]) == ("failed", 1)
    assert told["told"]["faults"][0]["column"] == "net"
    assert told["told"]["faults"][0]["value"] == "nine"
    assert "nothing was loaded" in told["told"]["detail"]
    assert list((tmp_path / "uploads").iterdir()) == []
    again = ended(client, send(client, APRIL))
    assert again["state"] == "done"
    assert "loaded" in ended(client, send(client, APRIL))["told"]["detail"]


@pytest.mark.parametrize(
    ("name", "table", "fields", "status"),
    [
        ("april.exe", "sales", {}, 422),
        ("", "sales", {}, 422),
        ("april.csv", "sales_lines", {}, 404),
        ("april.csv", "sales", {"replace_start": "2017-04-01"}, 422),
        ("april.csv", "sales", {"replace_start": "soon", "replace_end": "2017-04-01"}, 422),
    ],
)
def test_what_cannot_be_a_load_is_refused_at_once(shop, name, table, fields, status):
    assert send(shop.client("manager"), APRIL, name, table, **fields).status_code == status


def test_a_file_s_name_leads_nowhere_else(shop, tmp_path):
    client = shop.client("manager")
    for name in ("../../escaped.csv", "..\\escaped.csv"):
        ended(client, send(client, APRIL, name))
    assert list(tmp_path.rglob("escaped.csv")) == []


def test_loads_are_for_managers_without_a_limit_and_each_sees_their_own(shop):
    assert send(shop.client("analyst"), APRIL).status_code == 403
    assert send(shop.client("manager", "read", "edit"), APRIL).status_code == 403
    answer = send(shop.client("admin"), APRIL)
    assert shop.client("manager").get(answer.headers["location"]).status_code == 404
    ended(shop.client("admin"), answer)
    with shop.database.accounts() as conn:
        conn.execute(sa.text("update accounts.accounts set scope_stores = '{1}' where username = 'manager'"))
    assert send(shop.client("manager"), APRIL).status_code == 403


def test_a_load_whose_server_has_ended_has_failed(shop, monkeypatch):
    monkeypatch.setattr(loads._loads, "add", lambda *given: None)
    client = shop.client("manager")
    answer = send(client, APRIL)
    assert client.get(answer.headers["location"]).json()["state"] == "waiting"
    with shop.database.accounts() as conn:
        conn.execute(sa.text("update accounts.load_jobs set alive_at = now() - interval '3 minutes'"))
    told = client.get(answer.headers["location"]).json()
    assert (told["state"], "send it again" in told["told"]["detail"]) == ("failed", True)


def test_an_end_that_cannot_be_noted_stands_in_the_log(shop, monkeypatch, caplog):
    def broken(*given, **named):
        raise OSError("the server is away")

    monkeypatch.setattr(loading, "end_load_job", broken)
    assert send(shop.client("manager"), APRIL, reason="April").status_code == 202
    loads._loads._worker.submit(lambda: None).result()  # after the load, for there is one worker
    assert "load job 1 has ended (done), but that could not be noted" in caplog.text
    assert "the server is away" in caplog.text
