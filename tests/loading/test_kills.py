"""kill -9 in the middle of a load: nothing is half loaded, and loading again succeeds."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from data.db import Database, make_engine
from data.errors import AlreadyLoaded
from data.loading.load import load_file
from data.loading.options import Options
from data.migrating import upgrade
from tests.loading.large import write_large

ROWS = 150_000
pytestmark = pytest.mark.timeout(600)
points = pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.full)])


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A file, and its net."""
    path = tmp_path_factory.mktemp("large") / "sales.parquet"
    return path, write_large(path, ROWS)


def totals(database):
    with database.owner.connect() as conn:
        lines = conn.execute(sa.text("select count(*), coalesce(sum(net_cents), 0) from sales_lines")).one()
        others = [
            conn.scalar(sa.text(f"select count(*) from {table}"))
            for table in ("loads", "history.revisions", "history.pending_loads", "households", "business_settings")
        ]
        broken = conn.execute(sa.text("select * from history.broken_revisions()")).all()
    return tuple(lines), others, broken


def load_until_done(database, path):
    """As somebody does who tries again until it works."""
    until = time.monotonic() + 60
    while True:
        try:
            return load_file(database, "sales", path, options=Options(allow_inferred=True))
        except (sa.exc.OperationalError, psycopg.OperationalError):
            assert time.monotonic() < until
            time.sleep(0.05)


def is_nothing(found):
    return found == ((0, 0), [0, 0, 0, 0, 0], [])


def is_everything(found, net):
    return found == ((ROWS, net), [1, 1, 0, ROWS // 5, 1], [])


@points
def test_a_killed_loader_leaves_nothing_half_loaded(database, large, kills):
    path, net = large
    url = database.owner.url.render_as_string(hide_password=False)
    moments = random.Random(kills)
    for _ in range(kills):
        process = subprocess.Popen([sys.executable, "-m", "tests.loading.large", url, path], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(moments.uniform(0, 1.2))
        process.kill()
        process.wait()
        process.stdout.close()
        found = totals(database)
        assert is_nothing(found) or is_everything(found, net)
    with suppress(AlreadyLoaded):  # the kill came too late
        load_until_done(database, path)
    assert is_everything(totals(database), net)


@pytest.fixture
def own_server():
    """A server of this test's own: its address, and a function that kills it; its supervisor starts it again."""
    from data.postgres import prepare_home, running_server
    from tests.postgres.support import postmaster_of, wait_until

    folder = Path(tempfile.mkdtemp(prefix="daybook-load-")).resolve()
    folder.chmod(0o755)

    def kill():
        layout = prepare_home(folder / "home")
        victim = postmaster_of(layout)
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: _other_postmaster(layout, victim), "no new server")

    def _other_postmaster(layout, victim):
        try:
            return postmaster_of(layout) != victim
        except AssertionError:
            return False

    with running_server(folder / "home", say=lambda _: None) as server:
        yield server.url, kill
    shutil.rmtree(folder, ignore_errors=True)


@points
def test_a_killed_server_leaves_nothing_half_loaded(own_server, large, kills):
    url, kill = own_server
    path, net = large
    engine = make_engine(url)
    upgrade(engine)
    database = Database(engine, engine, engine)
    moments = random.Random(kills)
    for _ in range(kills):
        loading = threading.Thread(target=_try, args=(database, path))
        loading.start()
        time.sleep(moments.uniform(0, 1.2))
        kill()
        loading.join()
        engine.dispose()
        found = _patiently(lambda: totals(database))
        assert is_nothing(found) or is_everything(found, net)
    with suppress(AlreadyLoaded):
        load_until_done(database, path)
    assert is_everything(totals(database), net)
    engine.dispose()


def _try(database, path):
    with suppress(sa.exc.DBAPIError, psycopg.Error, AlreadyLoaded):
        load_file(database, "sales", path, options=Options(allow_inferred=True))


def _patiently(look):
    until = time.monotonic() + 60
    while True:
        try:
            return look()
        except sa.exc.OperationalError:
            assert time.monotonic() < until
            time.sleep(0.05)
