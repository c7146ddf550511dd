"""Each migration says whether it goes before or after the code, and which tables in use it locks: what it really does."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest
import sqlalchemy as sa

import migrations.versions
from data.db import make_engine
from data.migrating import upgrade

MODULES = {
    module.revision: module
    for module in (
        importlib.import_module(f"migrations.versions.{found.name}")
        for found in pkgutil.iter_modules(migrations.versions.__path__)
    )
}
# Locks that make those who write to a table wait, or those who read it.
HELD = """
    select n.nspname || '.' || c.relname from pg_locks l
    join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
    where l.pid = pg_backend_pid() and l.granted and c.relkind in ('r', 'p') and n.nspname !~ '^pg_'
      and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""
TABLES = """
    select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and c.relname <> 'alembic_version'
"""


def words_of(version: str) -> str:
    """The docstring without what only Alembic reads, in one line."""
    return " ".join((MODULES[version].__doc__ or "").split("Revision ID:")[0].split())


@pytest.fixture(scope="module")
def locked(empty_database_url) -> dict[str, set[str]]:
    """The tables that were there before, and that each migration keeps from being used until it commits."""
    engine = make_engine(empty_database_url())
    found: dict[str, set[str]] = {}
    before: set[str] = set()

    def look(conn: sa.Connection) -> None:
        cursor = conn.connection.cursor()
        tables = {str(name) for (name,) in cursor.execute(TABLES)}
        if cursor.execute("select to_regclass('alembic_version')").fetchone()[0] is not None:
            version = cursor.execute("select max(version_num) from alembic_version").fetchone()[0]
            if version is not None:
                found.setdefault(version, {str(name) for (name,) in cursor.execute(HELD)} & before)
        before.clear()
        before.update(tables)

    sa.event.listen(engine, "commit", look)
    upgrade(engine)
    engine.dispose()
    return found


def test_every_migration_was_looked_at(locked):
    assert locked.keys() == MODULES.keys()
    assert any(locked.values())


@pytest.mark.parametrize("version", sorted(MODULES))
def test_it_says_whether_it_goes_before_or_after_the_code(version):
    assert len(re.findall(r"Goes (before|after) the code\b", words_of(version))) == 1


@pytest.mark.parametrize("version", sorted(MODULES))
def test_it_names_the_tables_in_use_that_it_locks(version, locked):
    words = words_of(version)
    assert ("locks nothing" in words) == (not locked[version]), locked[version]
    lacking = {name for name in locked[version] if f"`{name.removeprefix('public.')}`" not in words}
    assert lacking == set(), "the docstring does not name them"
