"""Why a figure changed, from the command line."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.changes.conftest import shop  # noqa: F401
from tests.changes.shop import edit


@pytest.fixture
def edited(shop):  # noqa: F811
    """The shop after product 10 was moved away and back again, and then away; the numbers of these revisions."""
    numbers = [edit(shop, "products", "10", category=name).revision
               for name in ("PRODUCE > FRUIT", "GROCERY > MILK", "PRODUCE > FRUIT")]  # fmt: skip
    return shop, numbers


def grocery(first: int, last: int, *more: str) -> tuple[str, ...]:
    return (
        "revisions",
        "compare",
        str(first),
        str(last),
        "--metric",
        "net_sales",
        "--where",
        "department=GROCERY",
        *more,
    )


def test_the_parts_are_told_with_who_and_why(run, edited):
    database, numbers = edited
    told = run(*grocery(numbers[0] - 1, numbers[2]), database=database).stdout
    assert "5.50" in told
    assert "1.00" in told
    assert [line.split()[-1] for line in told.splitlines() if line.startswith("Revision ")] == [
        "-4.50",
        "+4.50",
        "-4.50",
    ]
    assert "meg" in told
    assert "A test" in told
    assert "The difference of -4.50 adds up" in told


def test_parts_come_as_csv_and_json(run, edited):
    database, numbers = edited
    rows = list(csv.DictReader(io.StringIO(run(*grocery(numbers[0] - 1, numbers[1], "--format", "csv"),
                                               database=database).stdout)))  # fmt: skip
    assert [(row["kind"], row["revisions"], row["contribution"]) for row in rows] == [
        ("edit", str(numbers[0]), "-4.50"), ("edit", str(numbers[1]), "4.50")
    ]  # fmt: skip
    answer = json.loads(run(*grocery(numbers[2], numbers[0] - 1, "--format", "json"), database=database).stdout)
    assert (answer["from"], answer["to"], answer["difference"]) == (1.0, 5.5, 4.5)
    assert [part["contribution"] for part in answer["parts"]] == [4.5, -4.5, 4.5]
    assert answer["parts"][0]["revisions"] == [{"revision": numbers[2], "author": "meg", "reason": "A test"}]


def test_order_free_shares_are_told(run, edited):
    database, numbers = edited
    answer = json.loads(run(*grocery(numbers[0] - 1, numbers[2], "--method", "shapley", "--format", "json"),
                            database=database).stdout)  # fmt: skip
    # The two moves away weigh the same; the one back counts only between or after them.
    assert sum(part["contribution"] for part in answer["parts"]) == -4.5
    assert len(answer["parts"]) == 3


def test_what_cannot_be_compared_is_told(run, edited):
    database, _numbers = edited
    for words, said in (
        (grocery(1, 999), "no such revision: 999"),
        (grocery(1, 2, "--method", "guess"), "--method must be one of timeline, shapley; got 'guess'"),
        (grocery(1, 2, "--format", "xml"), "--format must be one of table, csv, json; got 'xml'"),
    ):
        refused = run(*words, database=database)
        assert refused.returncode == 2
        assert said in refused.stderr
        assert "Traceback" not in refused.stderr
