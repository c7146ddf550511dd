"""Reference editing, its history and undo work on the second subject without knowing of it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.second_subject.conftest import EXAMPLE

pytestmark = pytest.mark.long

EDIT = Path(__file__).with_name("edit.py")
COUNTS = EXAMPLE / "files" / "footfall.csv"


def test_its_entrances_are_edited_reviewed_told_and_undone(tree):
    tree.daybook("load", "entrances", EXAMPLE / "files" / "entrances.csv")
    tree.daybook("load", "footfall", COUNTS)
    done = tree.python(str(EDIT))
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert sorted(said["told"]) == [["Kind", "Parking", "Street"], ["Name", "Car park", "Old car park"]]
    assert said["facts"] == int((pd.read_csv(COUNTS)["entrance"] == 2).sum())
    before = [tuple(row) for row in said["undone"]]
    assert dict(before)[2] == "Parking"
    assert dict(map(tuple, said["edited"])) == {**dict(before), 2: "Street"}
    [(field, rule)] = said["refused"]
    assert field == "kind"
    assert "must fit the rule kind_known" in rule
    edit, undo = said["revisions"]
    assert [undo, "kind", "Street", "Parking"] in said["story"]
    assert [edit, "kind", "Parking", "Street"] in said["story"]
    assert "A way into a store; its kind is Unknown until a file gives it." in said["page"]
