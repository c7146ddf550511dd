"""What an account may see: stores, the stores that regions have at the moment, or everything."""

import pytest
import sqlalchemy as sa

from data.accounts.accounts import find_account
from data.accounts.scopes import region_names, regions_named, scope_text, set_scope, stores_numbered
from data.accounts.sessions import open_ticket, redeem_ticket, session_account
from data.accounts.user import user_of
from data.errors import AccountError, UnknownName
from data.scope import Scope
from tests.factories.accounts import AccountFactory
from tests.spec.world import World

STORES = """
store  region
1      North
2      North
3      South
4      West
"""


@pytest.fixture
def shop(database):
    with database.owner.begin() as conn:
        World(conn).stores(STORES)
    with database.accounts() as conn:
        AccountFactory(conn=conn, username="mia")
    return database


def limit(shop, *, stores=(), regions=()):
    with shop.reading(Scope.everything()) as conn:
        keys = {"stores": stores_numbered(conn, stores), "regions": regions_named(conn, regions)}
    with shop.accounts() as conn:
        return set_scope(conn, username="MIA", **keys)


def seen(shop):
    """The stores that the account's user sees; None where it is everything."""
    with shop.accounts() as conn:
        return user_of(find_account(conn, username="mia"), shop).scope.stores


@pytest.mark.parametrize(
    ("limits", "stores"),
    [
        ({"stores": [3]}, {3}),
        ({"regions": ["North"]}, {1, 2}),
        ({"regions": ["North", "West"]}, {1, 2, 4}),
        ({"stores": [3, 2], "regions": ["North"]}, {1, 2, 3}),
    ],
)
def test_the_user_sees_the_stores_and_those_of_the_regions(shop, limits, stores):
    limit(shop, **limits)
    assert seen(shop) == stores


def test_a_scope_replaces_the_one_before_and_none_takes_it_away(shop):
    assert seen(shop) is None
    limit(shop, stores=[1], regions=["South"])
    limit(shop, regions=["West"])
    assert seen(shop) == {4}
    assert limit(shop).scope_regions is None
    assert seen(shop) is None


def test_a_store_that_moves_to_the_region_is_seen_from_then_on(shop):
    limit(shop, regions=["South"])
    with shop.owner.begin() as conn:
        conn.execute(
            sa.text(
                "update stores set region_id = (select region_id from regions where name = 'South') where store_id = 1"
            )
        )
    assert seen(shop) == {1, 3}


def test_a_scope_ends_no_session_and_holds_at_its_next_action(shop):
    with shop.accounts() as conn:
        ticket = open_ticket(conn, account_id=find_account(conn, username="mia").account_id, browser="mine")
        token = redeem_ticket(conn, ticket=ticket, browser="mine")
    limit(shop, stores=[3])
    with shop.accounts() as conn:
        account = session_account(conn, token=token)
    assert user_of(account, shop).scope == Scope.of_stores(3)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"regions": ["North", "nrth"]}, "no such region: 'nrth'; known are North, South, West"),
        ({"stores": [1, 99]}, "no such store: 99"),
        ({"stores": [0]}, "no such store: 0"),
        ({"stores": [10**12]}, "no such store: 1000000000000"),
    ],
)
def test_what_is_unknown_is_named_and_changes_nothing(shop, limits, words):
    with pytest.raises(UnknownName, match=words):
        limit(shop, **limits)
    assert seen(shop) is None


def test_where_there_is_no_region_yet_the_message_says_so(database):
    with database.reading(Scope.everything()) as conn, pytest.raises(UnknownName, match="known are none yet"):
        regions_named(conn, ["North"])


def test_an_unknown_account_is_refused(shop):
    with shop.accounts() as conn, pytest.raises(AccountError, match="no such account: 'nobody'"):
        set_scope(conn, username="nobody", stores=[1])


def test_a_scope_in_words(shop):
    with shop.reading(Scope.everything()) as conn:
        names = region_names(conn)
    assert list(names.values()) == ["North", "South", "West"]
    assert scope_text(limit(shop), names) == "everything"
    both = limit(shop, stores=[2, 1], regions=["South"])
    assert scope_text(both, names) == "stores 1, 2; regions South"
    assert scope_text(both, {}).endswith("which is gone")
