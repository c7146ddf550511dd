"""Undoing and looking back from the command line."""

from __future__ import annotations

import csv
import io

import pytest

from tests.changes.conftest import shop  # noqa: F401
from tests.changes.shop import edit


@pytest.fixture
def edited(shop):  # noqa: F811
    """The shop after product 10 was moved to PRODUCE; the number of that revision."""
    return shop, edit(shop, "products", "10", category="PRODUCE > FRUIT").revision


def sales(output: str) -> dict[str, str]:
    return {row["department"]: row["net_sales"] for row in csv.DictReader(io.StringIO(output))}


def test_figures_are_told_as_of_a_revision(run, edited):
    database, number = edited
    question = ("query", "--metrics", "net_sales", "--by", "department")
    assert sales(run(*question, database=database).stdout) == {"GROCERY": "1.00", "PRODUCE": "4.50"}
    then = run(*question, "--as-of", str(number - 1), database=database)
    assert sales(then.stdout) == {"GROCERY": "5.50"}
    refused = run(*question, "--as-of", str(number + 1), database=database)
    assert refused.returncode == 2
    assert f"no such revision: {number + 1}; there are 1 to {number}" in refused.stderr


def test_an_edit_is_undone_once(run, edited):
    database, number = edited
    done = run("revisions", "revert", str(number), "--reason", "Not agreed", "--author", "meg", database=database)
    assert f"Revision {number + 1} undoes revision {number}: 0 rows added, 1 changed, 0 removed" in done.stdout
    told = run("revisions", "show", str(number + 1), database=database)
    assert "Not agreed" in told.stdout
    again = run("revisions", "revert", str(number), database=database)
    assert again.returncode == 1
    assert "has nothing left to undo" in again.stderr
    assert "Traceback" not in again.stderr
