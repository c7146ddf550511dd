"""What a reader sees when something breaks: what happened, what to do, a number, and never a traceback."""

from contextlib import contextmanager

import sqlalchemy as sa
from playwright.sync_api import expect

from data.db import make_engine
from tests.browser.live import log_in, served
from tests.conftest import clone
from tests.factories.accounts import AccountFactory


def test_a_database_that_is_gone_is_said_calmly(page, server_url, template, owner_login, tmp_path):
    with clone(server_url, template, owner_login) as database:
        with database.accounts() as conn:
            AccountFactory(conn=conn, username="analyst")
        with served(database, tmp_path) as address:
            log_in(page, address, "analyst", path="/account")
            database.dispose()
            with _renamed(server_url, database):
                page.get_by_role("button", name="Change password").click()
                alert = page.get_by_text("The database does not answer")
                expect(alert).to_be_visible(timeout=20_000)
                shown = page.inner_text("body")
                assert "Traceback" not in shown
                assert "psycopg" not in shown
            page.reload()
            expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible(timeout=20_000)


@contextmanager
def _renamed(server_url, database):
    """The database under another name for the block: as good as gone for who knows the old one."""
    name = database.owner.url.database
    others = sa.text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name")
    engine = make_engine(server_url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(others, {"name": name})
        conn.execute(sa.text(f"alter database {name} rename to {name}_away"))
        try:
            yield
        finally:
            conn.execute(sa.text(f"alter database {name}_away rename to {name}"))
    engine.dispose()
