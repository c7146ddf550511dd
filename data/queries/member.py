"""One member of a dimension: what it is called, where it belongs, and which row of reference data it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data.errors import InvalidFilter, UnknownName
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.checked import CheckedSubject
from data.semantic.expressions import tables_of
from data.semantic.members import belongs_to, described_members, is_row, key_literal, key_of, members_in_scope
from data.semantic.question import Filter
from data.semantic.sources import rows_at
from data.semantic.types import Dimension, Unit

_FLAGS = ("retired", "inferred")


@dataclass(frozen=True)
class Above:
    """What a member belongs to, one step of its hierarchy up."""

    dimension: Dimension
    key: Any
    label: str


@dataclass(frozen=True, eq=False)
class Member:
    """A member; `above` is where it belongs, the nearest first, `row` the table and id of the row that it is."""

    subject: CheckedSubject
    dimension: Dimension
    key: Any
    label: str
    above: tuple[Above, ...] = ()
    retired: bool = False
    inferred: bool = False
    row: tuple[str, str] | None = None

    @property
    def filter(self) -> Filter:
        """The filter that keeps it alone."""
        return Filter(self.dimension.name, (self.key,))


def member_of(conn: sa.Connection, *, dimension: str, key: str, scope: Scope, revision: int | None = None) -> Member:
    """The member whose natural key is written `key`, now or as of `revision`.

    Raises UnknownName for a dimension or a member that is not there, and in the same words for one of stores that the
    caller may not see. Sources: the tables that name the dimension's members.
    """
    subject, declared = _declared(dimension)
    wanted = _key(declared, key)
    if declared.names:
        label = dict(declared.names).get(wanted)
        if label is None:
            raise _unknown(declared, key)
        return Member(subject, declared, wanted, label)
    above = subject.ancestors(declared)
    found = described_members(declared, subject.graph, rows_at(revision), flags=_FLAGS, above=above).subquery("found")
    row = conn.execute(sa.select(found).where(found.c.key == key_literal(declared, wanted)).limit(1)).mappings().first()
    if row is None or not _is_seen(conn, subject, declared, row["member"], scope):
        raise _unknown(declared, key)
    own = next(iter(tables_of(declared.grouped_by)))
    return Member(
        subject,
        declared,
        wanted,
        row["label"],
        tuple(Above(one, row[f"{one.name}_key"], row[f"{one.name}_label"]) for one in above),
        row["retired"],
        row["inferred"],
        (own.name, str(row["member"])) if is_row(declared) else None,
    )


def breakdowns(member: Member) -> list[Dimension]:
    """What the member's figures can be broken down by, what lies right below it first.

    Not by what each of its facts has alike: a product has one category and one brand, a store one region.
    """
    graph, declared = member.subject.graph, member.dimension
    own = next(iter(tables_of(declared.grouped_by)))
    fixed = _reached(member.subject, own) if member.row else set()
    alike = {declared.name, *(one.dimension.name for one in member.above)}
    alike |= {
        one.name
        for one in member.subject.dimensions.values()
        if one.bridge is None and tables_of(graph.nearest(one.grouped_by)) <= fixed
    }
    others = [one for one in member.subject.dimensions.values() if one.name not in alike]
    return sorted(others, key=lambda one: one.parent != declared.name)


def _reached(subject: CheckedSubject, own: sa.Table) -> set[sa.Table]:
    """The table, and those that each of its rows leads to."""
    reached = {own}
    for one in subject.dimensions.values():
        for table in tables_of(one.grouped_by):
            if one.bridge is None and subject.graph.reaches(table):
                steps = [next(iter(tables_of(step.right))) for step in subject.graph.path(table)]
                if own in steps:
                    reached |= set(steps[steps.index(own) :])
    return reached


def _declared(name: str) -> tuple[CheckedSubject, Dimension]:
    for subject in catalog().subjects:
        if name in subject.dimensions:
            return subject, subject.dimensions[name]
    raise UnknownName(f"no such dimension: {name[:60]!r}")


def _key(declared: Dimension, key: str) -> Any:
    if declared.unit is Unit.TEXT:
        return key
    digits = key.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise _unknown(declared, key)
    try:
        return key_of(declared, int(key))
    except InvalidFilter:
        raise _unknown(declared, key) from None


def _is_seen(conn: sa.Connection, subject: CheckedSubject, declared: Dimension, member: Any, scope: Scope) -> bool:
    column = subject.subject.scope_column
    if scope.stores is None or column is None or not belongs_to(declared, subject.graph, column):
        return True
    return member in set(conn.scalars(members_in_scope(declared, subject.graph, column, sorted(scope.stores))))


def _unknown(declared: Dimension, key: str) -> UnknownName:
    return UnknownName(f"there is no {declared.label.lower()} {key[:60]!r}, or it is not among those that you may see")
