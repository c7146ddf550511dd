"""A tree of its own: a copy of the packages with the example's three files laid into it, and a database for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.db import make_engine
from data.migrating import head_version

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "footfall"
PACKAGES = ("data", "dashboard", "pages", "migrations")
LAID = ("data/models/footfall.py", "data/semantic/catalog/footfall.py", "migrations/versions/0100_footfall.py")


class Tree:
    """A copy of the packages, and the commands run in it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python with this tree's packages in front of the installed ones."""
        env = {**os.environ, "PYTHONPATH": str(self.folder), "DATABASE_URL": self.url, "COLUMNS": "200"}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def daybook(self, *arguments: object) -> str:
        """Run a command that must succeed; gives what it printed."""
        done = self.python("-m", "dashboard.cli", *map(str, arguments))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments: object) -> str:
        """Run a command that must be refused with one clear message; gives the message."""
        done = self.python("-m", "dashboard.cli", *map(str, arguments))
        assert done.returncode in {1, 2}, done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What a statement gives the owner of the database."""
        engine = make_engine(self.url)
        with engine.connect() as conn:
            found = [tuple(row) for row in conn.execute(sa.text(statement))]
        engine.dispose()
        return found


@pytest.fixture(scope="session")
def footfall_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree; the migration follows the newest one here, as the recipe says."""
    folder = tmp_path_factory.mktemp("second_subject")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in LAID:
        assert not (folder / file).exists()
        shutil.copy(EXAMPLE / file, folder / file)
    migration = folder / LAID[-1]
    text, edits = re.subn(r'(?m)^down_revision = "\d+"', f'down_revision = "{head_version()}"', migration.read_text())
    assert edits == 1
    migration.write_text(text)
    return folder


@pytest.fixture
def tree(footfall_tree: Path, empty_database_url: Callable[[], str]) -> Tree:
    """The tree with a migrated database of the test's own."""
    made = Tree(footfall_tree, empty_database_url())
    made.daybook("migrate")
    return made
