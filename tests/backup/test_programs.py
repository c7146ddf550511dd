"""PostgreSQL's own programs are found and told where to go, and a login without rights is told what it needs."""

import pytest
import sqlalchemy as sa

from data.backup.restoring import restore_backup
from data.backup.writing import write_backup
from data.db import Database, make_engine
from data.errors import BackupError, ServerError
from data.postgres import clients
from data.postgres.clients import client_environment, client_program


def test_a_program_that_is_older_than_the_server_is_not_used():
    with pytest.raises(ServerError, match="pg_dump must not be older than the server, which is 99; .* is of 1"):
        client_program("pg_dump", server_major=99)


def test_a_machine_without_the_program_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(clients, "_candidates", lambda _: iter(()))
    with pytest.raises(ServerError, match="pg_dump was not found; install PostgreSQL's client programs"):
        client_program("pg_dump")


def test_the_address_is_told_by_variables_with_how_it_is_encrypted(monkeypatch):
    monkeypatch.delenv("PGSSLCERT", raising=False)
    url = sa.make_url("postgresql://me:p%40ss@db.example:6543/sales?sslmode=verify-full&sslrootcert=/ca.pem")
    told = client_environment(url, PGAPPNAME="daybook backup")
    expected = {
        "PGHOST": "db.example",
        "PGPORT": "6543",
        "PGDATABASE": "sales",
        "PGUSER": "me",
        "PGPASSWORD": "p@ss",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "/ca.pem",
        "PGAPPNAME": "daybook backup",
    }
    assert {name: told[name] for name in expected} == expected
    assert "PGSSLCERT" not in told


def test_a_login_that_may_not_join_the_roles_gets_the_sql_for_a_superuser(
    database, tmp_path, empty_database_url, server_url
):
    write_backup(database, tmp_path / "kept")
    url = sa.make_url(empty_database_url())
    admin = make_engine(sa.make_url(server_url).set(database=url.database).render_as_string(hide_password=False))
    with admin.begin() as conn:
        if not conn.scalar(sa.text("select usesuper from pg_user where usename = current_user")):
            pytest.skip("the server's login is no superuser, and would have to run what one is asked to run")
        conn.execute(sa.text("create role poor_login login password 'test-login'"))
    engine = make_engine(url.set(username="poor_login", password="test-login").render_as_string(hide_password=False))
    try:
        with pytest.raises(BackupError, match="may not make the roles of the backup; a superuser runs:") as refused:
            restore_backup(Database(engine, engine, engine), tmp_path / "kept")
        assert f"grant {database.roles.keeper} to poor_login;" in str(refused.value)
        with admin.begin() as conn:
            assert conn.scalar(sa.text("select to_regclass('public.products')")) is None
            conn.execute(sa.text(str(refused.value).split("a superuser runs:\n")[1]))
            assert conn.scalar(
                sa.text("select pg_has_role('poor_login', :name, 'usage')"), {"name": database.roles.keeper}
            )
    finally:
        engine.dispose()
        with admin.begin() as conn:
            conn.execute(sa.text("drop owned by poor_login cascade"))
            conn.execute(sa.text("drop role poor_login"))
        admin.dispose()
