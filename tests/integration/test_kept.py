"""What pages make of figures: kept for everybody who asks the same, until something is saved."""

import threading

import pytest

from dashboard import load
from dashboard.kept import kept, kept_with
from data.scope import Scope
from tests.spec.world import World

PRODUCTS = """
product  department
10       GROCERY
"""


@pytest.fixture
def ask(database, monkeypatch):
    """Asks in a snapshot of its own; gives how many times anything was made so far."""
    monkeypatch.setattr(load.Resources, "database", database)
    made = []

    def ask(key, wait=lambda: None):
        def make():
            wait()
            made.append(key)
            return key

        with database.reading(Scope.everything()) as conn:
            assert kept(conn, key, make) == key
        return len(made)

    return ask


def test_it_is_made_once_for_each_key(ask):
    assert [ask("a"), ask("a"), ask("b"), ask("b")] == [1, 1, 2, 2]


def test_it_is_made_again_after_something_was_saved(ask, database):
    ask("a")
    with database.owner.begin() as conn:
        World(conn).products(PRODUCTS)
    assert [ask("a"), ask("a")] == [2, 2]


def test_who_asks_while_it_is_made_waits_for_it(ask):
    entered, go_on = threading.Event(), threading.Event()

    def wait():
        entered.set()
        go_on.wait(10)

    first, second = (threading.Thread(target=ask, args=("a", wait)) for _ in range(2))
    first.start()
    entered.wait(10)
    second.start()
    go_on.set()
    for thread in (first, second):
        thread.join(10)
    assert ask("a") == 1


def test_an_error_is_not_kept(ask):
    def fail():
        raise ValueError("not this time")

    with pytest.raises(ValueError, match="not this time"):
        ask("a", fail)
    assert ask("a") == 1


def test_what_is_made_of_one_answer_is_not_that_of_another():
    class Answer:
        pass

    one, other = Answer(), Answer()
    made = [kept_with(answer, "key", lambda number=number: number) for number, answer in enumerate((one, one, other))]
    assert made == [0, 0, 2]


def test_nothing_is_kept_of_a_transaction_that_may_write(database):
    made = []
    with database.owner.begin() as conn:
        for _ in range(2):
            kept(conn, "a", lambda: made.append("a"))
    assert made == ["a", "a"]
