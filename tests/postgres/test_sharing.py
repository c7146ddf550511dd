"""Several users of one server: it runs for as long as any of them does, and once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from data.postgres import open_server, running_server
from data.postgres.layout import Layout, prepare_home
from tests.postgres.support import (
    OPTIONS,
    PYTHONPATH,
    User,
    answer,
    is_alive,
    postmaster_of,
    postmasters_below,
    wait_until,
    wait_until_gone,
    wait_until_stopped,
)

FORKING = """
import os, sys
from pathlib import Path
from data.postgres import open_server

lease = open_server(Path(sys.argv[1]), options=%r)
child = os.fork()
if child == 0:
    lease.close()
    os._exit(0)
os.waitpid(child, 0)
print("ready", flush=True)
sys.stdin.read()
"""


def test_second_user_joins_the_server_of_the_first(layout: Layout, users: Callable[..., User]) -> None:
    with running_server(layout.home, options=OPTIONS) as server:
        postmaster = postmaster_of(layout)
        other = users(layout.home)
        assert other.wait_until_ready() == server.url
        assert postmaster_of(layout) == postmaster
        assert other.said == []


def test_server_stops_after_the_last_user_and_not_before(layout: Layout, users: Callable[..., User]) -> None:
    other = users(layout.home)
    other.wait_until_ready()
    postmaster = postmaster_of(layout)
    with running_server(layout.home, options=OPTIONS) as server:
        assert other.leave() == 0
        assert answer(server, "select 1") == 1
        assert postmaster_of(layout) == postmaster
    wait_until_gone(postmaster)
    wait_until_stopped(layout)
    assert not (layout.data / "postmaster.pid").exists()


def test_user_waiting_for_a_first_start_shares_it(room: Path, users: Callable[..., User]) -> None:
    home = room / "home"
    together = [users(home) for _ in range(4)]
    assert len({user.wait_until_ready() for user in together}) == 1
    assert postmasters_below(room) == [postmaster_of(prepare_home(home))]


def test_users_coming_and_going_never_meet_a_stopped_server(layout: Layout) -> None:
    def come_and_go(_: int) -> int:
        with running_server(layout.home, options=OPTIONS) as server:
            return int(answer(server, "select 1"))

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(come_and_go, range(12), timeout=60)) == [1] * 12
    wait_until_stopped(layout)


def test_user_arriving_while_the_server_stops_gets_a_new_one(layout: Layout) -> None:
    for _ in range(4):
        lease = open_server(layout.home, options=OPTIONS)
        postmaster = postmaster_of(layout)
        lease.close(wait_s=0)
        wait_until(lambda: "stopping" in layout.state.read_text(), "the server does not stop")
        with running_server(layout.home, options=OPTIONS) as server:
            assert answer(server, "select 1") == 1
            assert postmaster_of(layout) != postmaster


def test_closing_waits_for_the_stop_only_as_the_last_user(layout: Layout) -> None:
    first, last = (open_server(layout.home, options=OPTIONS) for _ in range(2))
    postmaster = postmaster_of(layout)
    first.close(wait_s=60)
    assert is_alive(postmaster)
    last.close()
    assert not is_alive(postmaster)


def test_closing_twice_does_nothing(layout: Layout) -> None:
    with running_server(layout.home, options=OPTIONS) as server:
        lease = open_server(layout.home, options=OPTIONS)
        lease.close()
        lease.close()
        assert answer(server, "select 1") == 1


def test_programs_that_a_user_starts_do_not_keep_the_server(layout: Layout) -> None:
    lease = open_server(layout.home, options=OPTIONS)
    postmaster = postmaster_of(layout)
    with subprocess.Popen(["sleep", "60"], close_fds=False) as child:
        lease.close()
        wait_until_gone(postmaster)
        assert child.poll() is None
        child.kill()


def test_forked_child_does_not_take_the_server_from_its_parent(layout: Layout) -> None:
    command = [sys.executable, "-P", "-c", FORKING % (OPTIONS,), str(layout.home)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env={"PYTHONPATH": PYTHONPATH}, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "ready\n"
        postmaster = postmaster_of(layout)
        with pytest.raises(AssertionError):
            wait_until(lambda: not is_alive(postmaster), "as expected", patience_s=1)
        process.communicate(timeout=20)
    wait_until_gone(postmaster)
