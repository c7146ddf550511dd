"""Waiting for a server that does not come, and what the one who waits is told."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from data.errors import ServerError
from data.postgres import joining, open_server, spawn
from data.postgres.account import Account
from data.postgres.joining import News
from data.postgres.layout import Layout
from data.postgres.locks import FileLock
from data.postgres.state import State
from tests.postgres.support import OPTIONS, wait_until_stopped


def test_supervisor_that_cannot_start_is_reported_with_its_log(
    stopped: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spawn, "SUPERVISOR", "data.postgres.no_such_module")
    with pytest.raises(ServerError, match="did not start; its log is") as raised:
        open_server(stopped.home, options=OPTIONS)
    assert str(stopped.supervisor_log) in str(raised.value)
    assert "no_such_module" in stopped.supervisor_log.read_text()


def test_supervisors_that_end_early_are_given_up_on(stopped: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[Layout] = []

    def start(layout: Layout, _: object) -> bool:
        starts.append(layout)
        return True

    monkeypatch.setattr(joining, "start_supervisor_if_absent", start)
    with pytest.raises(ServerError, match="its supervisor ended early"):
        open_server(stopped.home)
    assert len(starts) == joining.STARTS


def test_supervisors_that_end_early_on_a_full_disk_are_explained(
    stopped: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "start_supervisor_if_absent", lambda *_: True)
    monkeypatch.setattr(joining, "FULL_BYTES", 2**62)
    with pytest.raises(ServerError, match=f"the disk of {stopped.home} is full"):
        open_server(stopped.home)


def test_home_in_use_by_a_supervisor_that_cannot_be_seen_is_reported(
    stopped: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "UNSEEN_S", 0.2)
    stopped.state.unlink(missing_ok=True)
    with closing(FileLock(stopped.supervisor_lock)) as held:
        assert held.try_exclusive()
        with pytest.raises(ServerError, match="in use from another container or machine"):
            open_server(stopped.home)


def test_failed_start_leaves_no_lock_behind(stopped: Layout) -> None:
    with pytest.raises(ServerError, match="unrecognized configuration parameter"):
        open_server(stopped.home, options={"no_such_setting": "1"})
    with closing(FileLock(stopped.users_lock)) as lock:
        wait_until_stopped(stopped)
        assert lock.try_exclusive()


def test_news_are_told_once_and_then_reminded_of(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    news = News(said.append)
    recovering = State(1, "recovering", "PostgreSQL is recovering.")
    for _ in range(3):
        news.tell(recovering)
    assert said == ["PostgreSQL is recovering."]
    monkeypatch.setattr(joining, "REMINDER_S", 0.0)
    news.tell(recovering)
    assert said[1:] == ["PostgreSQL is not ready yet (recovering)."]


@pytest.mark.parametrize(
    ("mode", "account", "expected"),
    [
        (0o700, "owner", True),
        (0o600, "owner", False),
        (0o010, "group", True),
        (0o701, "group", False),
        (0o701, "other", True),
        (0o770, "other", False),
    ],
)
def test_reach_of_an_account_follows_the_mode_that_applies_to_it(
    quarters: Path, mode: int, account: str, expected: bool
) -> None:
    folder = quarters / f"reach-{mode:o}-{account}"
    folder.mkdir()
    found = folder.stat()
    uid = found.st_uid if account == "owner" else 54321
    gid = found.st_gid if account == "group" else 54321
    folder.chmod(mode)
    assert Account(uid, gid, is_other=True)._may_pass(folder) is expected
    assert not Account(uid, gid, is_other=True).can_reach(folder / "missing")
