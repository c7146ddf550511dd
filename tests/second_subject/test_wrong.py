"""A catalog section that does not fit is refused when Daybook starts, with its name and the rule."""

from __future__ import annotations

import shutil

import pytest

from tests.second_subject.conftest import PACKAGES, ROOT, Tree

WRONG = """
import dataclasses

from data.semantic.catalog.sales import SUBJECT as SALES
from data.semantic.types import Metric, Unit

WRONG = Metric("wrong", "Wrong", Unit.RATIO, "Wrong.", numerator="net_cents", denominator="nothing")
SUBJECT = dataclasses.replace(SALES, name="wrong", metrics=(WRONG,))
"""


@pytest.fixture
def broken(tmp_path, empty_database_url):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "data" / "semantic" / "catalog" / "wrong.py").write_text(WRONG)
    return Tree(tmp_path, empty_database_url())


@pytest.mark.parametrize("command", [("up", "--no-sample", "--port", "8999"), ("query", "--metrics", "lines")])
def test_a_wrong_section_is_refused_at_the_start(broken, command):
    assert broken.refused(*command) == "daybook: metric 'wrong' rests on an unknown measure: 'nothing'\n"
