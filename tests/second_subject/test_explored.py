"""Explore, filters, drill-through and saved views work on the second subject without knowing of it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.second_subject.conftest import EXAMPLE

pytestmark = pytest.mark.long

LOOK = Path(__file__).with_name("look.py")
COUNTS = EXAMPLE / "files" / "footfall.csv"


@pytest.fixture
def loaded(tree):
    tree.daybook("load", "entrances", EXAMPLE / "files" / "entrances.csv")
    tree.daybook("load", "footfall", COUNTS)
    return tree


def look(tree, **params):
    done = tree.python(str(LOOK), "ann", json.dumps(params))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def counts():
    return pd.read_csv(COUNTS)


def test_explore_breaks_the_subject_down(loaded, counts):
    shown = look(loaded, m="visitors,visitors_per_hour", r="store,entrance", p="all")
    table = pd.DataFrame(shown["tables"][0])
    assert list(table) == ["Store", "Entrance", "Visitors", "Visitors per hour"]
    assert table.iloc[-1].tolist() == ["Total", "Total", counts["visitors"].sum(), counts["visitors"].mean()]
    members = table[table["Entrance"] != "Total"]
    assert len(members) == len(counts.groupby(["store", "entrance"]))
    assert members["Visitors"].sum() == counts["visitors"].sum()
    assert "Visitors by store, entrance" in " ".join(shown["words"]).replace(" and ", ", ")
    assert shown["views"] == [["Doors", "m=visitors%2Cvisitors_per_hour&r=store%2Centrance&p=all"]]


def test_filters_time_and_single_rows(loaded, counts):
    store = int(counts["store"].iloc[0])
    kept = counts[counts["store"] == store]
    shown = look(loaded, m="visitors", r="period", by="day", p="all", f=f"store.in:{store}", l="-")
    table = pd.DataFrame(shown["tables"][0])
    assert table["Visitors"].iloc[-1] == kept["visitors"].sum()
    lines = pd.DataFrame(shown["tables"][1])
    assert len(lines) == min(50, len(kept))
    assert f"{len(kept):,} footfall lines" in " ".join(shown["words"])
