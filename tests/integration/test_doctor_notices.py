"""The doctor tells an operator what is worth a look, and shows no secret."""

from __future__ import annotations

import threading
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.config import Settings
from data.db import Database, make_engine
from data.doctor import machine, observe
from data.doctor.activity import archive, blocked, long_running
from data.doctor.findings import Finding
from data.doctor.machine import clock, clock_finding, free_disk, versions
from data.doctor.settings import logins, set_variables, unknown_variables, unsafe_values
from data.doctor.statements import slow_statements
from data.doctor.tables import unused_indexes, wanting_tables
from tests.postgres.support import wait_until

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Usage = namedtuple("Usage", "total used free")


def told(findings) -> list[str]:
    """The details of what is a notice."""
    return [finding.detail for finding in findings if finding.is_notice]


class TestSettings:
    def test_what_is_set_is_named_and_a_secret_is_not_shown(self):
        url = "postgresql://me:hunter2@db.example/sales"
        found = set_variables(
            Settings(DATABASE_URL=url, DAYBOOK_PORT=9000, DAYBOOK_METRICS_TOKEN="t0p-secret-t0p-secret")
        )
        assert "DATABASE_URL (not shown)" in found.detail
        assert "DAYBOOK_PORT=9000" in found.detail
        assert "DAYBOOK_METRICS_TOKEN (not shown)" in found.detail
        assert not any(word in found.detail for word in ("hunter2", "t0p", "db.example"))

    def test_a_slip_in_a_name_is_found(self):
        given = {
            "DAYBOOK_PROT": "9000",
            "DAYBOOK_PORT": "9000",
            "DAYBOOK_PROXY_PORT": "1",
            "PATH": "/bin",
            "DAYBOOK_X": "",
        }
        assert told(unknown_variables(given)) == [
            "DAYBOOK_PROT is set, and Daybook knows no such variable; DAYBOOK_PORT was meant?"
        ]

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"DAYBOOK_HOST": "0.0.0.0"}, "put a proxy with TLS in front"),
            ({"DAYBOOK_HOST": "0.0.0.0", "DAYBOOK_PUBLIC_URL": "http://x.example"}, "put a proxy with TLS in front"),
            ({"DAYBOOK_SECRET_KEY": "changeme" * 5}, "must be drawn at random"),
            ({"DAYBOOK_SECRET_KEY": "short"}, "at least 32 characters"),
        ],
    )
    def test_an_unsafe_value_is_a_notice(self, given, words):
        (said,) = told(unsafe_values(Settings(**given)))
        assert words in said
        assert "changeme" not in said

    def test_safe_values_are_none(self):
        assert told(unsafe_values(Settings())) == []
        given = {"DAYBOOK_HOST": "0.0.0.0", "DAYBOOK_PUBLIC_URL": "https://x.example"}
        assert told(unsafe_values(Settings(**given))) == []


class TestLogins:
    def test_a_reader_who_owns_the_database_is_a_notice(self, database):
        url = database.owner.url.render_as_string(hide_password=False)
        found = told(logins(database, Settings(DAYBOOK_READER_URL=url)))
        assert found == [
            f"DAYBOOK_READER_URL logs in as {database.owner.url.username}, who owns the database: leave it out instead"
        ]
        assert told(logins(database, Settings())) == []

    def test_a_superuser_is_a_notice(self, database, server_url):
        admin = make_engine(sa.make_url(server_url).set(database=database.owner.url.database).render_as_string(False))
        with admin.connect() as conn:
            if not conn.scalar(sa.text("select usesuper from pg_user where usename = current_user")):
                pytest.skip("the server's login is no superuser")
        found = told(logins(Database(database.owner, admin, database.owner), Settings(DAYBOOK_WRITER_URL=server_url)))
        admin.dispose()
        assert len(found) == 1
        assert found[0].startswith("DAYBOOK_WRITER_URL logs in as ")
        assert "a superuser" in found[0]


class TestMachine:
    @pytest.mark.parametrize(
        ("total", "free", "is_short"), [(100, 50, False), (100, 4, True), (10, 0.9, True), (10, 1.1, False)]
    )
    def test_a_disk_that_fills_up_is_a_notice(self, monkeypatch, total, free, is_short):
        giga = 1_000_000_000
        monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: Usage(total * giga, 0, int(free * giga)))
        found = free_disk(Path("/home/daybook"))
        assert (found.ok, found.is_notice) == (True, is_short)
        assert f"{free:,.1f} GB are free at /home/daybook, of {total:,.1f} GB" in found.detail

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [(-1.5, None), (-2.5, "2.5 seconds behind"), (0.2, None), (3, None), (6, "5.0 seconds ahead of")],
    )
    def test_a_clock_that_is_off_is_a_notice_and_a_slow_answer_is_not(self, seconds, words):
        found = clock_finding(NOON, NOON + timedelta(seconds=seconds), NOON + timedelta(seconds=1))
        assert found.is_notice == (words is not None)
        assert (words or "agrees with") in found.detail

    def test_the_databases_own_clock_agrees(self, conn):
        assert not clock(conn).is_notice

    def test_versions_name_the_server_and_what_is_not_there(self, conn, monkeypatch):
        monkeypatch.setattr(machine, "PACKAGES", ("sqlalchemy", "no-such-package"))
        found = versions(conn)
        assert f"PostgreSQL {conn.dialect.server_version_info[0]}" in found.detail
        assert f"sqlalchemy {sa.__version__}" in found.detail
        assert "no-such-package is not installed" in found.detail


class TestActivity:
    def test_a_transaction_that_was_left_open_is_named_by_its_process(self, database):
        with database.owner.connect() as idle, database.owner.connect() as conn:
            pid = idle.scalar(sa.text("select pg_backend_pid()"))
            assert told(long_running(conn)) == []
            (said,) = told(long_running(conn, least_s=0))
            assert (
                f"a transaction has been left open for 0 seconds: process {pid}, of {database.owner.url.username} (daybook)"
                in said
            )
            idle.rollback()
            conn.rollback()
            assert told(long_running(conn, least_s=0)) == []

    def test_who_waits_for_whom_is_said(self, database):
        with database.owner.connect() as holder, database.owner.connect() as waiter, database.owner.connect() as conn:
            pids = [each.scalar(sa.text("select pg_backend_pid()")) for each in (holder, waiter)]
            holder.execute(sa.text("lock table products"))
            waiting = threading.Thread(target=lambda: waiter.execute(sa.text("select count(*) from products")))
            waiting.start()

            def waits() -> list[str]:
                conn.rollback()  # a transaction goes on seeing what the others were at when it first looked
                return told(blocked(conn))

            try:
                wait_until(lambda: bool(waits()), "nobody waits")
                (said,) = waits()
                assert said.startswith(f"process {pids[1]}, of ")
                assert said.endswith(f"for process {pids[0]}")
                (running,) = [one for one in told(long_running(conn, least_s=0)) if f"process {pids[1]}," in one]
                assert running.startswith("a statement has run")
            finally:
                holder.rollback()
                waiting.join()
            assert waits() == []

    def test_a_server_without_an_archive_is_told_what_that_means(self, conn):
        assert archive(conn).detail.startswith("off: only backups can be restored")


class TestStatements:
    def test_where_nothing_is_counted_the_way_to_it_is_said(self, conn):
        (found,) = slow_statements(conn)
        assert not found.is_notice
        assert "create extension pg_stat_statements" in found.detail


class TestTables:
    def test_an_index_that_nobody_reads_is_a_notice_until_somebody_does(self, database):
        with database.owner.begin() as conn:
            conn.execute(sa.text("create table spare (number int primary key, name text, other text unique)"))
            conn.execute(
                sa.text("insert into spare select n, repeat('x', 100) || n, n from generate_series(1, 2000) n")
            )
            conn.execute(sa.text("create index spare_name on spare (name)"))
        assert self.spare(database) == ["spare_name"]
        with database.owner.begin() as conn:
            conn.execute(sa.text("set local enable_seqscan = off"))
            conn.execute(sa.text("select * from spare where name = 'x'"))
            conn.execute(sa.text("select pg_stat_force_next_flush()"))
        assert self.spare(database) == []

    def test_an_index_of_partitions_is_one_and_used_where_a_part_is(self, database):
        with database.owner.begin() as conn:
            conn.execute(sa.text("create table spare (number int, name text) partition by list (number)"))
            conn.execute(sa.text("create index spare_name on spare (name)"))
            for number in (1, 2):
                conn.execute(sa.text(f"create table spare_{number} partition of spare for values in ({number})"))
            conn.execute(
                sa.text("insert into spare select n % 2 + 1, repeat('x', 100) || n from generate_series(1, 2000) n")
            )
        assert self.spare(database) == ["spare_name"]
        with database.owner.begin() as conn:
            conn.execute(sa.text("set local enable_seqscan = off"))
            conn.execute(sa.text("select * from spare_2 where name = 'x'"))
            conn.execute(sa.text("select pg_stat_force_next_flush()"))
        assert self.spare(database) == []

    def spare(self, database) -> list[str]:
        with database.owner.connect() as conn:
            found = told(unused_indexes(conn, least_bytes=0))
        assert all("MB) was not read since " in detail for detail in found)
        return [detail.split()[0] for detail in found if detail.startswith("spare")]

    def test_small_indexes_are_left_alone(self, conn):
        assert told(unused_indexes(conn)) == []

    def test_a_table_with_many_dead_rows_is_a_notice_until_it_is_vacuumed(self, database):
        engine = database.owner.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as conn:
            conn.execute(sa.text("create table spare (number int) with (autovacuum_enabled = off)"))
            conn.execute(sa.text("insert into spare select generate_series(1, 100)"))
            conn.execute(sa.text("update spare set number = -number"))
            conn.execute(sa.text("select pg_stat_force_next_flush()"))
        with engine.connect() as conn:
            assert told(wanting_tables(conn)) == []
            (said,) = [one for one in told(wanting_tables(conn, least_rows=50)) if "spare" in one]
            assert said.startswith(
                "public.spare: 100 dead rows; 200 rows changed since its statistics were made, and never"
            )
            conn.execute(sa.text("vacuum (analyze) spare"))
            conn.execute(sa.text("select pg_stat_force_next_flush()"))
        with engine.connect() as conn:
            assert [one for one in told(wanting_tables(conn, least_rows=50)) if "spare" in one] == []


class TestObserved:
    def test_nothing_that_is_only_worth_a_look_is_wrong(self, database, tmp_path):
        found = list(observe(database, Settings(DAYBOOK_HOME=tmp_path)))
        assert all(finding.ok for finding in found)
        asked = {"settings", "disk", "clock", "versions", "activity", "archive", "slow statements", "indexes", "tables"}
        assert asked <= {finding.check for finding in found}

    def test_a_login_that_does_not_answer_hides_nothing_else(self, database, tmp_path):
        dead = make_engine("postgresql://me@127.0.0.1:1/x")
        settings = Settings(DAYBOOK_HOME=tmp_path, DAYBOOK_READER_URL="postgresql://me@127.0.0.1:1/x")
        found: list[Finding] = list(observe(Database(database.owner, database.owner, dead), settings))
        (said,) = [finding.detail for finding in found if finding.check == "logins"]
        assert said.startswith("could not be asked: ")
        assert "tables" in {finding.check for finding in found}
