"""`daybook backup --base` and `daybook restore --archive`: a moment comes back, and what cannot be asked for is said."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

PASSWORD = "an old lamp on the pier"


@pytest.fixture
def place():
    """A folder that the server's account can reach, also as root."""
    folder = Path(tempfile.mkdtemp(prefix="daybook moment "))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def daybook(place):
    told = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}

    def run(*arguments: str | Path, typed: str = "", **environment: str):
        command = [sys.executable, "-m", "dashboard.cli", *map(str, arguments)]
        told_too = {"DAYBOOK_HOME": str(place / "home"), "COLUMNS": "200", **environment}
        return subprocess.run(
            command, env=told | told_too, input=typed, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def test_what_was_done_after_the_base_comes_back_on_a_machine_that_lost_its_home(daybook, place):
    archive = place / "wal"
    assert daybook("migrate", DAYBOOK_WAL_ARCHIVE=str(archive)).returncode == 0
    based = daybook("backup", place / "kept", "--base")
    assert (based.returncode, "Traceback" in based.stderr) == (0, False), based.stderr
    assert f"Base backup in {place / 'kept'}" in based.stdout
    assert f"can be restored with {archive}, from 0000000100000000" in based.stdout
    assert daybook("users", "add", "mia", "--role", "manager", "--password-stdin", typed=PASSWORD).returncode == 0
    shutil.rmtree(place / "home")

    back = daybook("restore", place / "kept", "--archive", archive)
    assert back.returncode == 0, back.stderr
    assert f"Restored in {place / 'home'}. The newest revision is 0; every check is well." in back.stdout
    assert "replaying the log to the end of the archive" in back.stderr
    assert "mia\tmanager\tactive" in daybook("users", "list").stdout

    again = daybook("restore", place / "kept", "--archive", archive)
    assert again.returncode == 1
    assert again.stderr.splitlines()[-1].startswith(f"daybook: the home folder {place / 'home'} is not empty")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "is a base backup; name the archive"),
        (("--archive", "wal", "--until", "noon"), "--until must be a time such as"),
        (("--archive", "wal", "--until", "2026-03-01T14:05:00"), "must carry its zone"),
        (("--archive", "wal", "--until", "2026-03-01T14:05:00Z", "--before-revision", "3"), "not both"),
    ],
)
def test_what_cannot_be_asked_of_a_base_is_the_callers_fault(daybook, place, arguments, words):
    (place / "kept" / "base").mkdir(parents=True)
    done = daybook("restore", place / "kept", *arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert words in done.stderr


@pytest.mark.parametrize("option", [("--archive", "wal"), ("--before-revision", "3"), ("--until", "2026-03-01")])
def test_a_dump_has_no_moments(daybook, place, option):
    (place / "kept").mkdir()
    done = daybook("restore", place / "kept", *option)
    assert done.returncode == 2
    assert f"need a base backup; {place / 'kept'} is none" in done.stderr


def test_a_base_is_not_restored_into_an_external_server(daybook, place):
    (place / "kept" / "base").mkdir(parents=True)
    done = daybook("restore", place / "kept", "--archive", "wal", DATABASE_URL="postgresql://me@127.0.0.1:1/x")
    assert done.returncode == 2
    assert "restored into the embedded server; unset DATABASE_URL" in done.stderr


def test_an_external_login_that_may_not_replicate_is_told_what_to_use(run, database, tmp_path):
    done = run("backup", str(tmp_path / "kept"), "--base", database=database)
    assert done.returncode == 1
    assert "needs a login with the right REPLICATION" in done.stderr
    assert "see docs/operations.md for what to use instead" in done.stderr
    assert not (tmp_path / "kept").exists()
