"""Watches looked at from the command line."""

from __future__ import annotations

from decimal import Decimal

from data.views.reading import Content
from data.views.writing import save_view
from data.watches.keeping import events_of, make_watch
from data.watches.rules import Kind, Rule
from tests.changes.conftest import shop  # noqa: F401
from tests.changes.shop import edit
from tests.factories.accounts import AccountFactory


def test_a_round_says_what_it_did(run, shop):  # noqa: F811
    with shop.accounts() as conn:
        account = AccountFactory(conn=conn, username="ann", role="analyst").account_id
        content = Content("explore", "p=all&f=department.in%3AGROCERY&r=-", "Grocery")
        view = save_view(conn, content, account_id=account)
        make_watch(conn, Rule(Kind.AMOUNT, Decimal(1)), account_id=account, view_id=view.view_id, revision=1)
    edit(shop, "products", "10", category="PRODUCE > FRUIT")
    done = run("watches", "check", database=shop)
    assert done.stdout.strip() == "1 watches looked at, 1 had something to tell, 0 messages sent."
    assert run("watches", "check", database=shop).stdout.startswith("0 watches looked at")
    with shop.accounts() as conn:
        assert [event.told["change"] for event in events_of(conn, account_id=account)] == ["−4.50"]
