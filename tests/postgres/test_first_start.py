"""The first start, and what may go wrong before it is complete."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
import sqlalchemy as sa

from data.errors import ServerError
from data.postgres import open_server, running_server
from data.postgres.layout import Layout, prepare_home
from tests.postgres.support import OPTIONS, User, answer, supervisor_of, wait_until, wait_until_gone, wait_until_stopped


def test_first_start_makes_a_login_that_owns_its_database_and_is_no_superuser(room: Path) -> None:
    said: list[str] = []
    with running_server(room / "home", say=said.append) as server:
        engine = sa.create_engine(server.url)
        with engine.connect() as conn:
            role = conn.execute(sa.text("select * from pg_roles where rolname = current_user")).mappings().one()
            base = conn.execute(
                sa.text(
                    "select pg_get_userbyid(datdba) as owner, pg_encoding_to_char(encoding) as encoding, datlocprovider"
                    ", datlocale from pg_database where datname = current_database()"
                )
            ).mappings()
            assert dict(base.one()) == {
                "owner": "daybook",
                "encoding": "UTF8",
                "datlocprovider": "b",
                "datlocale": "C.UTF-8",
            }
            assert conn.scalar(sa.text("show data_checksums")) == "on"
            assert conn.scalar(sa.text("show listen_addresses")) == ""
        engine.dispose()
        with sa.create_engine(server.superuser_url).connect() as conn:
            secrets = conn.scalars(sa.text("select rolpassword from pg_authid where rolcanlogin")).all()
    assert (role["rolname"], role["rolsuper"], role["rolcreaterole"], role["rolcanlogin"]) == (
        "daybook",
        False,
        True,
        True,
    )
    assert [secret[:14] for secret in secrets] == ["SCRAM-SHA-256$"] * 2
    assert said == ["Preparing the database for the first time."]


def test_durability_is_on_unless_a_test_turns_it_off(layout: Layout) -> None:
    with running_server(layout.home) as server:
        assert answer(server, "show fsync") == "on"
        assert answer(server, "show full_page_writes") == "on"
        assert answer(server, "show synchronous_commit") == "on"


def test_data_is_there_after_a_restart(layout: Layout) -> None:
    with running_server(layout.home, options=OPTIONS) as server:
        answer(server, "create table kept as select 7 as number")
    wait_until_stopped(layout)
    with running_server(layout.home, options=OPTIONS) as server:
        assert answer(server, "select number from kept") == 7


def test_passwords_are_readable_by_their_owner_alone_and_not_shown(layout: Layout) -> None:
    with running_server(layout.home, options=OPTIONS) as server:
        assert server.password not in repr(server)
        assert server.superuser_password not in repr(server)
        assert server.password != server.superuser_password
    for path in (layout.login_password, layout.superuser_password):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.stat().st_uid == os.geteuid()
    assert not list(layout.place.glob("*.new*")), "a file with a password was left"
    log = layout.server_log.read_text() + layout.supervisor_log.read_text()
    assert server.password not in log
    assert server.superuser_password not in log


@pytest.mark.parametrize("user", ["daybook", "postgres"])
def test_wrong_password_is_refused(layout: Layout, user: str) -> None:
    with running_server(layout.home, options=OPTIONS) as server:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(host=str(server.socket_dir), user=user, password="wrong", dbname="daybook")
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(host=str(server.socket_dir), user=user, dbname="daybook", passfile="/nonexistent")


def test_statements_and_values_stay_out_of_the_log(layout: Layout) -> None:
    with running_server(layout.home, options=OPTIONS) as server:
        answer(server, "create table people (name text primary key); insert into people values ('x')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            answer(server, "insert into people values ('x') /* secret */")
    log = layout.server_log.read_text()
    assert "duplicate key" in log
    assert "secret" not in log
    assert "(x)" not in log


def test_first_start_killed_midway_is_done_again(room: Path, users: Callable[..., User]) -> None:
    home = room / "home"
    user = users(home)
    layout = prepare_home(home)
    wait_until(lambda: any(layout.place.glob("data.new-*/base")), "no data folder is being made")
    supervisor = supervisor_of(layout)
    children = psutil.Process(supervisor).children(recursive=True)
    os.kill(supervisor, signal.SIGKILL)
    user.kill()
    for child in children:
        wait_until_gone(child.pid)
    assert not layout.data.exists()
    with running_server(home, options=OPTIONS) as server:
        assert answer(server, "select current_user") == "daybook"
    assert not list(layout.place.glob("data.new-*"))


def test_user_killed_during_the_first_start_leaves_no_server(room: Path, users: Callable[..., User]) -> None:
    user = users(room / "home")
    layout = prepare_home(room / "home")
    wait_until(lambda: any(layout.place.glob("data.new-*")), "no data folder is being made")
    user.kill()
    wait_until_stopped(layout)
    with running_server(layout.home, options=OPTIONS) as server:
        assert answer(server, "select 1") == 1


def test_leftovers_of_a_first_start_are_removed_with_their_password(room: Path) -> None:
    layout = prepare_home(room / "home")
    draft = layout.place / "data.new-abandoned"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    (layout.place / "data.new-abandoned.password").write_text("secret\n")
    with running_server(layout.home, options=OPTIONS):
        assert not list(layout.place.glob("data.new-*"))


@pytest.mark.parametrize(
    ("version", "message"), [("17\n", r"is of PostgreSQL 17, the installed programs are of 18"), (None, "is damaged")]
)
def test_data_of_another_version_or_damaged_is_refused_and_kept(
    layout: Layout, version: str | None, message: str
) -> None:
    path = layout.data / "PG_VERSION"
    path.unlink() if version is None else path.write_text(version)
    before = sorted(item.name for item in layout.data.iterdir())
    with pytest.raises(ServerError, match=message) as raised:
        open_server(layout.home, options=OPTIONS)
    assert "\n" not in str(raised.value)
    assert str(layout.server_log) in str(raised.value)
    assert sorted(item.name for item in layout.data.iterdir()) == before
    wait_until_stopped(layout)


def test_damaged_control_file_is_named(layout: Layout) -> None:
    with (layout.data / "global/pg_control").open("r+b") as file:
        file.seek(100)
        file.write(b"damage")
    with pytest.raises(ServerError, match="damaged; restore a backup"):
        open_server(layout.home, options=OPTIONS)


@pytest.mark.parametrize("user", ["daybook", "postgres"])
def test_lost_password_is_replaced_at_the_next_start(layout: Layout, user: str) -> None:
    path = layout.login_password if user == "daybook" else layout.superuser_password
    before = path.read_text()
    path.unlink()
    with running_server(layout.home, options=OPTIONS) as server:
        assert answer(server.url, "select current_user") == "daybook"
        assert answer(server.superuser_url, "select current_user") == "postgres"
        assert path.read_text() != before
        path.unlink()
        with pytest.raises(ServerError, match="is missing"):
            open_server(layout.home)
