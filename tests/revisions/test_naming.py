"""Names of revisions: whose they are to give, what they may be, and that no two are alike."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from data.accounts.accounts import create_account
from data.errors import InvalidName, NotAllowed, UnknownName
from data.models import Department
from data.revisions.naming import Namer, certify_revision, name_revision, remove_name, rename_revision
from data.revisions.reading import name_of_revision, revision_names
from tests.factories.accounts import PASSWORD

MANAGER = Namer("manager")


@pytest.fixture
def shop(database):
    """A database with two revisions."""
    for department in ("GROCERY", "PRODUCE"):
        with database.owner.begin() as conn:
            conn.execute(sa.insert(Department).values(name=department))
    return database


def name(database, revision=1, called="Year-end 2017", by=MANAGER, **more):
    return name_revision(database, revision=revision, name=called, by=by, **more)


def names(database):
    with database.accounts() as conn:
        return {number: (named.name, named.certified) for number, named in revision_names(conn).items()}


def test_a_name_is_given_changed_certified_and_taken_away(shop):
    with shop.accounts() as conn:
        meg = create_account(conn, username="Meg", password=PASSWORD, role="manager").account_id
    given = name(shop, by=Namer("manager", meg), note="As told to the board")
    assert (given.name, given.certified, given.note, given.named_by) == ("Year-end 2017", False, "As told to the board",
                                                                         "Meg")  # fmt: skip
    assert certify_revision(shop, revision=1, by=MANAGER).certified
    renamed = rename_revision(shop, revision=1, name="  Year-end 2017, final ", by=MANAGER)
    assert (renamed.name, renamed.certified, renamed.note) == ("Year-end 2017, final", True, "As told to the board")
    assert not certify_revision(shop, revision=1, by=MANAGER, certified=False).certified
    assert remove_name(shop, revision=1, by=MANAGER).name == "Year-end 2017, final"
    assert names(shop) == {}


def test_the_newest_named_revision_comes_first(shop):
    name(shop)
    name(shop, 2, "Year-end 2018", certified=True)
    assert list(names(shop).items()) == [(2, ("Year-end 2018", True)), (1, ("Year-end 2017", False))]
    with shop.accounts() as conn:
        assert name_of_revision(conn, revision=3) is None


@pytest.mark.parametrize("act", [name, certify_revision, remove_name])
def test_an_analyst_names_nothing(shop, act):
    if act is not name:
        name(shop)
    before = names(shop)
    with pytest.raises(NotAllowed, match="roles manager and admin; yours is analyst"):
        act(shop, revision=1, by=Namer("analyst"))
    assert names(shop) == before


def test_no_two_names_are_alike_in_upper_or_lower_case(shop):
    name(shop)
    with pytest.raises(InvalidName, match="another revision has this name"):
        name(shop, 2, "YEAR-END 2017")
    name(shop, 2, "Other")
    with pytest.raises(InvalidName, match="another revision has this name"):
        rename_revision(shop, revision=2, name="year-end 2017", by=MANAGER)
    assert rename_revision(shop, revision=1, name="Year-End 2017", by=MANAGER).name == "Year-End 2017"


def test_a_revision_has_one_name(shop):
    name(shop)
    with pytest.raises(InvalidName, match="revision 1 is called 'Year-end 2017' already; rename it"):
        name(shop, called="Another")


def test_of_two_who_name_at_once_one_is_told(shop):
    def attempt(called):
        try:
            return name(shop, called=called).name
        except InvalidName as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(attempt, ["One", "Two", "Three", "Four"]))
    assert sum("rename it instead" in words for words in told) == 3
    assert len(names(shop)) == 1


@pytest.mark.parametrize("number", [0, -1, 3, 2**70])
def test_only_a_revision_that_is_there_has_a_name(shop, number):
    with pytest.raises(UnknownName, match="no such revision"):
        name(shop, number)


def test_only_what_is_named_is_renamed_certified_or_unnamed(shop):
    for act in (certify_revision, remove_name):
        with pytest.raises(InvalidName, match="revision 2 has no name; name it first"):
            act(shop, revision=2, by=MANAGER)
    with pytest.raises(InvalidName, match="has no name"):
        rename_revision(shop, revision=2, name="Other", by=MANAGER)


@pytest.mark.parametrize(
    ("called", "words"),
    [
        ("", "has 1 to 80 characters; got 0"),
        ("   ", "has 1 to 80 characters; got 0"),
        ("a" * 81, "has 1 to 80 characters; got 81"),
        ("two\nlines", "printable characters only, in one line"),
        ("turned \u202earound", "printable characters only"),
        ("half \ud800", "printable characters only"),
        ("nul \x00", "printable characters only"),
        ("2017", "needs a letter"),
    ],
)
def test_a_name_that_is_none_is_refused_with_the_rule(shop, called, words):
    with pytest.raises(InvalidName, match=words):
        name(shop, called=called)


@pytest.mark.parametrize(("note", "words"), [("a" * 501, "at most 500 characters; got 501"), ("\x00", "plain text")])
def test_a_note_is_short_plain_text(shop, note, words):
    with pytest.raises(InvalidName, match=words):
        name(shop, note=note)
