"""What the tests of saved views share: a rolled-back connection and some people."""

import pytest

from tests.factories.accounts import AccountFactory


@pytest.fixture
def people(worker_database):
    """A connection of the accounts role that is rolled back, and the numbers of four accounts."""
    with worker_database.accounts() as conn:
        ids = {
            name: AccountFactory(conn=conn, username=name, role=role).account_id
            for name, role in (("ann", "analyst"), ("bob", "analyst"), ("meg", "manager"), ("ada", "admin"))
        }
        yield conn, ids
        conn.rollback()
