"""The log of a running Daybook for a machine: every line an object, and nothing in it that was posted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.browser.live import free_port, wait_until_up

PASSWORD = "a-lamp-that-nobody-may-see"
TOKEN = "dbk_7d0a63b1f5c94e21a7c3"


@pytest.fixture
def place():
    """A folder that the server's account can reach, also as root."""
    folder = Path(tempfile.mkdtemp(prefix="daybook logs "))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def running(place):
    """Where it is served, and what it has written to standard error so far."""
    port, errors = free_port(), place / "stderr"
    told = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    told |= {"DAYBOOK_HOME": str(place / "home"), "DAYBOOK_LOG_FORMAT": "json", "DAYBOOK_ADMIN_PASSWORD": PASSWORD}
    command = [sys.executable, "-m", "dashboard.cli", "up", "--no-sample", "--port", str(port)]
    with errors.open("w") as stderr, (place / "stdout").open("w") as stdout:
        process = subprocess.Popen(command, env=told, stdout=stdout, stderr=stderr)
    try:
        wait_until_up(f"http://127.0.0.1:{port}", process, errors)
        yield f"http://127.0.0.1:{port}", errors
    finally:
        process.terminate()
        process.wait(30)


def post(address, **form):
    headers = {"Authorization": f"Bearer {TOKEN}", "Cookie": f"daybook_session={TOKEN}", "X-Request-ID": "by-a-proxy.1"}
    asked = urllib.request.Request(address, urllib.parse.urlencode(form).encode(), headers)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.headers["x-request-id"]
    except urllib.error.HTTPError as error:
        return error.code, error.headers["x-request-id"]


def test_every_line_is_an_event_and_no_password_or_token_is_in_it(running):
    address, errors = running
    for status, number in (
        post(f"{address}/api/v1/token?token={TOKEN}", username="admin", password=f"{PASSWORD}-wrong"),
        post(f"{address}/auth/session?ticket={TOKEN}", ticket=TOKEN, next="/"),
    ):
        assert status in {400, 401, 403}
        assert number == "by-a-proxy.1"
    assert post(f"{address}/api/v1/token", username="admin", password=PASSWORD)[0] == 200
    expected = {("/api/v1/token", 200), ("/auth/session", 403)}
    for _ in range(200):  # a request is told once its answer has been sent
        written = errors.read_text()
        whole = written[: written.rfind("\n") + 1]
        events = [json.loads(line) for line in whole.splitlines() if line.endswith("}")]
        asked = {(event["route"], event["status"]) for event in events if event["event"] == "request"}
        if expected <= asked:
            break
        time.sleep(0.05)
    assert all({"time", "level", "logger", "event"} <= event.keys() for event in events)
    assert expected <= asked
    assert "Preparing the database for the first time." in [event["event"] for event in events]
    for hidden in (PASSWORD, TOKEN, "admin"):
        assert hidden not in written
