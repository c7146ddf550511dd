"""A part of a difference, opened: what each member of a dimension contributed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import sqlalchemy as sa

from data.cache import ResultCache
from data.queries.metrics import metric_result
from data.revisions.asked import Asked
from data.revisions.causes import Cause, causes_between
from data.revisions.groups import Group
from data.revisions.replay import Replay
from data.scope import Scope
from data.semantic.expressions import Source
from data.semantic.question import Query
from data.semantic.sources import as_of

KEY, LABEL, BEFORE, AFTER, CHANGE = "key", "label", "before", "after", "change"
_VALUE = "value"


@dataclass(frozen=True, eq=False)
class Side:
    """The tables on one side of a part; `revision` where a revision has just them."""

    source: Source
    revision: int | None = None


def sides(conn: sa.Connection, query: Query, group: Group, *, scope: Scope) -> tuple[Side, Side]:
    """The tables of the query right before the group's first cause and right after its last, in the order of time."""
    tables = Asked(conn, query, scope, None).tables
    return _side(conn, tables, group.causes[0], after=0), _side(conn, tables, group.causes[-1], after=1)


def _side(conn: sa.Connection, tables: tuple[str, ...], cause: Cause, *, after: int) -> Side:
    """The tables before the cause (`after` = 0) or after it (1), which may be in the midst of its revision."""
    parts = causes_between(conn, tables=tables, after=cause.revision - 1, upto=cause.revision)
    # The query may read further tables than the one that the cause was found for, so they are told by their loads.
    done = parts[: [part.load for part in parts].index(cause.load) + after]
    if len(done) in {0, len(parts)}:
        revision = cause.revision if done else cause.revision - 1
        return Side(as_of(revision), revision)
    return Side(Replay(conn, done, base=cause.revision - 1).source(done))


def contributions(
    conn: sa.Connection,
    query: Query,
    group: Group,
    *,
    dimension: str,
    scope: Scope,
    limit: int = 50,
    cache: ResultCache | None = None,
) -> tuple[pd.DataFrame, int]:
    """What each member of a dimension contributed to a part, largest first; and how many members changed in all.

    One row is a member: key, label (str), before, after and change (in the metric's unit; 0 where the member had
    nothing). Where the metric adds up over the dimension, the changes add up to the part.
    """
    asked = replace(query, dimensions=(dimension,))
    there, then = (
        _by_member(conn, asked, side, scope=scope, cache=cache) for side in sides(conn, asked, group, scope=scope)
    )
    return _changes(there, then, limit)


def member_changes(
    conn: sa.Connection,
    query: Query,
    *,
    from_revision: int,
    to_revision: int,
    dimension: str,
    scope: Scope,
    limit: int = 50,
    cache: ResultCache | None = None,
) -> tuple[pd.DataFrame, int]:
    """How the figure of each member of a dimension differs between two revisions; rows as in `contributions`.

    Figures of members may change where the total does not: a product that is moved takes its sales along.
    """
    asked = replace(query, dimensions=(dimension,))
    there, then = (
        _by_member(conn, asked, Side(as_of(revision), revision), scope=scope, cache=cache)
        for revision in (from_revision, to_revision)
    )
    return _changes(there, then, limit)


def _changes(there: pd.DataFrame, then: pd.DataFrame, limit: int) -> tuple[pd.DataFrame, int]:
    both = there.add_suffix("_there").join(then.add_suffix("_then"), how="outer")
    label = both[f"{LABEL}_then"].where(both[f"{LABEL}_then"].notna(), both[f"{LABEL}_there"])
    before, after = (pd.to_numeric(both[f"{_VALUE}_{side}"]).fillna(0) for side in ("there", "then"))
    frame = pd.DataFrame({LABEL: label, BEFORE: before, AFTER: after, CHANGE: after - before}).rename_axis(KEY)
    frame = frame[frame[CHANGE] != 0].reset_index()
    order = frame[CHANGE].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].head(limit).reset_index(drop=True), len(frame)


def _by_member(
    conn: sa.Connection, query: Query, side: Side, *, scope: Scope, cache: ResultCache | None
) -> pd.DataFrame:
    (name,) = query.dimensions
    if side.revision is not None:
        frame = metric_result(conn, query, scope=scope, cache=cache, revision=side.revision).frame
    else:
        frame = metric_result(conn, query, scope=scope, source=side.source).frame
    label = frame.get(f"{name}_label", frame[name]).astype("str")
    return pd.DataFrame({LABEL: label.to_numpy(), _VALUE: frame[query.metrics[0]].to_numpy()},
                        index=pd.Index(frame[name], name=KEY))  # fmt: skip
