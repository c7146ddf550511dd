"""Slow statements, on a server that counts them."""

from __future__ import annotations

import sqlalchemy as sa

from data.db import make_engine
from data.doctor.statements import slow_statements
from data.postgres import running_server
from data.postgres.layout import Layout
from data.postgres.server import DATABASE
from tests.postgres.support import OPTIONS


def test_slow_statements_are_told_without_their_values_once_the_server_counts_them(layout: Layout) -> None:
    extension = sa.text("create extension pg_stat_statements")
    options = {**OPTIONS, "shared_preload_libraries": "pg_stat_statements"}
    with running_server(layout.home, options=options) as server:
        url = sa.make_url(server.superuser_url).set(database=DATABASE)
        engine = make_engine(url.render_as_string(hide_password=False))
        with engine.begin() as conn:
            conn.execute(extension)
            conn.execute(sa.text("select 'secret', pg_sleep(0.1)"))
        with engine.connect() as conn:
            found = list(slow_statements(conn, least_ms=50))
            (told,) = [finding.detail for finding in found if "pg_sleep" in finding.detail]
            assert told.endswith(" ms on average, 1 times: select $1, pg_sleep($2)")
            (none,) = slow_statements(conn, least_ms=10_000)
            assert (none.is_notice, none.detail) == (False, "none takes 10,000 ms on average")
        engine.dispose()


def test_a_server_that_has_the_counter_and_did_not_load_it_says_so(layout: Layout) -> None:
    with running_server(layout.home, options=OPTIONS) as server:
        url = sa.make_url(server.superuser_url).set(database=DATABASE)
        engine = make_engine(url.render_as_string(hide_password=False))
        with engine.begin() as conn:
            conn.execute(sa.text("create extension pg_stat_statements"))
            (found,) = slow_statements(conn)
        engine.dispose()
    assert found.is_notice
    assert "shared_preload_libraries" in found.detail
