"""`daybook up` on the embedded server: it serves, joins, stops, and leaves nothing behind however it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from tests.browser.live import free_port, wait_until_up
from tests.factories.accounts import PASSWORD


@pytest.fixture
def home():
    """A folder that the server's account can reach, also as root."""
    folder = Path(tempfile.mkdtemp(prefix="daybook up "))
    folder.chmod(0o711)
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


class Up:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.log = home.parent / f"up-{self.port}.log"
        told = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dashboard.cli", "up", "--no-sample", "--port", str(self.port)],
                env={**told, "DAYBOOK_HOME": str(home)},
                stdout=output,
                stderr=output,
            )
        wait_until_up(f"http://127.0.0.1:{self.port}", self.process, self.log)

    def __enter__(self) -> Up:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


def servers(home: Path) -> list[psutil.Process]:
    """PostgreSQL and supervisor processes that work on this home."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if process.pid != os.getpid() and any(str(home) in part for part in process.info["cmdline"] or ()):
            found.append(process)
    return found


def gone(home: Path, seconds: float = 15) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not servers(home):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_within_seconds_and_takes_the_server_along(home, end):
    with Up(home) as up:
        assert servers(home)
        up.process.send_signal(end)
        up.process.wait(10)
        said = up.log.read_text()
    assert "Traceback" not in said
    assert f"Daybook is on http://127.0.0.1:{up.port}" in said
    assert gone(home)


def test_a_killed_application_leaves_no_server_behind(home):
    with Up(home) as up:
        assert servers(home)
        up.process.kill()
        up.process.wait(10)
    assert gone(home)


def test_the_first_password_is_printed_once(home):
    with Up(home) as first:
        said = first.log.read_text()
    assert said.count("password  ") == 1
    assert "user      admin" in said
    with Up(home) as second:
        assert "password" not in second.log.read_text()


def test_a_command_joins_the_running_server_and_leaves_it_running(home):
    with Up(home) as up:
        told = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        done = subprocess.run(
            [sys.executable, "-m", "dashboard.cli", "users", "list"],
            env={**told, "DAYBOOK_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stdout == "admin\tadmin\tactive\tadmin\teverything\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{up.port}/readyz") as ready:
            assert ready.status == 200


def test_a_killed_server_comes_back_and_meanwhile_is_said_to_be_away(home, monkeypatch):
    monkeypatch.setenv("DAYBOOK_ADMIN_PASSWORD", PASSWORD)
    with Up(home) as up, httpx.Client(base_url=f"http://127.0.0.1:{up.port}", timeout=30) as client:
        login = client.post("/api/v1/token", data={"username": "admin", "password": PASSWORD}).json()
        token = {"Authorization": f"Bearer {login['access_token']}"}
        postmaster = int((home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
        with ThreadPoolExecutor(4) as asking:
            until = time.monotonic() + 20
            askers = [asking.submit(_answers, client, token, until) for _ in range(4)]
            time.sleep(1)
            os.kill(postmaster, signal.SIGKILL)
            answers = [one for asker in askers for one in asker.result()]
        assert {status for status, _ in answers} == {200, 503}
        assert {detail for status, detail in answers if status == 503} == {
            "the database does not answer; try again in a few seconds"
        }
        assert client.get("/api/v1/revisions", headers=token).status_code == 200
        assert up.process.poll() is None


def _answers(client, token, until):
    """Ask until the server was away and has been back for a second, or until there is no more time."""
    found, back = [], 0
    while time.monotonic() < until and back < 10:
        answer = client.get("/api/v1/revisions", headers=token)
        found.append((answer.status_code, answer.json().get("detail")))
        away = any(status == 503 for status, _ in found)
        back = back + 1 if away and answer.status_code == 200 else 0
        time.sleep(0.1)
    return found
