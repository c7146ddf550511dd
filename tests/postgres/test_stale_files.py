"""Files of an earlier server that say something wrong: the start works, and no foreign process is touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from data.postgres import running_server
from data.postgres.layout import Layout
from tests.postgres.support import (
    OPTIONS,
    User,
    answer,
    postmaster_of,
    supervisor_of,
    wait_until_gone,
    wait_until_stopped,
)

CONTENTS = {
    "empty": "",
    "garbage": "not a number\nat all\n",
    "truncated": "12",
    "far too large": "99999999999999999999\n",
    "negative": "-1\n",
    "zero": "0\n",
    "binary": "\0\x01\x02\n",
    "own process": f"{os.getpid()}\n",
    "first process": "1\n",
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_unusable_pid_file_does_not_hinder_the_start(stopped: Layout, content: str) -> None:
    _write(stopped, content)
    with running_server(stopped.home, options=OPTIONS) as server:
        assert answer(server, "select 1") == 1


def test_foreign_process_named_by_the_pid_file_survives(stopped: Layout, sleeper: subprocess.Popen[bytes]) -> None:
    _write(stopped, _pid_file(stopped, sleeper.pid))
    with running_server(stopped.home, options=OPTIONS) as server:
        assert answer(server, "select 1") == 1
        assert postmaster_of(stopped) != sleeper.pid
    wait_until_stopped(stopped)
    assert sleeper.poll() is None


def test_foreign_process_named_by_the_socket_lock_survives(stopped: Layout, sleeper: subprocess.Popen[bytes]) -> None:
    folder = stopped.place / "run"
    folder.mkdir(exist_ok=True)
    (folder / ".s.PGSQL.5432.lock").write_text(_pid_file(stopped, sleeper.pid))
    (folder / ".s.PGSQL.5432").touch()
    with running_server(stopped.home, options=OPTIONS) as server:
        assert answer(server, "select 1") == 1
    wait_until_stopped(stopped)
    assert sleeper.poll() is None


def test_foreign_process_named_by_the_state_survives(stopped: Layout, sleeper: subprocess.Popen[bytes]) -> None:
    text = f'{{"pid": {sleeper.pid}, "phase": "ready", "postmaster": {sleeper.pid}, "socket_dir": "/nowhere"}}'
    stopped.state.write_text(text)
    with running_server(stopped.home, options=OPTIONS) as server:
        assert answer(server, "select 1") == 1
    wait_until_stopped(stopped)
    assert sleeper.poll() is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1, "phase": "ready"}', "\udcff"])
def test_unusable_state_does_not_hinder_the_start(stopped: Layout, content: str) -> None:
    stopped.state.write_bytes(os.fsencode(content))
    with running_server(stopped.home, options=OPTIONS) as server:
        assert answer(server, "select 1") == 1


def _write(layout: Layout, content: str) -> None:
    path = layout.data / "postmaster.pid"
    path.write_text(content)
    layout.account.own(path)


def _pid_file(layout: Layout, pid: int) -> str:
    return f"{pid}\n{layout.data}\n1767225600\n5432\n{layout.place / 'run'}\n\n  5432001         0\nready   \n"


def test_a_server_whose_home_was_replaced_ends_and_leaves_the_new_one_alone(
    layout: Layout, users: Callable[..., User], copied: Callable[[Path], Layout]
) -> None:
    users(layout.home).wait_until_ready()
    server, supervisor = postmaster_of(layout), supervisor_of(layout)
    other = copied(layout.home.with_name("other"))
    layout.home.rename(layout.home.with_name("gone"))
    other.home.rename(layout.home)
    wait_until_gone(server)
    wait_until_gone(supervisor)
