"""Pages that are open when their session ends: nobody clicks, and yet they show the login and get nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, WebSocket, expect

from data.accounts.accounts import account_list, disable_account, set_password
from data.accounts.audit import Actor
from data.accounts.sessions import revoke_session, session_list
from data.dashboards.reading import Content, Item
from data.dashboards.writing import save_dashboard
from data.db import Database
from data.views.reading import Content as View
from data.views.writing import save_view
from tests.browser.live import log_in, quiet, served
from tests.conftest import clone
from tests.factories.accounts import AccountFactory
from tests.spec.world import World

PRODUCTS = """
product  department  category  brand     product_type
10       GROCERY     MILK      National  WHOLE MILK
"""
LINE = """
basket    product  store  household  sold_on     quantity  net
{number}  10       1      7          2017-02-01  1         {net}
"""
SECRET = "$77.00"


def frames_of(page: Page) -> list[bytes]:
    """What comes through the websockets of a page, as it comes."""
    got: list[bytes] = []

    def follow(socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: got.append(data if isinstance(data, bytes) else data.encode()))

    page.on("websocket", follow)
    return got


class Worlds:
    """The world of the shop, to which a test adds lines."""

    made: World


@pytest.fixture(scope="module")
def shop(server_url: str, template: str, owner_login: str) -> Iterator[Database]:
    with clone(server_url, template, owner_login) as database:
        with database.owner.begin() as conn:
            Worlds.made = World(conn)
            Worlds.made.products(PRODUCTS).lines(LINE.format(number=1, net="32.50"))
        with database.accounts() as conn:
            AccountFactory(conn=conn, username="root", role="admin")
        yield database


@pytest.fixture(scope="module")
def address(shop: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(shop, tmp_path_factory.mktemp("app")) as address:
        yield address


@pytest.fixture
def board(shop: Database) -> int:
    """A dashboard with the total of net sales."""
    with shop.accounts() as conn:
        root = conn.scalar(sa.text("select account_id from accounts.accounts where username = 'root'"))
        view = save_view(
            conn, View("explore", "m=net_sales&r=-&chart=number&p=all", "Total", shared=True), account_id=root
        )
        content = Content("Morning", (Item(view.view_id, 12, 1),), shared=True)
        return save_dashboard(conn, content, account_id=root).dashboard_id


def root(shop: Database) -> Actor:
    with shop.accounts() as conn:
        return next(Actor(one.account_id, one.username) for one in account_list(conn) if one.username == "root")


def end_session(shop: Database, who: str) -> None:
    with shop.accounts() as conn:
        (session,) = [one for one in session_list(conn) if one.username == who]
        assert revoke_session(conn, token_hash=session.token_hash, by=root(shop))


def disable(shop: Database, who: str) -> None:
    with shop.accounts() as conn:
        disable_account(conn, username=who, by=root(shop))


def reset_password(shop: Database, who: str) -> None:
    with shop.accounts() as conn:
        set_password(conn, username=who, password="another lamp on the pier", by=root(shop))


def disable_by_hand(shop: Database, who: str) -> None:
    with shop.accounts() as conn:
        conn.execute(sa.text("update accounts.accounts set disabled_at = now() where username = :who"), {"who": who})


def person(shop: Database, who: str) -> str:
    with shop.accounts() as conn:
        return AccountFactory(conn=conn, username=who).username


def expect_login(page: Page) -> None:
    expect(page.get_by_label("User name")).to_be_visible()
    expect(page.get_by_text("Your session is over")).to_be_visible()
    expect(page.get_by_role("button", name="Log out")).not_to_be_attached()


@pytest.mark.parametrize("end", [end_session, disable, reset_password, disable_by_hand])
def test_an_open_page_shows_the_login_when_its_session_ends(page: Page, shop: Database, address: str,
                                                            end: Callable[[Database, str], None]):  # fmt: skip
    who = person(shop, f"mia-{end.__name__}".replace("_", "-"))
    log_in(page, address, who, path="/overview")
    expect(page.get_by_text("$32.50").first).to_be_visible()
    end(shop, who)
    expect_login(page)
    expect(page.get_by_text("$32.50")).to_have_count(0)


def test_a_dashboard_on_the_whole_screen_gets_nothing_of_what_is_loaded_after_the_end(
    page: Page, browser: Browser, shop: Database, address: str, board: int
):
    context = browser.new_context()
    other = context.new_page()
    frames, others = frames_of(page), frames_of(other)
    path = f"/dashboards?dashboard={board}&full=1"
    for tab, who in ((page, "idle"), (other, "watcher")):
        log_in(tab, address, person(shop, who), path="/account")
        tab.goto(f"{address}{path}")
        expect(tab.get_by_text("$32.50").first).to_be_visible()
        quiet(tab)
    end_session(shop, "idle")
    expect_login(page)
    with shop.owner.begin() as conn:
        Worlds.made.conn = conn
        Worlds.made.lines(LINE.format(number=2, net="44.50"))
    expect(other.get_by_text(SECRET).first).to_be_visible(timeout=40_000)  # whose session goes on has it
    page.wait_for_timeout(1_000)
    assert any(SECRET.encode() in one for one in others)
    assert not any(SECRET.encode() in one for one in frames)
    expect_login(page)
    context.close()


def test_who_logs_in_in_the_same_tab_gets_nothing_of_what_the_one_before_had_typed(page: Page, shop: Database,
                                                                                   address: str):  # fmt: skip
    who, next_one = person(shop, "first"), person(shop, "second")
    log_in(page, address, who, path="/account")
    page.get_by_label("New password", exact=True).fill("typed by the first")
    end_session(shop, who)
    expect_login(page)
    log_in(page, address, next_one, path="/account")
    expect(page.get_by_label("New password", exact=True)).to_have_value("")
