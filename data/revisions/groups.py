"""Causes put together as people speak of them: as few groups as can be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from data.revisions.causes import Cause, Kind

MOST_PARTS = 20
RUNS = 12  # what stands for more than those: few enough to be read on a phone, and each is a figure to compute
_Item = TypeVar("_Item")
_OF_FACTS = (Kind.NEW, Kind.LATE, Kind.RESTATED)


@dataclass(frozen=True)
class Group:
    """Causes that share a part of a difference, in the order in which they happened."""

    kind: Kind
    causes: tuple[Cause, ...]

    @property
    def revisions(self) -> tuple[int, ...]:
        """The revisions, oldest first, each once."""
        return tuple(dict.fromkeys(cause.revision for cause in self.causes))

    @property
    def label(self) -> str:
        """`Revision 14: gasoline is fuel`, `Revision 15, late facts: May`, `New facts, 3 revisions`."""
        numbers = self.revisions
        if len(numbers) == 1:
            said = self.causes[0].reason
            if self.kind in {Kind.LATE, Kind.RESTATED}:  # one load may have parts of several kinds
                return f"Revision {numbers[0]}, {self.kind}{f': {said}' if said else ''}"
            return f"Revision {numbers[0]}: {said or self.kind}"
        if self.kind is Kind.SEVERAL:
            return f"Revisions {numbers[0]} to {numbers[-1]}, {len(numbers)} of them"
        if self.kind is Kind.UNDO:
            return f"Revision {numbers[0]}, undone by {numbers[-1]}"
        return f"{str(self.kind).capitalize()}, {len(numbers)} revisions"


def in_sequence(causes: Sequence[Cause]) -> list[Group]:
    """Each cause by itself; where there are too many, neighbours together in runs of about equal length."""
    if len(causes) <= MOST_PARTS:
        return [Group(cause.kind, (cause,)) for cause in causes]
    return by_revision(causes)


def by_revision(causes: Sequence[Cause]) -> list[Group]:
    """Each revision by itself; where there are too many, neighbours together in runs of about equal length."""
    whole = [tuple(found) for _, found in groupby(causes, key=lambda cause: cause.revision)]
    runs = _runs(whole, RUNS if len(whole) > MOST_PARTS else MOST_PARTS)
    return [_run([cause for one in run for cause in one]) for run in runs]


def grouped(causes: Sequence[Cause]) -> list[Group]:
    """New, late and restated facts each in one, and every other revision by itself with what undid it.

    A load that was undone is in a group with its undoing. Where there are too many, neighbours come together.
    """
    undone = _undone_by(causes)
    facts = [
        Group(kind, found)
        for kind in _OF_FACTS
        if (found := tuple(c for c in causes if c.kind is kind and c.revision not in undone))
    ]
    taken = {cause for group in facts for cause in group.causes}
    rest = _with_their_undoing([cause for cause in causes if cause not in taken], undone)
    room = MOST_PARTS - len(facts)
    if len(rest) > room:
        rest = [_run([cause for one in run for cause in one.causes]) for run in _runs(rest, room)]
    return sorted([*facts, *rest], key=lambda group: (group.causes[0].revision, group.kind))


def _undone_by(causes: Iterable[Cause]) -> dict[int, int]:
    """The revisions that another of the causes undid, with that one."""
    there = list(causes)
    known = {cause.revision for cause in there}
    return {c.reverts: c.revision for c in there if c.reverts is not None and c.reverts in known}


def _with_their_undoing(causes: Sequence[Cause], undone: dict[int, int]) -> list[Group]:
    """Chains of doing and undoing together, however often it went to and fro."""
    home: dict[int, int] = {}
    for cause in causes:
        first = cause.reverts if cause.reverts in undone else None
        home[cause.revision] = home.get(first, first) if first is not None else cause.revision
    found: dict[int, list[Cause]] = {}
    for cause in causes:
        found.setdefault(home[cause.revision], []).append(cause)
    return [
        Group(Kind.UNDO if len({cause.revision for cause in some}) > 1 else some[0].kind, tuple(some))
        for some in found.values()
    ]


def _run(causes: Sequence[Cause]) -> Group:
    kinds = {cause.kind for cause in causes}
    several = len({cause.revision for cause in causes}) > 1
    ordered = tuple(sorted(causes, key=lambda cause: cause.revision))
    return Group(Kind.SEVERAL if several or len(kinds) > 1 else ordered[0].kind, ordered)


def _runs(items: Sequence[_Item], most: int) -> list[Sequence[_Item]]:
    size = max(1, -(-len(items) // most))
    return [items[at : at + size] for at in range(0, len(items), size)]
