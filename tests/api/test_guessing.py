"""Guesses at a password, from many programs at once and over restarts: no more are checked than the limit allows."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from dashboard.api.app import create_app
from data.accounts.logins import FIRST_DELAY_S, FREE_FAILURES

CLIENTS, STARTS = 8, 4


def guess(address, count, seed):
    """The statuses of so many guesses, by an application of its own each time it is started."""
    draw, found = random.Random(seed), []
    with TestClient(create_app(), client=(address, 5000)) as client:
        for _ in range(count):
            form = {"username": "manager", "password": f"guess {draw.random()}"}
            found.append(client.post("/api/v1/token", data=form).status_code)
    return found


def checked(shop):
    """How many guesses were checked, and in how many seconds."""
    with shop.database.accounts() as conn:
        return conn.execute(sa.text(
            "select count(*), extract(epoch from max(attempted_at) - min(attempted_at)) "
            "from accounts.login_attempts where username = 'manager' and not succeeded"
        )).one()  # fmt: skip


def most(seconds):
    """What the limit allows: ten at once, then one after 30 seconds, 60 more, 120 more ..."""
    allowed, wait, delay = FREE_FAILURES, 0.0, float(FIRST_DELAY_S)
    while wait + delay <= float(seconds) + 1:
        allowed, wait, delay = allowed + 1, wait + delay, min(delay * 2, 900)
    return allowed


@pytest.mark.parametrize("guesses", [200, pytest.param(10_000, marks=[pytest.mark.full, pytest.mark.timeout(1800)])])
def test_no_more_guesses_are_checked_than_the_limit_allows(shop, guesses):
    each = guesses // CLIENTS // STARTS
    statuses = []
    for start in range(STARTS):
        with ThreadPoolExecutor(CLIENTS) as pool:
            asked = [pool.submit(guess, f"10.0.{start}.{at}", each, f"{start} {at}") for at in range(CLIENTS)]
            statuses += [status for one in asked for status in one.result()]
    assert len(statuses) == each * CLIENTS * STARTS
    assert set(statuses) == {401, 429}
    count, seconds = checked(shop)
    assert FREE_FAILURES <= count == statuses.count(401) <= most(seconds)
    right = {"username": "manager", "password": "an old lamp on the pier"}
    with shop.database.accounts() as conn:  # the owner waits for as long as they would, and is not locked out
        conn.execute(sa.text("update accounts.login_attempts set attempted_at = attempted_at - interval '16 minutes'"))
    assert TestClient(shop.app).post("/api/v1/token", data=right).status_code == 200
