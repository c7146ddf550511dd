"""Guessing is slowed down, for known and unknown names alike, however many guess at once."""

from concurrent.futures import ThreadPoolExecutor

import bcrypt
import pytest
import sqlalchemy as sa

from data.accounts import logins
from data.accounts.accounts import create_account, disable_account
from data.accounts.logins import FREE_FAILURES, forget_old_attempts, log_in

GOOD = "an old lamp on the pier"


@pytest.fixture
def guarded(database):
    with database.accounts() as conn:
        create_account(conn, username="mia", password=GOOD, role="analyst")
    return database


def attempt(database, name="mia", password="wrong", address=None):
    with database.accounts() as conn:
        return log_in(conn, username=name, password=password, address=address)


def later(database, seconds):
    with database.accounts() as conn:
        sql = "update accounts.login_attempts set attempted_at = attempted_at - make_interval(secs => :s)"
        conn.execute(sa.text(sql), {"s": seconds})


def attempts(database):
    with database.accounts() as conn:
        return conn.scalar(sa.text("select count(*) from accounts.login_attempts"))


def test_the_right_password_gives_the_account(guarded):
    outcome = attempt(guarded, " MIA ", GOOD)
    assert outcome.account is not None
    assert outcome.account.username == "mia"


@pytest.mark.parametrize("name", ["mia", "nobody"])
def test_after_ten_failures_the_next_attempt_waits_and_is_not_even_checked(guarded, name):
    for _ in range(FREE_FAILURES):
        assert attempt(guarded, name).wait_s == 0
    refused = attempt(guarded, name, GOOD)
    assert refused.account is None
    assert 28 <= refused.wait_s <= 30
    assert attempts(guarded) == FREE_FAILURES


def test_waiting_is_enough_and_the_owner_gets_in(guarded):
    for _ in range(FREE_FAILURES):
        attempt(guarded)
    later(guarded, 31)
    assert attempt(guarded, password=GOOD).account is not None
    assert attempt(guarded).wait_s == 0


def test_each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour(guarded):
    for _ in range(FREE_FAILURES):
        attempt(guarded)
    waits = []
    for _ in range(6):
        waits.append(attempt(guarded).wait_s)
        later(guarded, waits[-1] + 1)
        attempt(guarded)
    assert waits == pytest.approx([30, 60, 120, 240, 480, 900], abs=2)


def test_failures_are_forgotten_in_time(guarded):
    for _ in range(FREE_FAILURES):
        attempt(guarded)
    later(guarded, 60 * 31)
    assert attempt(guarded).wait_s == 0


def test_eight_guessers_at_once_get_no_more_than_ten_checks(guarded):
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: attempt(guarded), range(40)))
    assert sum(outcome.wait_s == 0 for outcome in outcomes) == FREE_FAILURES
    assert attempts(guarded) == FREE_FAILURES


def test_one_address_that_tries_many_names_has_to_wait_too(guarded, monkeypatch):
    monkeypatch.setattr(logins, "FREE_FAILURES_BY_ADDRESS", 12)
    for n in range(12):
        assert attempt(guarded, f"name{n}", address="10.0.0.9").wait_s == 0
    assert attempt(guarded, "mia", GOOD, address="10.0.0.9").wait_s > 0
    assert attempt(guarded, "mia", GOOD, address="10.0.0.8").account is not None


def test_somebody_with_an_account_cannot_wipe_out_the_failures_of_their_address(guarded, monkeypatch):
    monkeypatch.setattr(logins, "FREE_FAILURES_BY_ADDRESS", 12)
    with guarded.accounts() as conn:
        create_account(conn, username="insider", password=GOOD, role="analyst")
    assert attempt(guarded, "insider", GOOD, address="10.0.0.9").account is not None
    for n in range(12):
        attempt(guarded, f"name{n}", address="10.0.0.9")
    assert attempt(guarded, "insider", GOOD, address="10.0.0.9").account is not None
    assert attempt(guarded, "name99", address="10.0.0.9").wait_s > 0


def test_a_strangers_guesses_do_not_keep_the_owner_waiting_at_the_usual_desk(guarded):
    assert attempt(guarded, password=GOOD, address="10.0.0.1").account is not None
    for n in range(FREE_FAILURES):
        assert attempt(guarded, address=f"192.0.2.{n}").wait_s == 0
    assert attempt(guarded, address="192.0.2.99").wait_s > 0
    assert attempt(guarded, password=GOOD, address="10.0.0.1").account is not None
    assert attempt(guarded, address="192.0.2.99").wait_s > 0
    assert attempt(guarded, password=GOOD, address="10.0.0.2").wait_s > 0


def test_guesses_from_the_usual_desk_have_to_wait_as_well(guarded):
    assert attempt(guarded, password=GOOD, address="10.0.0.1").account is not None
    for _ in range(FREE_FAILURES):
        assert attempt(guarded, address="10.0.0.1").wait_s == 0
    assert attempt(guarded, password=GOOD, address="10.0.0.1").wait_s > 0


@pytest.mark.parametrize("name", ["mia\0x", "\0", "\ud800", "m" * 100_000, "\u0130" * 300, "' or 1=1 --"])
def test_names_that_no_account_can_have_are_failures_like_any_other(guarded, name):
    assert attempt(guarded, name).account is None
    assert attempts(guarded) == 1


def test_unknown_and_disabled_accounts_cost_a_verification_like_any_other(guarded, monkeypatch):
    wasted = []
    monkeypatch.setattr(logins, "waste_time", wasted.append)
    attempt(guarded, "nobody", "a guess")
    with guarded.accounts() as conn:
        disable_account(conn, username="mia")
    assert attempt(guarded, "mia", GOOD).account is None
    assert wasted == ["a guess", GOOD]


def test_an_old_hash_is_replaced_at_the_next_login(guarded):
    with guarded.accounts() as conn:
        old = bcrypt.hashpw(GOOD.encode(), bcrypt.gensalt(4)).decode()
        conn.execute(sa.text("update accounts.accounts set password_hash = :h"), {"h": old})
    assert attempt(guarded, password=GOOD).account is not None
    with guarded.accounts() as conn:
        assert conn.scalar(sa.text("select password_hash from accounts.accounts")).startswith("$argon2id$")


def test_attempts_older_than_three_months_are_dropped(guarded):
    attempt(guarded)
    later(guarded, 91 * 86_400)
    attempt(guarded)
    with guarded.accounts() as conn:
        forget_old_attempts(conn)
    assert attempts(guarded) == 1
