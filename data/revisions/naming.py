"""Naming revisions: one name each, given and certified by managers, so that figures can be found again by it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError

from data.db import Database
from data.errors import InvalidName, NotAllowed
from data.models import RevisionName
from data.queries.revisions import check_revision
from data.revisions.reading import NamedRevision, name_of_revision
from data.scope import Scope

MOST_NAME, MOST_NOTE = 80, 500
_MAY_NAME = ("manager", "admin")


@dataclass(frozen=True)
class Namer:
    """Who names: the role decides, the account is remembered; the command line has none."""

    role: str
    account_id: int | None = None


def name_revision(
    database: Database, *, revision: int, name: str, by: Namer, certified: bool = False, note: str = ""
) -> NamedRevision:
    """Give a revision its name; raises NotAllowed, UnknownName, and InvalidName where it has one already."""
    values = {"name": _tidy_name(name), "note": _tidy_note(note), "certified": certified}
    with _naming(database, revision, by) as (conn, now):
        if now is not None:
            raise InvalidName(f"revision {revision} is called {now.name!r} already; rename it instead")
        conn.execute(sa.insert(RevisionName).values(revision=revision, named_by=by.account_id, **values))
        return _named(conn, revision)


def rename_revision(
    database: Database, *, revision: int, name: str, by: Namer, note: str | None = None
) -> NamedRevision:
    """Give a named revision another name, and another note where one is given; it stays certified if it was.

    Raises as `name_revision`, and InvalidName where the revision has no name yet.
    """
    values: dict[str, Any] = {"name": _tidy_name(name)}
    if note is not None:
        values["note"] = _tidy_note(note)
    return _changed(database, revision, by, values)


def certify_revision(database: Database, *, revision: int, by: Namer, certified: bool = True) -> NamedRevision:
    """Vouch for the figures as of a named revision, or no longer; raises as `rename_revision`."""
    return _changed(database, revision, by, {"certified": certified})


def remove_name(database: Database, *, revision: int, by: Namer) -> NamedRevision:
    """Take a revision's name away, and give what it was; the revision itself stays. Raises as `rename_revision`."""
    with _naming(database, revision, by) as (conn, now):
        gone = _expected(now, revision)
        conn.execute(sa.delete(RevisionName).where(RevisionName.revision == revision))
        return gone


def _changed(database: Database, revision: int, by: Namer, values: dict[str, Any]) -> NamedRevision:
    with _naming(database, revision, by) as (conn, now):
        _expected(now, revision)
        told = {**values, "named_by": by.account_id, "named_at": sa.func.now()}
        conn.execute(sa.update(RevisionName).where(RevisionName.revision == revision).values(**told))
        return _named(conn, revision)


@contextmanager
def _naming(database: Database, revision: int, by: Namer) -> Iterator[tuple[sa.Connection, NamedRevision | None]]:
    """A transaction of the accounts role, which cannot see revisions: that there is this one is read beforehand."""
    if by.role not in _MAY_NAME:
        raise NotAllowed(f"revisions are named and certified by the roles manager and admin; yours is {by.role}")
    with database.reading(Scope.everything()) as conn:
        check_revision(conn, revision=revision)
    try:
        with database.accounts() as conn:
            yield conn, name_of_revision(conn, revision=revision)
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):
            raise InvalidName(_taken(error.orig, revision)) from None
        raise


def _taken(error: UniqueViolation, revision: int) -> str:
    if error.diag.constraint_name == "pk_revision_names":
        return f"somebody else has just named revision {revision}; rename it instead"
    return "another revision has this name, in upper or lower case; choose another name"


def _expected(now: NamedRevision | None, revision: int) -> NamedRevision:
    if now is None:
        raise InvalidName(f"revision {revision} has no name; name it first")
    return now


def _named(conn: sa.Connection, revision: int) -> NamedRevision:
    return _expected(name_of_revision(conn, revision=revision), revision)


def _tidy_name(name: str) -> str:
    tidy = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(tidy) <= MOST_NAME:
        raise InvalidName(f"the name of a revision has 1 to {MOST_NAME} characters; got {len(tidy)}")
    if not tidy.isprintable():
        raise InvalidName(f"the name of a revision has printable characters only, in one line; got {tidy!r}")
    if not any(character.isalpha() for character in tidy):
        raise InvalidName(f"the name of a revision needs a letter, to be told apart from a number; got {tidy!r}")
    return tidy


def _tidy_note(note: str) -> str:
    tidy = note.strip()
    if len(tidy) > MOST_NOTE:
        raise InvalidName(f"the note on a revision has at most {MOST_NOTE} characters; got {len(tidy)}")
    if not all(character.isprintable() or character in "\n\t" for character in tidy):
        raise InvalidName(f"the note on a revision must be plain text; got {tidy!r}")
    return tidy
