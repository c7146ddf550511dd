"""Every page explains itself, in words that are explained."""

import ast
from pathlib import Path

import pytest

from dashboard.finding.bar import help_content
from dashboard.glossary.entries import entries_of
from dashboard.help import pages as help_pages
from dashboard.help.pages import help_of
from dashboard.navigation import ENTRIES, PAGES, entry_of, sections
from data.semantic.catalog import catalog


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.file)
def test_every_page_of_the_navigation_has_help(entry):
    told = help_of(entry.file)
    assert told.answers.endswith(".")
    assert told.do
    assert all(text.endswith(".") for text in told.do)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.file)
def test_what_a_help_names_is_there(entry):
    told = help_of(entry.file)
    assert [name for name in told.metrics if name not in catalog().metrics] == []
    addresses = [address.split("word=")[1] for _, address in help_content(entry)["words"]]
    assert [name for name in addresses if not entries_of(name)] == []


def test_no_help_is_left_of_a_page_that_is_gone():
    assert set(help_pages._PAGES) == {entry.file for entry in ENTRIES}


def test_every_script_is_in_the_navigation_and_asks_who_is_there_first():
    scripts = {path.stem for path in PAGES.glob("*.py")} - {"__init__"}
    assert scripts == {entry.file for entry in ENTRIES}
    for entry in ENTRIES:
        body = ast.parse(Path(entry.script).read_text(encoding="utf-8")).body
        first = next(one for one in body[1:] if not isinstance(one, ast.Import | ast.ImportFrom))
        assert isinstance(first, ast.Assign), entry.file
        assert ast.unparse(first.value) == f"require('{entry.role}')"


def test_addresses_lead_back_to_their_pages():
    assert [entry_of(entry.address) for entry in ENTRIES] == list(ENTRIES)
    assert entry_of("/nonsense") is None
    assert sum(map(len, sections().values())) == len(ENTRIES)


def test_the_keys_that_work_everywhere_are_told_on_every_page():
    for entry in ENTRIES:
        assert [key for key, _ in help_content(entry)["keys"]][:2] == ["/", "?"]
