"""What the tests of dashboards share: some people, and views of theirs."""

from dataclasses import replace

import pytest

from data.views.reading import Content
from data.views.writing import save_view
from tests.factories.accounts import AccountFactory

BREAD = Content("explore", "m=net_sales&r=category", "Bread")


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


@pytest.fixture
def views(people):
    """A private view and a shared one of ann's, and a private one of bob's."""
    conn, ids = people

    def saved(name, owner, *, shared):
        return save_view(conn, replace(BREAD, name=name, shared=shared), account_id=ids[owner]).view_id

    return {
        "private": saved("Private", "ann", shared=False),
        "shared": saved("Shared", "ann", shared=True),
        "bobs": saved("Bob's", "bob", shared=False),
    }
