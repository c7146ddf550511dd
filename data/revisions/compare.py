"""Why a figure changed from one revision to another: parts that add up to the difference, exactly.

The timeline puts each part down to what it did in its turn: values before and after telescope, so the parts add up.
The order-free answer shares the difference by the Shapley value over groups of causes, which no order favours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa

from data.cache import ResultCache
from data.errors import UsageError
from data.queries.revisions import check_revision
from data.revisions.asked import Asked
from data.revisions.causes import Cause, causes_between
from data.revisions.groups import Group, grouped, in_sequence
from data.revisions.replay import Replay
from data.revisions.shapley import evaluations, shapley, whole_shares
from data.scope import Scope
from data.semantic.question import Query
from data.semantic.types import Metric

Progress = Callable[[int, int], None]


class Method(StrEnum):
    """How a difference is shared out."""

    TIMELINE = "timeline"
    SHAPLEY = "shapley"


@dataclass(frozen=True)
class Part:
    """What one group of causes contributed; `error` is its standard error where orders were sampled."""

    group: Group
    contribution: Decimal
    error: Decimal | None = None


@dataclass(frozen=True)
class Comparison:
    """A figure at two revisions and what its difference is made of.

    Money is in cents. `before` and `after` are None where the figure is not defined there; parts then count it as 0.
    `other` is how many revisions between do not touch what the figure is read from.
    """

    metric: Metric
    from_revision: int
    to_revision: int
    method: Method
    before: Decimal | None
    after: Decimal | None
    parts: tuple[Part, ...]
    other: int

    @property
    def difference(self) -> Decimal:
        """The figure after less the figure before."""
        return (self.after or Decimal(0)) - (self.before or Decimal(0))

    @property
    def adds_up(self) -> bool:
        """Whether the parts add up to the difference, as they always must; pages show it."""
        return sum((part.contribution for part in self.parts), Decimal(0)) == self.difference

    def reversed(self) -> Comparison:
        """The same, told from the later revision to the earlier one."""
        parts = tuple(replace(part, contribution=-part.contribution) for part in reversed(self.parts))
        return replace(self, from_revision=self.to_revision, to_revision=self.from_revision, before=self.after,
                       after=self.before, parts=parts)  # fmt: skip


def comparison(
    conn: sa.Connection,
    query: Query,
    *,
    from_revision: int,
    to_revision: int,
    scope: Scope,
    method: Method = Method.TIMELINE,
    cache: ResultCache | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Why the figure of `query` (one metric, no dimension) differs between two revisions.

    Parts are in the order of the first of their revisions, at most 20; where more revisions had a part in it,
    those next to each other are put together in 12, and comparing the ends of such a part opens it. A revision that
    touches nothing the figure is read from has no part. `progress` is told how many of how many figures have been read.
    Sources: the tables of the query, their history, loads and revisions. Raises UnknownName and UsageError.
    """
    if len(query.metrics) != 1 or query.keys or query.compare is not None:
        raise UsageError("compare revisions by one metric in all, without dimensions, grain or comparison")
    for revision in (from_revision, to_revision):
        check_revision(conn, revision=revision)
    if from_revision > to_revision:
        backwards = comparison(conn, query, from_revision=to_revision, to_revision=from_revision, scope=scope,
                               method=method, cache=cache, progress=progress)  # fmt: skip
        return backwards.reversed()
    asked = Asked(conn, query, scope, cache)
    causes = causes_between(conn, tables=asked.tables, after=from_revision, upto=to_revision)
    share = _along_time if method is Method.TIMELINE else _order_free
    parts = share(asked, causes, from_revision, progress or _unheard)
    touching = len({cause.revision for cause in causes})
    before, after = asked.at(from_revision), asked.at(to_revision)
    return Comparison(asked.metric, from_revision, to_revision, method, before, after, parts,
                      to_revision - from_revision - touching)  # fmt: skip


def _along_time(asked: Asked, causes: Sequence[Cause], base: int, progress: Progress) -> tuple[Part, ...]:
    groups = in_sequence(causes)
    ends = {cause.revision: cause for cause in causes}
    before, parts = asked.at(base) or Decimal(0), []
    for at, group in enumerate(groups):
        progress(at + 1, len(groups))
        last = group.causes[-1]
        if ends[last.revision] is last:
            after = asked.at(last.revision)
        else:  # the new lines of a load without its late ones: a state that no revision has
            after = asked.after(Replay(asked.conn, [last], base=last.revision - 1), [last])
        parts.append(Part(group, (after or Decimal(0)) - before))
        before = after or Decimal(0)
    return tuple(parts)


def _order_free(asked: Asked, causes: Sequence[Cause], base: int, progress: Progress) -> tuple[Part, ...]:
    groups = grouped(causes)
    if not groups:
        return ()
    replay = Replay(asked.conn, causes, base=base)
    start, count, read = asked.at(base) or Decimal(0), evaluations(len(groups)), 0
    upto = max(cause.revision for cause in causes)

    def worth(chosen: frozenset[int]) -> int:
        nonlocal read
        read += 1
        progress(min(read, count), count)
        if len(chosen) == len(groups):
            value = asked.at(upto)
        elif not chosen:
            value = start
        else:
            value = asked.after(replay, [cause for at in chosen for cause in groups[at].causes])
        return int(((value or Decimal(0)) - start) / asked.step)

    found = shapley(len(groups), worth)
    whole = whole_shares(found.shares)
    errors = [None] * len(groups) if found.errors is None else [_error(error, asked.step) for error in found.errors]
    return tuple(
        Part(group, share * asked.step, error) for group, share, error in zip(groups, whole, errors, strict=True)
    )


def _error(steps: float, step: Decimal) -> Decimal:
    return (Decimal(str(steps)) * step).quantize(step)


def _unheard(done: int, of: int) -> None:
    pass
