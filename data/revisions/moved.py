"""Which revisions moved which of several figures, largest effect first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from data.cache import ResultCache
from data.errors import UsageError
from data.queries.metrics import metric_result
from data.queries.revisions import check_revision
from data.revisions.asked import Asked
from data.revisions.causes import causes_between
from data.revisions.groups import Group, by_revision
from data.scope import Scope
from data.semantic.question import Query
from data.semantic.types import Metric

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Moved:
    """A figure that a revision, or a run of them, moved; None where it was not defined. Money is in cents.

    `member` is the key and the label of whom it is of; None for the figure in all.
    """

    metric: Metric
    group: Group
    before: Decimal | None
    after: Decimal | None
    member: tuple[Any, str] | None = None

    @property
    def change(self) -> Decimal:
        """By how much; a figure that is not defined counts as 0."""
        return (self.after or Decimal(0)) - (self.before or Decimal(0))

    @property
    def effect(self) -> float:
        """The change as a share of what the figure was; infinite where it was nothing."""
        return abs(float(self.change) / float(self.before)) if self.before else float("inf")


def moved_between(
    conn: sa.Connection,
    query: Query,
    *,
    from_revision: int,
    to_revision: int,
    scope: Scope,
    cache: ResultCache | None = None,
    progress: Progress | None = None,
) -> list[Moved]:
    """What each revision after the first one, up to the second, did to each metric of `query`.

    In all, or for each member of the query's one dimension. Largest effect first; what did not move is left out. At
    most 20 runs of revisions are told apart. Sources: the tables of the query, their history, loads and revisions.
    Raises UnknownName and UsageError.
    """
    if query.grain is not None or query.compare is not None or len(query.dimensions) > 1:
        raise UsageError("ask for what moved in all or by one dimension, without grain or comparison")
    if from_revision > to_revision:
        raise UsageError(f"what moved is told forwards; got revisions {from_revision} to {to_revision}")
    for revision in (from_revision, to_revision):
        check_revision(conn, revision=revision)
    reader = _Reader(conn, query, scope, cache)
    groups = by_revision(causes_between(conn, tables=reader.tables, after=from_revision, upto=to_revision))
    found: list[Moved] = []
    was = reader.figures(from_revision)
    for at, group in enumerate(groups, 1):
        if progress is not None:
            progress(at, len(groups))
        now = reader.figures(group.revisions[-1])
        found += reader.differences(was, now, group)
        was = now
    return sorted(found, key=lambda moved: moved.effect, reverse=True)


_Figures = dict[tuple[str, Any], tuple[str, Decimal | None]]


class _Reader:
    """The figures of a query at a revision: by metric and member, its label and its value."""

    def __init__(self, conn: sa.Connection, query: Query, scope: Scope, cache: ResultCache | None) -> None:
        self.conn, self.query, self.scope, self.cache = conn, query, scope, cache
        each = [Asked(conn, replace(query, metrics=(name,)), scope, None) for name in query.metrics]
        self.asked = {asked.metric.name: asked for asked in each}
        self.tables = {table for asked in each for table in asked.tables}

    def figures(self, revision: int) -> _Figures:
        frame = metric_result(self.conn, self.query, scope=self.scope, cache=self.cache, revision=revision).frame
        name = next(iter(self.query.dimensions), None)
        keys = [None] if name is None else frame[name].tolist()
        labels = [""] if name is None else frame.get(f"{name}_label", frame[name]).astype("str").tolist()
        return {
            (metric, key): (label, asked.exact(value))
            for metric, asked in self.asked.items()
            for key, label, value in zip(keys, labels, frame[metric], strict=True)
        }

    def differences(self, was: _Figures, now: _Figures, group: Group) -> list[Moved]:
        found = []
        for place in {**now, **was}:
            metric, key = place
            (was_label, before), (label, after) = was.get(place, ("", None)), now.get(place, ("", None))
            if (before or 0) != (after or 0) or (not self.query.dimensions and before != after):
                member = (key, label or was_label) if self.query.dimensions else None
                found.append(Moved(self.asked[metric].metric, group, before, after, member))
        return found
