"""Naming revisions from the command line."""

from __future__ import annotations

import pytest

from tests.changes.conftest import shop  # noqa: F401


def test_a_revision_is_named_certified_renamed_listed_and_unnamed(run, shop):  # noqa: F811
    done = run("revisions", "name", "1", "Year-end 2017", "--note", "For the board", database=shop)
    assert done.stdout == "Revision 1 is called Year-end 2017.\n"
    done = run("revisions", "name", "1", "Year-end [final]", "--certify", database=shop)
    assert done.stdout == "Revision 1 is called Year-end [final], no longer Year-end 2017; certified.\n"
    for command in ("names", "list"):
        listed = run("revisions", command, database=shop).stdout
        assert "Year-end [final]" in listed
        assert "yes" in listed or "certified" in listed
    assert "For the board" in run("revisions", "names", database=shop).stdout
    done = run("revisions", "unname", "1", database=shop)
    assert done.stdout == "Revision 1 is no longer called Year-end [final].\n"
    assert "Year-end" not in run("revisions", "list", database=shop).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["name", "99", "Far"], 2, "no such revision: 99; there are 1 to"),
        (["name", "1", "2017"], 1, "needs a letter"),
        (["name", "1", "Near", "--author", "nobody"], 1, "no such account: 'nobody'"),
        (["unname", "1"], 1, "revision 1 has no name"),
    ],
)
def test_refusals_are_one_line(run, shop, arguments, code, words):  # noqa: F811
    done = run("revisions", *arguments, database=shop)
    assert done.returncode == code
    assert done.stderr.startswith("daybook: ")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_the_commands_have_help(run):
    for command in ("name", "names", "unname"):
        done = run("revisions", command, "--help")
        assert done.returncode == 0
