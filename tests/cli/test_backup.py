"""`daybook backup` and `daybook restore` on the embedded server: everything destroyed, and back as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from data.backup.manifest import DUMP, read_manifest

PASSWORD = "an old lamp on the pier"


@pytest.fixture
def place():
    """A folder that the server's account can reach, also as root."""
    folder = Path(tempfile.mkdtemp(prefix="daybook backup "))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def daybook(place):
    told = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}

    def run(*arguments: str | Path, home: str = "home", typed: str = ""):
        command = [sys.executable, "-m", "dashboard.cli", *map(str, arguments)]
        environment = {**told, "DAYBOOK_HOME": str(place / home), "COLUMNS": "200"}
        return subprocess.run(
            command, env=environment, input=typed, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def test_a_backup_brings_everything_back_on_a_server_that_knows_none_of_its_roles(daybook, place):
    assert daybook("migrate").returncode == 0
    assert daybook("users", "add", "mia", "--role", "manager", "--password-stdin", typed=PASSWORD).returncode == 0
    done = daybook("backup", place / "kept")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    made = read_manifest(place / "kept")
    assert f"Backed up {made.rows:,} rows of {len(made.tables)} tables" in done.stdout
    assert made.head in done.stdout
    assert "writing the dump" in done.stderr
    shutil.rmtree(place / "home")

    back = daybook("restore", place / "kept", home="another home")
    assert back.returncode == 0, back.stderr
    assert f"Restored {made.rows:,} rows of {len(made.tables)} tables" in back.stdout
    assert made.head in back.stdout
    assert "mia\tmanager\tactive" in daybook("users", "list", home="another home").stdout
    found = daybook("doctor", home="another home")
    assert (found.returncode, "FAIL" in found.stdout) == (0, False)

    again = daybook("restore", place / "kept", home="another home")
    assert again.returncode == 1
    assert again.stderr.splitlines()[-1].startswith("daybook: the database daybook is not empty")

    with (place / "kept" / DUMP).open("r+b") as file:
        file.truncate(1000)
    damaged = daybook("restore", place / "kept", home="a third home")
    assert damaged.returncode == 1
    assert f"{DUMP} is damaged" in damaged.stderr.splitlines()[-1]


def test_what_cannot_be_asked_for_is_the_callers_fault(daybook, place):
    (place / "kept").mkdir()
    (place / "kept" / "something").touch()
    assert daybook("migrate").returncode == 0
    done = daybook("backup", place / "kept")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2, f"daybook: the folder of a backup must be new or empty; {place / 'kept'} is not"
    )  # fmt: skip


def test_a_folder_without_a_backup_and_a_database_without_tables_are_told_apart(daybook, place):
    done = daybook("restore", place / "nothing")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("is no whole backup: SHA256SUMS is missing")
    unmigrated = daybook("backup", place / "kept")
    assert unmigrated.returncode == 1
    assert "run `daybook migrate`" in unmigrated.stderr
    assert not (place / "kept").exists()
