"""kill -9 of each process: nothing is orphaned, nothing that was acknowledged is lost, and a retry succeeds."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from data.errors import ServerError
from data.postgres import EmbeddedServer, open_server, running_server
from data.postgres.binaries import usable_programs
from data.postgres.layout import Layout
from data.postgres.processes import MARK
from data.postgres.state import read_state
from tests.postgres.support import (
    OPTIONS,
    User,
    answer,
    connection,
    is_alive,
    postmaster_of,
    postmasters_below,
    retried,
    servers_below,
    supervisor_of,
    wait_until,
    wait_until_gone,
    wait_until_stopped,
)


def test_killed_user_leaves_no_server(layout: Layout, users: Callable[..., User]) -> None:
    user = users(layout.home)
    user.wait_until_ready()
    postmaster, supervisor = postmaster_of(layout), supervisor_of(layout)
    user.kill()
    wait_until_gone(postmaster)
    wait_until_gone(supervisor)
    assert servers_below(layout.place) == []
    assert not (layout.data / "postmaster.pid").exists(), "it was not stopped in order"


def test_killed_supervisor_is_replaced_while_there_are_users(layout: Layout) -> None:
    with running_server(layout.home, options=OPTIONS) as server:
        first, supervisor = postmaster_of(layout), supervisor_of(layout)
        os.kill(supervisor, signal.SIGKILL)
        wait_until_gone(first)
        assert retried(lambda: answer(server, "select 1")) == 1
        wait_until(lambda: supervisor_of(layout) != supervisor, "no new supervisor")
        assert postmasters_below(layout.place) == [postmaster_of(layout)]
    wait_until_stopped(layout)


def test_supervisor_killed_together_with_its_users_leaves_no_server(layout: Layout, users: Callable[..., User]) -> None:
    user = users(layout.home)
    user.wait_until_ready()
    postmaster, supervisor = postmaster_of(layout), supervisor_of(layout)
    user.kill()
    os.kill(supervisor, signal.SIGKILL)
    wait_until_gone(postmaster)
    with running_server(layout.home, options=OPTIONS) as server:
        assert answer(server, "select 1") == 1
        assert postmasters_below(layout.place) == [postmaster_of(layout)]


def test_server_killed_under_load_comes_back_with_every_acknowledged_row(layout: Layout) -> None:
    with running_server(layout.home, options={"shared_buffers": "16MB"}) as server:
        answer(server, "create table rows (number int primary key)")
        supervisor = supervisor_of(layout)
        with _writing(server) as acknowledged:
            for _ in range(4):
                wait_until(_growth(acknowledged, 50), "no rows are written")
                victim = postmaster_of(layout)
                os.kill(victim, signal.SIGKILL)
                wait_until(lambda victim=victim: _successor(layout, victim), "no new server")  # type: ignore[misc]
            wait_until(_growth(acknowledged, 50), "no rows are written after the last kill")
        assert answer(server, "select count(*) from rows") == len(acknowledged)
        assert supervisor_of(layout) == supervisor


@contextmanager
def _writing(server: EmbeddedServer) -> Iterator[list[int]]:
    # As an application does: a write that failed is tried again on a new connection.
    acknowledged: list[int] = []
    done = threading.Event()

    def write() -> None:
        conn = connection(server)
        while not done.is_set():
            try:
                conn.execute("insert into rows values (%s) on conflict do nothing", [len(acknowledged)])
            except psycopg.OperationalError:
                conn = retried(lambda: connection(server))
            else:
                acknowledged.append(len(acknowledged))
        conn.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield acknowledged
    finally:
        done.set()
        writer.join(20)


def _growth(items: list[int], by: int) -> Callable[[], bool]:
    goal = len(items) + by
    return lambda: len(items) >= goal


def _successor(layout: Layout, pid: int) -> bool:
    state = read_state(layout.state)
    return state is not None and state.phase == "ready" and state.postmaster != pid


def test_killed_backend_does_not_end_the_server(layout: Layout) -> None:
    with running_server(layout.home, options=OPTIONS) as server:
        postmaster = postmaster_of(layout)
        with connection(server) as conn:
            os.kill(conn.info.backend_pid, signal.SIGKILL)
        assert retried(lambda: answer(server, "select 1")) == 1
        assert postmaster_of(layout) == postmaster


def test_stuck_part_of_a_killed_server_does_not_hinder_the_next(layout: Layout) -> None:
    with running_server(layout.home, options=OPTIONS) as server:
        conn = connection(server)
        stuck = conn.info.backend_pid
        os.kill(stuck, signal.SIGSTOP)
        os.kill(postmaster_of(layout), signal.SIGKILL)
        assert retried(lambda: answer(server, "select 1")) == 1
        assert not is_alive(stuck)
        conn.close()


def test_home_removed_under_its_users_leaves_no_process(layout: Layout, users: Callable[..., User]) -> None:
    user = users(layout.home)
    user.wait_until_ready()
    postmaster, supervisor = postmaster_of(layout), supervisor_of(layout)
    shutil.rmtree(layout.home, ignore_errors=True)
    user.kill()
    wait_until_gone(supervisor)
    wait_until_gone(postmaster)


def test_recovery_is_announced_and_waited_for(layout: Layout, users: Callable[..., User]) -> None:
    user = users(layout.home)
    url = user.wait_until_ready()
    answer(url, "create table rows as select generate_series(1, 20000) as number")
    postmaster, supervisor = postmaster_of(layout), supervisor_of(layout)
    os.kill(supervisor, signal.SIGSTOP)
    os.kill(postmaster, signal.SIGKILL)
    os.kill(supervisor, signal.SIGKILL)
    user.kill()
    wait_until(lambda: servers_below(layout.place) == [], "parts of the server still run")
    said: list[str] = []
    with running_server(layout.home, say=said.append, options=OPTIONS) as server:
        assert answer(server, "select count(*) from rows") == 20000
    assert said == ["PostgreSQL is recovering after an unclean stop."]


def test_server_that_lost_its_supervisor_is_replaced(layout: Layout) -> None:
    with _stray_server(layout, "-c", MARK) as stray:
        wait_until(lambda: "ready" in _pid_file(layout), "the stray server is not ready")
        with running_server(layout.home, options=OPTIONS) as server:
            assert stray.wait(10) == 0, "it was not stopped in order"
            assert answer(server, "select 1") == 1
            assert postmasters_below(layout.place) == [postmaster_of(layout)]


def test_server_of_somebody_else_on_the_data_is_left_alone(layout: Layout) -> None:
    with _stray_server(layout) as stray:
        wait_until(lambda: "ready" in _pid_file(layout), "the stray server is not ready")
        with pytest.raises(ServerError, match=rf"in use by another server \(process {stray.pid}\)"):
            open_server(layout.home, options=OPTIONS)
        assert is_alive(stray.pid)
        stray.send_signal(signal.SIGQUIT)
        stray.wait(10)


def _stray_server(layout: Layout, *arguments: str) -> subprocess.Popen[bytes]:
    account = layout.account
    manner = {"user": account.uid, "group": account.gid, "extra_groups": []} if account.is_other else {}
    (layout.place / "run").mkdir(exist_ok=True)
    programs = usable_programs(account, layout.place)
    command = [
        programs / "postgres",
        "-D",
        layout.data,
        "-k",
        layout.place / "run",
        "-c",
        "listen_addresses=",
        *arguments,
    ]
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **manner
    )


def _pid_file(layout: Layout) -> str:
    try:
        return (layout.data / "postmaster.pid").read_text()
    except FileNotFoundError:
        return ""


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv")
def test_root_without_the_right_to_look_at_processes_still_replaces_a_lost_server(
    layout: Layout, users: Callable[..., User]
) -> None:
    kept = "chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,mknod"
    python = ["setpriv", f"--bounding-set=-all,+{kept.replace(',', ',+')}", "--inh-caps=-all", sys.executable]
    with _stray_server(layout, "-c", MARK) as stray:
        wait_until(lambda: "ready" in _pid_file(layout), "the stray server is not ready")
        user = users(layout.home, python=python)
        url = user.wait_until_ready()
        assert stray.wait(10) == 0
        os.kill(postmaster_of(layout), signal.SIGKILL)
        assert retried(lambda: answer(url, "select 1")) == 1
