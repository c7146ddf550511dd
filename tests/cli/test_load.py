"""`daybook load`: what was loaded, or the first faults and where all of them are."""

from __future__ import annotations

import subprocess
import sys

import pytest
import sqlalchemy as sa

from tests.loading.conftest import HEADER, TWO_LINES


@pytest.fixture
def daybook(database, tmp_path, monkeypatch):
    """Run `daybook load ...` on a database of the test's own, in a folder of files."""
    monkeypatch.setenv("DATABASE_URL", database.owner.url.render_as_string(hide_password=False))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        command = [sys.executable, "-m", "dashboard.cli", "load", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)

    return run


@pytest.fixture
def sales(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(HEADER + TWO_LINES)
    return path


def count(database):
    with database.owner.connect() as conn:
        return conn.scalar(sa.text("select count(*) from sales_lines"))


def test_a_file_is_loaded_and_its_revision_told(daybook, database, sales):
    done = daybook("sales", "sales.csv", "--author", "mia", "--reason", "March")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Loaded 2 rows of sales.csv into sales_lines as revision 1.",
        "Business dates 2017-03-01 to 2017-03-01; 0 lines replaced.",
        "2 new products, 2 inferred.",
        "1 new stores.",
        "1 new households.",
    ]
    with database.owner.connect() as conn:
        assert conn.execute(sa.text("select author, reason from history.revisions")).one() == ("mia", "March")


def test_faults_are_shown_with_the_path_of_the_report(daybook, database, sales, tmp_path):
    faults = "".join(f"9,x{number},5,7,2017-03-01,1,1,0,0,0\n" for number in range(25))
    sales.write_text(HEADER + faults)
    done = daybook("sales", "sales.csv")
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert "daybook: sales.csv: nothing was loaded, 25 faults found" in lines
    assert [line.split() for line in lines if "x3" in line] == [
        ["5", "product", "must", "be", "a", "whole", "number", "x3"]
    ]
    assert lines[-2:] == ["and 5 more", "all of them are in sales.csv.rejected.csv"]
    assert len((tmp_path / "sales.csv.rejected.csv").read_text().splitlines()) == 26
    assert count(database) == 0


def test_a_dry_run_says_so_and_writes_nothing(daybook, database, sales):
    done = daybook("sales", "sales.csv", "--dry-run")
    assert done.returncode == 0
    assert done.stdout.startswith(
        "Checked 2 rows of sales.csv into sales_lines: nothing is wrong, and nothing was written"
    )
    assert count(database) == 0


def test_a_period_is_replaced(daybook, database, sales):
    assert daybook("sales", "sales.csv").returncode == 0
    sales.write_text(HEADER + TWO_LINES.splitlines()[0] + "\n")
    done = daybook("sales", "sales.csv", "--replace-period", "2017-03-01:2017-04-01")
    assert "2 lines replaced" in done.stdout
    assert count(database) == 1


def test_content_that_is_loaded_already_is_refused(daybook, sales):
    assert daybook("sales", "sales.csv").returncode == 0
    done = daybook("sales", "sales.csv")
    assert done.returncode == 1
    assert "daybook: this content is loaded already: load 1 of sales.csv, revision 1, on" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mapping_and_reference_files_are_loaded(daybook, tmp_path):
    (tmp_path / "products.csv").write_text("Nr;Gruppe\n1;DAIRY > MILK\n")
    (tmp_path / "map.toml").write_text('[columns]\nproduct = "Nr"\ncategory = "Gruppe"\n')
    done = daybook("products", "products.csv", "--map", "map.toml")
    assert done.stdout.splitlines() == [
        "Loaded 1 rows of products.csv into products as revision 1.",
        "1 rows added, 0 changed.",
        "1 new departments.",
        "1 new categories.",
    ]


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["sails", "sales.csv"], "table must be one of sales, departments"),
        (["sales"], "load sales needs a file"),
        (["sample", "sales.csv"], "load sample takes no file"),
        (["sales", "sales.csv", "--replace-period", "March"], "--replace-period must be START:END"),
        (["sales", "sales.csv", "--replace-period", "2017-04-01:2017-03-01"], "a period must start before it ends"),
        (["sales", "sales.csv", "--map", "absent.toml"], "absent.toml: cannot be read"),
        (["sales", "sales.csv", "--nonsense"], "No such option"),
    ],
)
def test_a_wrong_request_exits_with_2(daybook, sales, arguments, rule):
    done = daybook(*arguments)
    assert done.returncode == 2
    assert rule in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_exits_with_1(daybook):
    done = daybook("sales", "absent.csv")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("absent.csv: no such file")


@pytest.mark.parametrize("arguments", [("sample",), ("sample", "--promotions"), ("sales", "sales.csv")])
def test_a_database_that_was_never_migrated_is_sent_to_migrate(
    daybook, sales, empty_database_url, monkeypatch, arguments
):
    monkeypatch.setenv("DATABASE_URL", empty_database_url())
    done = daybook(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "daybook: the database has not been migrated; run `daybook migrate`"
    assert "Traceback" not in done.stderr


@pytest.mark.sample
def test_the_sample_is_loaded_by_command(daybook, database):
    done = daybook("sample")
    assert done.returncode == 0, done.stderr
    assert "revisions 2 to 13" in done.stdout
    assert count(database) == 1_469_307
