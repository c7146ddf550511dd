"""Drafts are kept cell by cell, and belong to one person at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from data.changes.types import Editor, RowChange
from data.drafts import writing
from data.drafts.reading import draft_changes, draft_record, drafts_for, managers, needs_approval, open_draft
from data.drafts.saving import save_draft
from data.drafts.writing import (
    discard,
    draft_to_edit,
    drop_fields,
    drop_rows,
    hand_over,
    keep_reason,
    move_to_version,
    put_changes,
    send_back,
    set_approval,
    submit,
)
from data.errors import ChangeError, NotAllowed, StaleChange, UnknownDraft
from data.models import Account
from data.scope import Scope
from tests.changes.conftest import shop  # noqa: F401
from tests.changes.shop import edit, value, version
from tests.factories.accounts import AccountFactory

EVERYTHING = Scope.everything()


@pytest.fixture
def people(worker_database):
    """A connection of the accounts role that is rolled back, and the numbers of some accounts."""
    with worker_database.accounts() as conn:
        ids = {
            name: AccountFactory(conn=conn, username=name, role=role).account_id
            for name, role in (("ann", "analyst"), ("meg", "manager"), ("mia", "manager"), ("ada", "admin"))
        }
        yield conn, ids
        conn.rollback()


def begun(conn, account: int, *changes: RowChange) -> int:
    draft = draft_to_edit(conn, table="products", account_id=account)
    put_changes(conn, draft_id=draft.draft_id, account_id=account, changes=changes)
    return draft.draft_id


def change(row: str, version: int | None = 1, **fields) -> RowChange:
    return RowChange(row=row, version=version, set=fields)


def test_cells_add_up_in_the_order_of_their_rows(people):
    conn, ids = people
    draft = begun(conn, ids["meg"], change("20", brand="A"), change("10", brand="B"))
    begun(conn, ids["meg"], change("20", 9, package_size="1 L"), change("20", brand="C"))
    assert draft_changes(conn, draft_id=draft) == [
        change("20", brand="C", package_size="1 L"),
        change("10", brand="B"),
    ]


def test_a_field_that_is_taken_back_leaves_no_empty_row(people):
    conn, ids = people
    draft = begun(conn, ids["meg"], change("20", brand="A"), change("10", brand="B", package_size="1 L"))
    drop_fields(conn, draft_id=draft, account_id=ids["meg"], fields=[("20", "brand"), ("10", "brand")])
    assert draft_changes(conn, draft_id=draft) == [change("10", package_size="1 L")]


def test_a_draft_grows_to_its_limit_and_no_further(people, monkeypatch):
    conn, ids = people
    monkeypatch.setattr(writing, "MOST_ROWS", 2)
    begun(conn, ids["meg"], change("1", brand="A"), change("2", brand="A"))
    with pytest.raises(ChangeError, match="at most 2 rows; this one would have 3"):
        begun(conn, ids["meg"], change("3", brand="A"))


EVERY_WRITE = {
    "put": lambda conn, draft, who: put_changes(conn, draft_id=draft, account_id=who, changes=[change("1", brand="A")]),
    "drop rows": lambda conn, draft, who: drop_rows(conn, draft_id=draft, account_id=who, rows=["10"]),
    "drop fields": lambda conn, draft, who: drop_fields(conn, draft_id=draft, account_id=who, fields=[("10", "brand")]),
    "version": lambda conn, draft, who: move_to_version(conn, draft_id=draft, account_id=who, versions=[("10", 3)]),
    "reason": lambda conn, draft, who: keep_reason(conn, draft_id=draft, account_id=who, reason="Mine"),
    "hand over": lambda conn, draft, who: hand_over(conn, draft_id=draft, account_id=who, to=who, note=""),
    "submit": lambda conn, draft, who: submit(conn, draft_id=draft, account_id=who, reason="Mine"),
    "send back": lambda conn, draft, who: send_back(conn, draft_id=draft, account_id=who, note=""),
    "discard": lambda conn, draft, who: discard(conn, draft_id=draft, account_id=who),
    "read": lambda conn, draft, who: draft_record(conn, draft_id=draft, account_id=who),
}


@pytest.mark.parametrize("name", EVERY_WRITE)
@pytest.mark.parametrize("who", ["mia", "ada"])
def test_nobody_else_reads_or_changes_a_draft(people, name, who):
    conn, ids = people
    draft = begun(conn, ids["meg"], change("10", brand="A"))
    with pytest.raises(UnknownDraft):
        EVERY_WRITE[name](conn, draft, ids[who])
    assert draft_changes(conn, draft_id=draft) == [change("10", brand="A")]


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**40])
def test_a_number_that_is_no_draft_is_told(people, number):
    conn, ids = people
    for act in (draft_record, discard):
        with pytest.raises(UnknownDraft):
            act(conn, draft_id=number, account_id=ids["meg"])


def test_a_draft_is_handed_to_who_may_edit(people):
    conn, ids = people
    draft = begun(conn, ids["meg"], change("10", brand="A"))
    conn.execute(sa.update(Account).where(Account.account_id == ids["ada"]).values(disabled_at=sa.func.now()))
    for nobody in ("ann", "ada"):
        with pytest.raises(ChangeError, match="handed to a manager or an admin"):
            hand_over(conn, draft_id=draft, account_id=ids["meg"], to=ids[nobody], note="")
    assert [number for number, _ in managers(conn, but=ids["meg"])] == [ids["mia"]]
    hand_over(conn, draft_id=draft, account_id=ids["meg"], to=ids["mia"], note="Please")
    assert open_draft(conn, table="products", account_id=ids["meg"]) is None
    found = open_draft(conn, table="products", account_id=ids["mia"])
    assert (found.draft_id, found.author_id, found.note, found.rows) == (draft, ids["meg"], "Please", 1)


def test_a_submitted_draft_waits_and_comes_back(people):
    conn, ids = people
    draft = begun(conn, ids["meg"], change("10", brand="A"))
    submit(conn, draft_id=draft, account_id=ids["meg"], reason="Mine")
    with pytest.raises(ChangeError, match="waits for approval"):
        put_changes(conn, draft_id=draft, account_id=ids["meg"], changes=[change("10", brand="B")])
    assert [found.draft_id for found in drafts_for(conn, account_id=ids["mia"])] == [draft]
    send_back(conn, draft_id=draft, account_id=ids["mia"], note="Not yet")
    assert drafts_for(conn, account_id=ids["mia"]) == []
    assert draft_record(conn, draft_id=draft, account_id=ids["meg"]).note == "Not yet"


def test_a_draft_goes_with_its_account(people):
    conn, ids = people
    begun(conn, ids["meg"], change("10", brand="A"))
    conn.execute(sa.delete(Account).where(Account.account_id == ids["meg"]))
    assert conn.scalar(sa.text("select count(*) from accounts.draft_rows")) == 0


def test_a_table_asks_for_approval_once_it_is_set(people):
    conn, ids = people
    assert not needs_approval(conn, table="products")
    set_approval(conn, table="products", needed=True, account_id=ids["ada"])
    assert needs_approval(conn, table="products")
    set_approval(conn, table="products", needed=False, account_id=ids["ada"])
    assert not needs_approval(conn, table="products")


@pytest.fixture
def editors(shop):  # noqa: F811
    """A shop that commits, two managers of it and an edit of product 10 in the first one's draft."""
    with shop.accounts() as conn:
        ids = {name: AccountFactory(conn=conn, username=name, role="manager").account_id for name in ("meg", "mia")}
        seen = version(shop, "products", "10")
        draft = begun(conn, ids["meg"], change("10", seen, brand="Ours"))
    return shop, ids, draft


def saved_by(database, draft: int, account: int, name: str, reason: str = "Ours now"):
    editor = Editor(name, "manager", EVERYTHING)
    return save_draft(database, draft_id=draft, account_id=account, editor=editor, reason=reason)


def test_a_saved_draft_is_gone(editors):
    shop, ids, draft = editors  # noqa: F811
    saved_by(shop, draft, ids["meg"], "meg")
    assert value(shop, "products", "10", "brand") == "Ours"
    with shop.accounts() as conn:
        assert drafts_for(conn, account_id=ids["meg"]) == []


def test_a_draft_in_conflict_is_kept(editors):
    shop, ids, draft = editors  # noqa: F811
    edit(shop, "products", "10", brand="Theirs")
    with pytest.raises(StaleChange):
        saved_by(shop, draft, ids["meg"], "meg")
    with shop.accounts() as conn:
        assert len(draft_changes(conn, draft_id=draft)) == 1


def test_a_second_manager_approves_and_nobody_else(editors):
    shop, ids, draft = editors  # noqa: F811
    with shop.accounts() as conn:
        set_approval(conn, table="products", needed=True, account_id=ids["mia"])
    with pytest.raises(NotAllowed, match="once a second manager approves"):
        saved_by(shop, draft, ids["meg"], "meg")
    with shop.accounts() as conn:
        submit(conn, draft_id=draft, account_id=ids["meg"], reason="Ours now")
    with pytest.raises(NotAllowed, match="you submitted it"):
        saved_by(shop, draft, ids["meg"], "meg")
    saved_by(shop, draft, ids["mia"], "mia", reason="Something else")
    with shop.owner.connect() as conn:
        author, reason = conn.execute(
            sa.text("select author, reason from history.revisions order by revision desc limit 1")
        ).one()
    assert author == "mia"
    assert reason.startswith("Ours now (by ")


def test_two_tabs_lose_nothing_and_begin_one_draft(editors):
    shop, ids, _ = editors  # noqa: F811

    def tab(at: int) -> int:
        with shop.accounts() as conn:
            return begun(conn, ids["mia"], change("10", brand="Same", **{f"field {at}": at}))

    with ThreadPoolExecutor(8) as pool:
        drafts = set(pool.map(tab, range(16)))
    assert len(drafts) == 1
    with shop.accounts() as conn:
        [kept] = draft_changes(conn, draft_id=drafts.pop())
    assert kept.set == {"brand": "Same", **{f"field {at}": at for at in range(16)}}
