"""Files that are taken by the HTTP API leave a line in the audit trail, as files of pages do."""

from __future__ import annotations

import pytest

from dashboard.api.v1 import figures
from data.accounts.audit import Kind, Wanted, audit_events

QUESTION = {"metrics": ["net_sales"], "dimensions": ["department"]}
FILES = {"csv": "text/csv", "arrow": "application/vnd.apache.arrow.stream", "parquet": "application/vnd.apache.parquet"}


def exports(shop):
    with shop.database.accounts() as conn:
        return audit_events(conn, Wanted(kinds=(Kind.EXPORT.value,)))


@pytest.mark.parametrize("form", FILES)
def test_a_file_is_noted_each_time_that_it_is_taken(shop, form):
    client = shop.client("analyst")
    answers = [client.post("/api/v1/query", json=QUESTION, headers={"Accept": FILES[form]}) for _ in range(2)]
    lines = exports(shop)
    assert [(one.actor, one.via, one.details["file"]) for one in lines] == [("analyst", "api", f"query.{form}")] * 2
    assert [one.details["bytes"] for one in lines] == [len(one.content) for one in answers]
    assert {one.details["revision"] for one in lines} == {int(answers[0].headers["Daybook-Revision"])}
    held = {"Accept": FILES[form], "If-None-Match": answers[0].headers["ETag"]}
    assert client.post("/api/v1/query", json=QUESTION, headers=held).status_code == 304
    assert len(exports(shop)) == 2


def test_a_file_of_the_past_is_noted_with_its_revision(shop):
    asked = {**QUESTION, "revision": 1}
    assert shop.client("analyst").post("/api/v1/query", json=asked, headers={"Accept": "text/csv"}).status_code == 200
    assert [one.details["revision"] for one in exports(shop)] == [1]


def test_a_page_of_rows_is_no_file_and_more_of_them_are(shop, monkeypatch):
    client = shop.client("analyst")
    assert client.post("/api/v1/query", json=QUESTION).status_code == 200
    assert exports(shop) == []
    monkeypatch.setattr(figures, "MOST_LOOKED_AT", 1)
    assert client.post("/api/v1/query", json=QUESTION).status_code == 200
    assert [one.details["file"] for one in exports(shop)] == ["query.json"]


def test_a_refused_question_is_not_noted(shop):
    refused = shop.client("analyst").post("/api/v1/query", json={**QUESTION, "revision": 99},
                                          headers={"Accept": "text/csv"})  # fmt: skip
    assert refused.status_code in {404, 422}
    assert exports(shop) == []
