"""Watches tell what they are asked to, once, with an explanation that adds up, under the permissions of today."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import sqlalchemy as sa

from dashboard.watching.check import check_watches
from data.accounts.accounts import disable_account
from data.changes.undoing import undo
from data.errors import InvalidWatch, UnknownWatch
from data.views.writing import delete_view
from data.watches import keeping
from data.watches.keeping import end_watch, events_of, make_watch, mark_seen, unseen_count, watches_of
from data.watches.rules import Kind, Rule
from tests.changes.shop import MANAGER, edit

DAIRY = "p=all&f=department.in%3ADAIRY&r=-"
LATE = "9,10,5,7,2017-02-02 10:00:00,1,{},0,0,0\n"


def watch(database, view_id, rule, revision=3, account_id=1):
    with database.accounts() as conn:
        return make_watch(conn, rule, account_id=account_id, view_id=view_id, revision=revision)


def told(database, account_id=1):
    with database.accounts() as conn:
        return events_of(conn, account_id=account_id)


def problem(database):
    with database.accounts() as conn:
        return watches_of(conn, account_id=1)[0].problem


@pytest.mark.parametrize(
    ("rule", "fires"),
    [
        (Rule(Kind.PERCENT, Decimal("70")), True),
        (Rule(Kind.PERCENT, Decimal("71")), False),
        (Rule(Kind.AMOUNT, Decimal("2.99")), True),
        (Rule(Kind.AMOUNT, Decimal("3.00")), False),
    ],
)
def test_a_rule_is_met_above_its_threshold(database, view, rule, fires):
    watch(database, view(DAIRY), rule)
    edit(database, "products", "10", category="FUEL > GAS")  # takes 3.00 of 4.25 along: 70.6 percent
    assert check_watches(database).told == fires
    assert [(event.before, event.after) for event in told(database)] == (
        [(Decimal(425), Decimal(125))] if fires else []
    )


def test_the_explanation_is_inside_and_adds_up(shop, database, view):
    watch(database, view(DAIRY), Rule(Kind.AMOUNT, Decimal(1)))
    edit(database, "products", "10", category="FUEL > GAS")
    shop.sales(LATE.format("9.00"))
    edit(database, "products", "10", category="DAIRY > MILK")
    check_watches(database)
    (event,) = told(database)
    parts = [part["amount"] for part in event.told["parts"]]
    assert (event.told["before"], event.told["after"], event.told["change"]) == ("4.25", "13.25", "+9.00")
    assert sum(Decimal(part.replace("−", "-")) for part in parts) == Decimal("9.00")
    assert parts[0] == "−3.00"
    assert event.told["address"].startswith("/explain?")
    assert "old=3" in event.told["address"]
    assert event.told["rule"] == "moved by more than 1"


def test_what_has_been_told_is_the_new_base_and_a_drift_adds_up(shop, database, view):
    watch(database, view(DAIRY), Rule(Kind.AMOUNT, Decimal(5)))
    for at, amount in enumerate(("3.00", "1.00", "2.00", "1.00")):
        shop.sales(f"9{at},10,5,7,2017-02-02 10:00:00,1,{amount},0,0,0\n")
        check_watches(database)
    assert [(event.before, event.after) for event in told(database)] == [(Decimal(425), Decimal(1025))]


def test_dates_that_move_on_are_a_part_of_their_own(shop, database, view):
    watch(database, view("p=7d&r=-", "Week"), Rule(Kind.AMOUNT, Decimal(1)))
    shop.sales("7,10,5,7,2017-03-20 10:00:00,1,9.00,0,0,0\n")
    check_watches(database)
    (event,) = told(database)
    assert (event.before, event.after) == (Decimal(425), Decimal(900))
    assert [part["amount"] for part in event.told["parts"]] == ["+4.75"]
    assert event.told["parts"][0]["label"].startswith("The dates moved on")


def test_below_target_is_told_once_until_it_is_above_again(shop, database, view):
    shop.load("targets", "department,month,net\nDAIRY,2017-03-01,5.00\n")
    number = view("p=dates&from=2017-03-01&to=2017-03-31&f=department.in%3ADAIRY&r=-")
    watch(database, number, Rule(Kind.TARGET), revision=4)
    counts = []
    for category in ("FUEL > GAS", "DAIRY > MILK", "FUEL > GAS"):
        edit(database, "products", "10", category=category)
        check_watches(database)
        counts.append(len(told(database)))
    assert counts == [1, 1, 1]
    more = shop.sales("7,11,5,7,2017-03-20 10:00:00,1,9.00,0,0,0\n")
    check_watches(database)
    undo(database, more.revision, editor=MANAGER, reason="Not ours")
    check_watches(database)
    assert len(told(database)) == 2
    assert told(database)[0].told["target"] == "5.00"


def test_permissions_are_those_of_today(database, view):
    watch(database, view("p=all&r=-", "All"), Rule(Kind.AMOUNT, Decimal(1)))
    with database.accounts() as conn:
        conn.execute(sa.text("update accounts.accounts set scope_stores = '{6}' where account_id = 1"))
    edit(database, "products", "10", category="FUEL > GAS")
    assert check_watches(database).told == 0


def test_a_view_that_is_gone_or_not_shared_any_more_says_so(database, view):
    mine, theirs = view(DAIRY), view(DAIRY, "Theirs", shared=True, account_id=2)
    watch(database, theirs, Rule(Kind.AMOUNT, Decimal(1)))
    with database.accounts() as conn:
        conn.execute(sa.text("update accounts.views set shared = false where view_id = :v"), {"v": theirs})
    edit(database, "products", "10", category="FUEL > GAS")
    assert check_watches(database).told == 0
    assert "not shared with you" in problem(database)
    watch(database, mine, Rule(Kind.AMOUNT, Decimal(1)))
    with database.accounts() as conn:
        delete_view(conn, view_id=mine, account_id=1, role="analyst")
    assert check_watches(database).told == 0


def test_a_disabled_account_is_told_nothing(database, view):
    watch(database, view(DAIRY), Rule(Kind.AMOUNT, Decimal(1)))
    with database.accounts() as conn:
        disable_account(conn, username="ann")
    edit(database, "products", "10", category="FUEL > GAS")
    assert check_watches(database).told == 0
    assert problem(database) == "the account is disabled"


def test_two_replicas_tell_once(database, view):
    for name in ("A", "B", "C", "D"):
        watch(database, view(DAIRY, name), Rule(Kind.AMOUNT, Decimal(1)))
    edit(database, "products", "10", category="FUEL > GAS")
    with ThreadPoolExecutor(4) as pool:
        rounds = list(pool.map(lambda _: check_watches(database), range(4)))
    assert sum(one.told for one in rounds) == 4
    assert len(told(database)) == 4
    assert check_watches(database).looked == 0


def test_what_was_told_is_new_until_it_is_seen(database, view):
    watch(database, view(DAIRY), Rule(Kind.AMOUNT, Decimal(1)))
    edit(database, "products", "10", category="FUEL > GAS")
    check_watches(database)
    with database.accounts() as conn:
        assert unseen_count(conn, account_id=1) == 1
        assert unseen_count(conn, account_id=2) == 0
        mark_seen(conn, events_of(conn, account_id=1))
        assert unseen_count(conn, account_id=1) == 0


def test_a_watch_is_ones_own_and_one_a_view(database, view, monkeypatch):
    number = view(DAIRY)
    watch(database, number, Rule(Kind.AMOUNT, Decimal(1)))
    second = watch(database, number, Rule(Kind.PERCENT, Decimal(1)))
    with database.accounts() as conn:
        assert [one.rule.kind for one in watches_of(conn, account_id=1)] == [Kind.PERCENT]
        with pytest.raises(UnknownWatch):
            end_watch(conn, watch_id=second, account_id=2)
        end_watch(conn, watch_id=second, account_id=1)
        assert watches_of(conn, account_id=1) == []
    monkeypatch.setattr(keeping, "MOST_WATCHES", 1)
    watch(database, number, Rule(Kind.AMOUNT, Decimal(1)))
    with pytest.raises(InvalidWatch, match="can have 1 watches"):
        watch(database, view(DAIRY, "Other"), Rule(Kind.AMOUNT, Decimal(1)))
