"""A pinned revision as the word of a link, and what names and notes say of it."""

from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.explore.links import as_link, from_link, from_params, to_params
from dashboard.explore.state import first_state
from dashboard.past.chooser import load_label, name_label
from dashboard.past.pin import Pin
from dashboard.past.words import file_suffix, plain, revision_in
from data.revisions.reading import NamedRevision

NAMED = NamedRevision(12, "Year-end 2017", True, "", "Meg", datetime(2018, 1, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("word", "found"), [("1", 1), ("18", 18), ("018", 18), ("newest", 18), ("", None)]
)  # fmt: skip
def test_a_link_pins_a_revision_that_is_there(word, found):
    ignored: list[str] = []
    assert (revision_in(word, 18, ignored), ignored) == (found, [])


@pytest.mark.parametrize("word", ["0", "19", "-1", "1.5", "abc", "²", "9" * 30, "Newest", "1 "])
def test_a_revision_that_is_not_there_is_told_and_now_is_shown(word):
    ignored: list[str] = []
    assert revision_in(word, 18, ignored) is None
    assert ignored == [f"revision {word}"]


@given(st.text(min_size=1), st.integers(0, 50))
def test_no_word_is_an_error(word, newest):
    ignored: list[str] = []
    found = revision_in(word, newest, ignored)
    assert found in range(1, newest + 1) if not ignored else found is None


def test_explores_link_holds_the_pin_and_so_does_a_saved_view():
    state, ignored = from_params({"revision": ["12"], "view": ["3"]}, 18)
    assert (state.revision, ignored) == (12, [])
    assert to_params(state) == {"view": ["3"], "revision": ["12"]}
    assert as_link(state) == "revision=12"
    assert from_link("revision=12")[0].revision == 12
    assert from_params({"revision": ["19"]}, 18) == (first_state(), ["revision 19"])


def test_files_say_the_revision_in_name_and_notes():
    assert (file_suffix(None), file_suffix(12)) == ("", "-revision-12")
    assert Pin(18).notes == []
    assert Pin(18, 12).notes == ["As of revision 12; the newest was 18"]
    assert Pin(18, 12, None, NAMED).notes == ["As of revision 12, Year-end 2017, certified; the newest was 18"]


def test_names_and_loads_are_told_in_the_list():
    assert name_label(NAMED) == "Year-end 2017, certified · revision 12"
    row = {"revision": 13, "opened_at": pd.Timestamp("2018-01-02 04:30", tz="UTC"), "reason": "", "sources": "a.csv",
           "first_on": pd.Timestamp("2017-12-01"), "last_on": pd.Timestamp("2017-12-31"), "standing": 1}  # fmt: skip
    assert load_label(row, "America/New_York") == "1\u201331 Dec 2017 · revision 13 · loaded 1 Jan 2018"
    none = {"first_on": pd.NaT, "last_on": pd.NaT, "standing": 0}
    assert load_label({**row, **none}, "UTC") == "a.csv · revision 13 · loaded 2 Jan 2018, undone since"


def test_a_name_is_text_and_not_markdown():
    assert plain("a *b* [c](d) $e$ :red[f]") == r"a \*b\* \[c\]\(d\) \$e\$ \:red\[f\]"
