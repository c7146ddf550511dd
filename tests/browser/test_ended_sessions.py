"""Clicks on pages that were drawn for somebody who may no longer: callbacks run before the page's first line asks.

Each page is drawn with a session; then the session ends, or the role is taken away, and only then is a button pressed
or a cell typed. Nothing may be written, whatever it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page

from data.accounts.sessions import open_ticket, redeem_ticket, token_digest
from data.changes.editable import editable_table
from data.changes.saving import save_changes
from data.changes.types import Editor, RowChange
from data.db import Database
from data.drafts.writing import draft_to_edit, keep_reason, put_changes
from data.models import Account, Session
from data.queries.revisions import current_revision
from data.scope import Scope
from data.views.reading import Content
from data.views.writing import save_view
from data.watches.keeping import make_watch
from data.watches.rules import Kind, Rule
from tests.browser.conftest import LINES, PRODUCTS
from tests.browser.forging import Forger
from tests.browser.live import served
from tests.conftest import clone
from tests.factories.accounts import AccountFactory
from tests.spec.world import World

pytestmark = pytest.mark.long
MEG = Editor("meg", "manager", Scope.everything())
PAGES = ("reference?table=Products", "reference?table=Departments", "review?draft=1", "review?draft=2", "targets",
         "data-quality", "history?revision=3", "explore?view=1", "watches")  # fmt: skip
OF_NO_ACCOUNT = ("sessions", "login_tickets", "login_attempts", "visits")  # they say who came, not what was done
SAVE, OUT = "Save as revision", "Your session is over"
NOT_SHOWN = "This page could not be shown"  # some callbacks read other fields, which this client does not send


@dataclass(frozen=True)
class Shop:
    """The shop, where it is served, and the manager's account."""

    database: Database
    address: str
    meg: int


def put_things_there(database: Database, meg: int) -> None:
    """An edit, a draft that can be saved, one with a fault and a conflict, a saved view, and a watch of it."""
    edit(database, "10", brand="Ours")
    for name, wanted in (("products", {"brand": "Hers", "package_size": "1 L"}), ("stores", {"name": "x" * 300})):
        with database.accounts() as conn:
            draft = draft_to_edit(conn, table=name, account_id=meg).draft_id
            change = RowChange(row="20" if name == "products" else "1", version=1, set=wanted)
            put_changes(conn, draft_id=draft, account_id=meg, changes=[change])
            keep_reason(conn, draft_id=draft, account_id=meg, reason="Better")
    edit(database, "30", brand="Theirs")
    with database.reading(Scope.everything()) as conn:
        newest = current_revision(conn)
    with database.accounts() as conn:
        view = save_view(conn, Content("explore", "p=all", "All"), account_id=meg).view_id
        make_watch(conn, Rule(Kind.PERCENT, Decimal(5)), account_id=meg, view_id=view, revision=newest)


def edit(database: Database, product: str, **fields: Any) -> None:
    change = RowChange(row=product, version=1, set=fields)
    save_changes(database, editable_table("products"), [change], editor=MEG, reason="A trial")


@pytest.fixture(scope="module")
def shop(server_url: str, template: str, owner_login: str, tmp_path_factory) -> Iterator[Shop]:
    with clone(server_url, template, owner_login) as database:
        with database.owner.begin() as conn:
            World(conn).products(f"{PRODUCTS}40  GROCERY  Unassigned  National  RYE BREAD").lines(LINES)
        with database.accounts() as conn:
            meg = AccountFactory(conn=conn, username="meg", role="manager").account_id
            AccountFactory(conn=conn, username="mia", role="manager")
        put_things_there(database, meg)
        with served(database, tmp_path_factory.mktemp("app")) as address:
            yield Shop(database, address, meg)


def logged_in(page: Page, shop: Shop) -> str:
    """The token of a new session of meg's, which this browser holds."""
    with shop.database.accounts() as conn:
        ticket = open_ticket(conn, account_id=shop.meg, browser="mine")
        token = redeem_ticket(conn, ticket=ticket, browser="mine")
    assert token is not None
    page.context.add_cookies([{"name": "daybook_session", "value": token, "url": shop.address}])
    return token


def end(shop: Shop, token: str) -> None:
    """By the clock, which tells nobody: a session that is revoked takes the page with it, and nothing can be pressed."""
    mine = Session.token_hash == token_digest(token)
    with shop.database.accounts() as conn:
        conn.execute(sa.update(Session).where(mine).values(expires_at=sa.func.now()))


def give_role(shop: Shop, role: str) -> None:
    with shop.database.accounts() as conn:
        conn.execute(sa.update(Account).where(Account.account_id == shop.meg).values(role=role))


def everything(database: Database) -> dict[str, str]:
    """A digest of every table, but of those that say who was there."""
    listed = sa.text(
        "select format('%I.%I', n.nspname, c.relname), c.relname, n.nspname = 'accounts'"
        " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind in ('r', 'p') and n.nspname in ('public', 'history', 'accounts')"
    )
    found = {}
    with database.owner.begin() as conn:
        tables = conn.execute(listed).all()
        for of_accounts in (False, True):
            if of_accounts:
                conn.execute(sa.text(f'set local role "{database.roles.accounts}"'))
            for name, short, is_theirs in tables:
                if is_theirs == of_accounts and short not in OF_NO_ACCOUNT:
                    digest = f"select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {name} t"
                    found[name] = conn.scalar(sa.text(digest))
    return found


@contextmanager
def opened(page: Page, shop: Shop, path: str) -> Iterator[Forger]:
    name, _, query = path.partition("?")
    with Forger(page, shop.address, name, query) as forger:
        assert OUT not in " ".join(forger.said)
        yield forger


def places(page: Page, shop: Shop, path: str) -> list[tuple[str, Any]]:
    """All that can be pressed, typed into or filled in on the page."""
    logged_in(page, shop)
    with opened(page, shop, path) as forger:
        found: list[tuple[str, Any]] = [("click", label) for label in forger.buttons if label != "Log out"]
        found += [("type", label) for label in forger.inputs]
        found += [("edit", at) for at in range(len(forger.editors))]
    return found


def use(forger: Forger, how: str, what: Any) -> str:
    if how == "edit":
        rows = {"0": dict.fromkeys(("brand", "department", "store"), "Changed") | {"Feb": 3}}
        return forger.edit(rows, editor=what, added=[{"department": "NEW"}])
    return forger.click(what) if how == "click" else forger.type(what, "Changed")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_written_for_who_is_logged_out_by_then(page: Page, shop: Shop, path: str):
    found = places(page, shop, path)
    assert found
    before = everything(shop.database)
    for how, what in found:
        token = logged_in(page, shop)
        with opened(page, shop, path) as forger:
            end(shop, token)
            said = use(forger, how, what)
        assert OUT in said or NOT_SHOWN in said, (how, what)
        assert everything(shop.database) == before, (how, what)


@pytest.mark.parametrize("path", PAGES[:6])
def test_nothing_is_written_for_who_is_no_manager_by_then(page: Page, shop: Shop, path: str):
    found = places(page, shop, path)
    before = everything(shop.database)
    for how, what in found:
        logged_in(page, shop)
        with opened(page, shop, path) as forger:
            give_role(shop, "analyst")
            use(forger, how, what)
            give_role(shop, "manager")
        assert everything(shop.database) == before, (how, what)


def test_what_was_typed_last_is_said_to_be_lost(page: Page, shop: Shop):
    token = logged_in(page, shop)
    with opened(page, shop, "reference?table=Products") as forger:
        end(shop, token)
        said = use(forger, "edit", 0)
    assert "what you typed last was not kept" in said


def test_the_same_click_of_who_may_saves(page: Page, shop: Shop):
    """Last in this file, since it changes what the others look at."""
    logged_in(page, shop)
    with opened(page, shop, "review?draft=1") as forger:
        before = everything(shop.database)
        forger.click(SAVE)
        after = everything(shop.database)
    assert {name for name in before if before[name] != after[name]} >= {"public.products", "accounts.drafts"}
