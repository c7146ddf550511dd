"""What somebody saw at the end of the visit before this one."""

import pytest
import sqlalchemy as sa

from data.accounts.visits import Seen, note_visit
from tests.factories.accounts import AccountFactory


@pytest.fixture
def mia(database):
    with database.accounts() as conn:
        return AccountFactory(conn=conn, username="mia", role="analyst").account_id


def note(database, account_id, revision):
    with database.accounts() as conn:
        return note_visit(conn, account_id=account_id, revision=revision)


def hours_pass(database, hours):
    with database.accounts() as conn:
        conn.execute(sa.text("update accounts.visits set seen_at = seen_at - make_interval(hours => :h)"), {"h": hours})


def test_a_first_visit_has_none_before_it(database, mia):
    assert note(database, mia, 3) is None
    assert note(database, mia, 4) is None


def test_who_comes_again_is_told_what_they_saw_last(database, mia):
    note(database, mia, 3)
    note(database, mia, 4)
    hours_pass(database, 20)
    seen = note(database, mia, 9)
    assert isinstance(seen, Seen)
    assert seen.revision == 4
    assert note(database, mia, 10) == seen
    hours_pass(database, 2)
    assert note(database, mia, 12).revision == 10


def test_visits_are_each_ones_own(database, mia):
    with database.accounts() as conn:
        ben = AccountFactory(conn=conn, username="ben", role="analyst").account_id
    note(database, mia, 3)
    hours_pass(database, 20)
    assert note(database, ben, 9) is None
    assert note(database, mia, 9).revision == 3


def test_an_account_that_is_not_there_leaves_nothing(database):
    assert note(database, 4711, 3) is None
    with database.accounts() as conn:
        assert conn.scalar(sa.text("select count(*) from accounts.visits")) == 0
