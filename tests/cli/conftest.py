from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from data.db import Database

Run = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path) -> Run:
    """Run `daybook ...` as a process of its own, on `database`."""

    def _run(*arguments: str, database: Database | None = None, typed: str = "", **environment: str):
        told = {**os.environ, "DAYBOOK_HOME": str(tmp_path / "home"), "COLUMNS": "200", **environment}
        if database is not None:
            told["DATABASE_URL"] = database.owner.url.render_as_string(hide_password=False)
        command = [sys.executable, "-m", "dashboard.cli", *arguments]
        return subprocess.run(command, env=told, input=typed, capture_output=True, text=True, timeout=120, check=False)

    return _run
