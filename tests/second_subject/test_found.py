"""Search, the page of a member and the glossary work on the second subject without knowing of it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.second_subject.conftest import EXAMPLE

pytestmark = pytest.mark.long
FIND = Path(__file__).with_name("find.py")
COUNTS = pd.read_csv(EXAMPLE / "files" / "footfall.csv")


@pytest.fixture
def loaded(tree):
    tree.daybook("load", "entrances", EXAMPLE / "files" / "entrances.csv")
    tree.daybook("load", "footfall", EXAMPLE / "files" / "footfall.csv")
    return tree


def find(loaded, text, pages=(), store="-"):
    done = loaded.python(str(FIND), store, text, json.dumps(pages))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_its_metrics_dimensions_and_members_are_found_and_have_pages(loaded):
    link = {"dimension": "entrance", "key": "1", "p": "all"}
    told = find(loaded, "main street", [("member", link), ("glossary", {"word": "visitors_per_hour"})])
    assert told["found"]["in-entrance"] == ["Main street"]
    page, word = told["pages"]
    visitors = COUNTS.loc[COUNTS["entrance"] == 1, "visitors"].sum()
    assert f"<strong>{visitors:,}</strong>" in page
    assert "Visitors by day" in page
    assert "dimension=entrance_type&amp;key=Street" in page
    assert "Visitors ÷ the number of footfall" in word
    assert "Footfall" in word


def test_the_scope_holds_for_it_too(loaded):
    mine, other = sorted(COUNTS["store"].unique())[:2]
    link = {"dimension": "entrance", "key": "1", "p": "all"}
    told = find(loaded, "store", [("member", {"dimension": "store", "key": str(other)}), ("member", link)], str(mine))
    assert told["found"]["in-store"] == [f"Store {mine}"]
    assert "Not found" in told["pages"][0]
    visitors = COUNTS.loc[(COUNTS["entrance"] == 1) & (COUNTS["store"] == mine), "visitors"].sum()
    assert f"<strong>{visitors:,}</strong>" in told["pages"][1]
