"""Databases for the tests: one server a run, one migrated template, a clone for each test that commits.

The server is the embedded one, started and stopped here, unless DAYBOOK_TEST_DATABASE_URL names another whose login
may create roles and databases (that is how the suite runs on other versions of PostgreSQL).
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from data.db import Database, make_engine
from data.migrating import upgrade

_numbers = itertools.count(1)
settings.register_profile("untimed", deadline=None)  # no test asserts a time
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that every worker of this run shares."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def server_url(run_folder: Path) -> Iterator[str]:
    """The address of a server whose login may create databases and roles; workers join the same one."""
    given = os.environ.get("DAYBOOK_TEST_DATABASE_URL")
    with ExitStack() as stack:
        if given is None:
            from data.postgres import running_server

            options = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
            home = _server_home(run_folder)
            server = stack.enter_context(running_server(home, say=lambda _: None, options=options))
            given = server.superuser_url
        yield given


def _server_home(run_folder: Path) -> Path:
    """A folder that the server's account can reach, also as root; pytest keeps its own to itself."""
    home = Path(tempfile.gettempdir()) / f"daybook-tests-{run_folder.parent.name}-{run_folder.name}"
    home.mkdir(mode=0o711, exist_ok=True)
    return home


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove the server's folder when the whole run is over."""
    if os.environ.get("PYTEST_XDIST_WORKER") is None and hasattr(session.config, "_tmp_path_factory"):
        shutil.rmtree(_server_home(session.config._tmp_path_factory.getbasetemp()), ignore_errors=True)


def _url(server_url: str, database: str, login: str | None = None) -> str:
    url = sa.make_url(server_url).set(database=database)
    if login is not None:
        url = url.set(username=login, password="test-login")
    return url.render_as_string(hide_password=False)


@contextmanager
def _maintenance(server_url: str) -> Iterator[sa.Connection]:
    engine = make_engine(server_url)
    try:
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
            yield conn
    finally:
        engine.dispose()


def _once(folder: Path, name: str, make: Callable[[], None]) -> None:
    """Run `make` in the first worker that gets here; the others wait for it."""
    import fcntl

    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / f"{name}.done"
        if not done.exists():
            make()
            done.touch()


@pytest.fixture(scope="session")
def owner_login(server_url: str, run_folder: Path) -> str:
    """A login like production's owner: no superuser, may create roles and, for the clones, databases."""
    name = f"test_owner_{run_folder.name.replace('-', '_')}"

    def make() -> None:
        with _maintenance(server_url) as conn:
            conn.execute(sa.text(f"drop role if exists {name}"))
            conn.execute(sa.text(f"create role {name} login createrole createdb password 'test-login'"))
            me = conn.scalar(sa.text("select current_user"))
            conn.execute(sa.text(f'grant {name} to "{me}"'))

    _once(run_folder, "owner", make)
    return name


@pytest.fixture(scope="session")
def template(server_url: str, run_folder: Path, owner_login: str) -> str:
    """The name of a migrated, empty database that clones are made from."""
    name = f"template_{run_folder.name.replace('-', '_')}"

    def make() -> None:
        with _maintenance(server_url) as conn:
            conn.execute(sa.text(f"drop database if exists {name}"))
            conn.execute(sa.text(f"create database {name} owner {owner_login} template template0 encoding 'UTF8'"))
        engine = make_engine(_url(server_url, name, owner_login))
        upgrade(engine)
        engine.dispose()

    _once(run_folder, "template", make)
    return name


@pytest.fixture(scope="session")
def empty_database_url(server_url: str, owner_login: str) -> Iterator[Callable[[], str]]:
    """A function that makes an unmigrated database and gives the owner's address of it."""
    made: list[str] = []

    def make() -> str:
        name = f"empty_{os.getpid()}_{next(_numbers)}"
        with _maintenance(server_url) as conn:
            conn.execute(sa.text(f"create database {name} owner {owner_login} template template0 encoding 'UTF8'"))
        made.append(name)
        return _url(server_url, name, owner_login)

    yield make
    with _maintenance(server_url) as conn:
        for name in made:
            conn.execute(sa.text(f"drop database if exists {name} with (force)"))


@contextmanager
def clone(server_url: str, template: str, owner_login: str) -> Iterator[Database]:
    name = f"clone_{os.getpid()}_{next(_numbers)}"
    strategy = "file_copy" if template.startswith("sample") else "wal_log"  # a large one is not written to the log
    with _maintenance(server_url) as conn:
        conn.execute(sa.text(f"create database {name} owner {owner_login} template {template} strategy {strategy}"))
    engine = make_engine(_url(server_url, name, owner_login))
    database = Database(engine, engine, engine)
    try:
        yield database
    finally:
        database.dispose()
        with _maintenance(server_url) as conn:
            _drop(conn, name)


def _drop(conn: sa.Connection, name: str) -> None:
    """Drop a database; older servers do not let a login end the autovacuum that may be at work in it, so it waits."""
    for attempt in range(40):
        try:
            conn.execute(sa.text(f"drop database {name} with (force)"))
            return
        except sa.exc.ProgrammingError:
            if attempt == 39:
                raise
            time.sleep(0.25)


@pytest.fixture
def database(server_url: str, template: str, owner_login: str) -> Iterator[Database]:
    """A migrated, empty database of this test's own: it may commit."""
    with clone(server_url, template, owner_login) as cloned:
        yield cloned


@pytest.fixture(scope="session")
def worker_database(server_url: str, template: str, owner_login: str) -> Iterator[Database]:
    """A migrated database that the tests of one worker share; they roll back."""
    with clone(server_url, template, owner_login) as cloned:
        yield cloned


@pytest.fixture
def conn(worker_database: Database) -> Iterator[sa.Connection]:
    """The owner's connection in a transaction that is rolled back after the test."""
    with worker_database.owner.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture(scope="session")
def sample_name(server_url: str, run_folder: Path, template: str, owner_login: str) -> str:
    """The name of a database with the whole sample loaded, once a run, to be copied: nobody may stay connected to it."""
    name = f"sample_{run_folder.name.replace('-', '_')}"

    def make() -> None:
        from data.loading.sample import load_sample

        with _maintenance(server_url) as conn:
            conn.execute(sa.text(f"drop database if exists {name}"))
            conn.execute(sa.text(f"create database {name} owner {owner_login} template {template}"))
        engine = make_engine(_url(server_url, name, owner_login))
        load_sample(Database(engine, engine, engine))
        engine.dispose()

    _once(run_folder, "sample", make)
    return name


@pytest.fixture(scope="session")
def sample(server_url: str, sample_name: str, owner_login: str) -> Iterator[Database]:
    """A copy of the whole sample, shared by the tests of this worker that only read."""
    with clone(server_url, sample_name, owner_login) as database:
        yield database


@pytest.fixture
def sample_clone(server_url: str, sample_name: str, owner_login: str) -> Iterator[Database]:
    """A copy of the sample of this test's own: it may commit."""
    with clone(server_url, sample_name, owner_login) as cloned:
        yield cloned
