"""Edits that a second manager has to approve, sent, looked at and decided over HTTP by the rules of the pages."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from dashboard.api.client import Client, DaybookError
from data.accounts.scopes import set_scope
from tests.factories.accounts import AccountFactory

WANTED = {"reason": "Ours now", "changes": [{"key": "10", "version": 1, "set": {"category": "PRODUCE > FRUIT"}}]}


@pytest.fixture
def waiting(shop):
    """A shop whose products ask for a second manager, and the manager's change that waits as draft 1."""
    with shop.database.accounts() as conn:
        conn.execute(sa.text("insert into accounts.edit_rules (table_name, needs_approval) values ('products', true)"))
        shop.ids["second"] = AccountFactory(conn=conn, username="second", role="manager").account_id
    answer = shop.client("manager").patch("/api/v1/reference/products", json=WANTED)
    assert (answer.status_code, answer.headers["Location"]) == (202, "/api/v1/drafts/1")
    return shop


def fruit(shop):
    asked = {"metrics": ["net_sales"], "filters": {"department": ["PRODUCE"]}}
    return shop.client("analyst").post("/api/v1/query", json=asked).json()["rows"][0][0]


def decide(shop, name, what, draft=1, **body):
    return shop.client(name).post(f"/api/v1/drafts/{draft}/{what}", json=body)


def test_what_waits_is_listed_with_who_may_approve_it(waiting):
    for name, may in (("manager", False), ("second", True), ("admin", True)):
        (line,) = waiting.client(name).get("/api/v1/drafts").json()
        assert (line["draft"], line["table"], line["author"], line["reason"]) == (1, "products", "manager", "Ours now")
        assert (line["may_approve"], line["address"], line["rows"]) == (may, "/review?draft=1", 1)
        content = waiting.client(name).get("/api/v1/drafts/1").json()
        assert content["changes"] == [
            {"key": "10", "version": 1, "set": {"category": "PRODUCE > FRUIT"}, "removed": False}
        ]


def test_a_second_manager_s_approval_saves_it_as_one_revision_that_names_both(waiting):
    assert fruit(waiting) == 22.1
    answer = decide(waiting, "second", "approval")
    assert (answer.status_code, answer.json()["revision"], answer.json()["changed"]) == (200, 2, 1)
    assert fruit(waiting) == 31.1
    told = waiting.client("second").get("/api/v1/revisions/2").json()
    assert (told["author"], told["reason"]) == ("second", "Ours now (by manager, approved by second)")
    assert waiting.client("second").get("/api/v1/drafts").json() == []
    assert decide(waiting, "second", "approval").status_code == 404


def test_who_submitted_it_cannot_approve_it_nor_change_the_table_past_a_second_manager(waiting):
    answer = decide(waiting, "manager", "approval")
    assert (answer.status_code, "you submitted it" in answer.json()["detail"]) == (403, True)
    assert fruit(waiting) == 22.1


def test_the_client_for_notebooks_decides_as_well(waiting, remote):
    assert remote.drafts()[["draft", "may_approve"]].to_numpy().tolist() == [[1, False]]
    with pytest.raises(DaybookError, match="you submitted it"):
        remote.approve(1)
    with Client(remote.url, waiting.token("second")) as second:
        assert second.draft(1)["changes"][0]["set"] == {"category": "PRODUCE > FRUIT"}
        assert second.approve(1)["revision"] == 2
        assert second.drafts().empty
        with pytest.raises(DaybookError, match="404"):
            second.refuse(1, note="Too late")


def test_a_draft_that_is_sent_back_waits_no_more(waiting):
    assert decide(waiting, "second", "refusal", note="Not yet").status_code == 204
    assert waiting.client("manager").get("/api/v1/drafts").json() == []
    assert decide(waiting, "second", "approval").status_code == 404  # it is its owner's alone now
    assert decide(waiting, "manager", "approval").status_code == 409
    with waiting.database.accounts() as conn:
        assert conn.execute(sa.text("select state, note from accounts.drafts")).all() == [("open", "Not yet")]


def test_an_approval_of_another_effect_is_refused(waiting):
    client = waiting.client("manager")
    row = next(one for one in client.get("/api/v1/reference/categories").json()["rows"] if "MILK" in str(one))
    change = {"key": row["row"], "version": row["version"], "set": {"department": "PRODUCE"}}
    moved = client.patch("/api/v1/reference/categories", json={"reason": "Moved", "changes": [change]})
    assert moved.status_code == 200, moved.text
    assert decide(waiting, "second", "approval", base_revision=1).status_code == 409
    assert len(client.get("/api/v1/drafts").json()) == 1


def test_faults_and_what_changes_nothing_do_not_wait(waiting):
    client = waiting.client("manager")
    wrong = {"reason": "x", "changes": [{"key": "10", "version": 1, "set": {"category": "NO > SUCH"}}]}
    assert client.patch("/api/v1/reference/products", json=wrong).status_code == 422
    assert client.patch("/api/v1/reference/products", json={**WANTED, "reason": " "}).status_code == 422
    same = {"reason": "x", "changes": [{"key": "10", "version": 1, "set": {"category": "GROCERY > MILK"}}]}
    assert client.patch("/api/v1/reference/products", json=same).json()["same"] == 1
    assert len(client.get("/api/v1/drafts").json()) == 1


def test_a_manager_of_some_stores_neither_reads_nor_approves_what_concerns_all(waiting):
    with waiting.database.accounts() as conn:
        set_scope(conn, username="second", stores=[1])
    assert waiting.client("second").get("/api/v1/drafts/1").status_code == 403
    assert decide(waiting, "second", "approval").status_code == 403
    assert fruit(waiting) == 22.1


@pytest.mark.parametrize("draft", [2, 999, 2**31 - 1])
def test_guessed_numbers_find_nothing(waiting, draft):
    assert waiting.client("second").get(f"/api/v1/drafts/{draft}").status_code == 404
    assert decide(waiting, "second", "approval", draft).status_code == 404
    assert decide(waiting, "second", "refusal", draft).status_code == 404
