"""The schema goes up, down and up again, fits the models, and survives being cloned."""

import pytest
import sqlalchemy as sa

from data.db import Database, make_engine
from data.errors import SchemaError
from data.migrating import check_drift, current_version, downgrade, head_version, is_at_head, upgrade

SCHEMAS = sa.text(
    "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace "
    "where nspname in ('public', 'history', 'facts', 'accounts', 'audit') and relname not like 'alembic%'"
)


def test_models_and_migrations_agree(worker_database):
    check_drift(worker_database.owner)


def test_down_to_nothing_and_up_again(empty_database_url):
    engine = make_engine(empty_database_url())
    upgrade(engine)
    assert is_at_head(engine)
    downgrade(engine, target="base")
    with engine.connect() as conn:
        assert conn.scalar(SCHEMAS) == 0
    assert current_version(engine) is None
    upgrade(engine)
    check_drift(engine)
    engine.dispose()


def test_each_step_down_can_be_taken_back(empty_database_url):
    engine = make_engine(empty_database_url())
    upgrade(engine)
    for target in ("0015", "0009", "0007", "0005", "0004", "0003", "0002", "0001"):
        downgrade(engine, target=target)
        upgrade(engine)
    assert current_version(engine) == head_version()
    engine.dispose()


def test_a_second_upgrade_says_and_does_nothing(worker_database):
    said: list[str] = []
    upgrade(worker_database.owner, say=said.append)
    assert said == []


def test_roles_are_found_in_a_database_that_was_cloned_under_another_name(worker_database):
    with worker_database.owner.connect() as conn:
        assert not worker_database.roles.reader.startswith(conn.scalar(sa.text("select current_database()")))
        assert conn.scalar(sa.text("select 1 from pg_roles where rolname = :r"), {"r": worker_database.roles.reader})


def test_unmigrated_database_is_told_to_migrate(empty_database_url):
    engine = make_engine(empty_database_url())
    with pytest.raises(SchemaError, match="run `daybook migrate`"):
        _ = Database(engine, engine, engine).roles
    engine.dispose()


def test_login_without_the_right_to_create_roles_gets_one_clear_line(empty_database_url, server_url):
    url = sa.make_url(empty_database_url())
    admin = make_engine(sa.make_url(server_url).render_as_string(hide_password=False))
    with admin.begin() as conn:
        conn.execute(sa.text("drop role if exists poor_login"))
        conn.execute(sa.text("create role poor_login login password 'test-login'"))
    engine = make_engine(url.set(username="poor_login", password="test-login").render_as_string(hide_password=False))
    try:
        with pytest.raises(SchemaError, match="may not create roles"):
            upgrade(engine)
    finally:
        engine.dispose()
        with admin.begin() as conn:
            conn.execute(sa.text("drop role poor_login"))
        admin.dispose()
