"""What a change set would do to the figures: the same queries over the rows as they are, and with it laid over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.cache import ResultCache
from data.changes.types import ChangeSet, PlannedRow
from data.frames import read_frame
from data.queries.metrics import metric_result
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.checked import CheckedSubject
from data.semantic.compile import compile_query
from data.semantic.expressions import Expression, Source, plain
from data.semantic.question import Filter, Query
from data.semantic.sources import current, with_changes
from data.semantic.types import Aggregation, Dimension, Metric, Unit

KEY, BEFORE, AFTER, CHANGE = "key", "before", "after", "change"


@dataclass(frozen=True, eq=False)
class Effect:
    """A metric by a dimension before and after: only members that change, those that change most first.

    `frame` has the columns key (the member as charts label it), before, after and change (int64 or float64).
    """

    metric: Metric
    dimension: Dimension
    frame: pd.DataFrame


def effects(conn: sa.Connection, changes: ChangeSet, *, scope: Scope, cache: ResultCache | None = None) -> list[Effect]:
    """What the changes would do over all dates, by each dimension that they touch; nothing is written or locked.

    Of each subject: its sums of money, counts and targets that change anywhere. Empty where no figure changes.
    """
    found: list[Effect] = []
    if not changes.rows:
        return found
    laid = laid_over(changes)
    for subject in catalog().subjects:
        asked = _Asked(conn, scope, cache, changes.table.table, laid, _own_rows(subject, changes))
        for dimensions, metrics in _asked_together(subject, _touched(subject, changes)).items():
            found += _effects(asked, dimensions, metrics)
    return found


def rests_on(table: sa.Table) -> frozenset[str]:
    """The tables that the effect of editing `table` rests on, itself among them; without facts, which are only read."""
    found = {table.name}
    for subject in catalog().subjects:
        graphs = [subject.graph, *subject.plan_graphs.values()]
        if any(graph.reaches(table) for graph in graphs):
            plans = {plan.table for plan in subject.subject.plans}
            found |= {reached.name for graph in graphs for reached in graph.tables | plans}
    return frozenset(found)


def laid_over(changes: ChangeSet) -> Source:
    """The current rows with the change set laid over them."""
    table = changes.table.table
    keep = [row for row in changes.rows if row.after is not None]
    rows = [_whole(table, row.after or {}, at) for at, row in enumerate(keep)]
    gone = [row.ids for row in changes.removed if row.ids is not None]
    return with_changes(current, table, rows, gone)


def _whole(table: sa.Table, after: Mapping[str, Any], at: int) -> dict[str, Any]:
    """A row with every column: what a new one lacks is what the database would put there, and a number of its own."""
    return {
        column.name: after[column.name] if column.name in after else _default(column, at) for column in table.columns
    }


def _default(column: sa.Column[Any], at: int) -> Any:
    if column.identity is not None or column.name == "revision":
        return -1 - at
    if isinstance(column.type, sa.Boolean):
        return False
    given = getattr(column.server_default, "arg", None)
    return given if isinstance(given, str) else None


def _touched(subject: CheckedSubject, changes: ChangeSet) -> list[Dimension]:
    """The dimensions whose members, or the way to them, rest on a column that changes."""
    table = changes.table.table
    names = {name for row in changes.changed for name in row.changed}
    if changes.added or changes.removed:
        names |= {column.name for column in table.columns}
    columns = {table.c[name] for name in names}
    found = [dimension for dimension in subject.dimensions.values() if _rests_on(subject, dimension, columns)]
    if not found and (_plans_of(subject, table) or _is_measured_by(subject, columns)):
        found = [dimension for dimension in subject.dimensions.values() if dimension.name == "department"]
    return found


def _rests_on(subject: CheckedSubject, dimension: Dimension, columns: set[sa.Column[Any]]) -> bool:
    if dimension.bridge is not None:
        return False
    read = [given for given in (dimension.key, dimension.member, dimension.display) if given is not None]
    named = {column for given in read for column in _columns_of(given)}
    if named & columns:
        return True
    tables = {column.table for column in named}
    steps = [step for table in tables if subject.graph.reaches(table) for step in subject.graph.path(table)]
    return any(step.left in columns for step in steps)


def _columns_of(expression: Expression) -> set[sa.Column[Any]]:
    return {found for found in sa.sql.visitors.iterate(plain(expression)) if isinstance(found, sa.Column)}


def _plans_of(subject: CheckedSubject, table: sa.Table) -> bool:
    return any(plan.table is table for plan in subject.subject.plans)


def _is_measured_by(subject: CheckedSubject, columns: set[sa.Column[Any]]) -> bool:
    """Whether a figure is made of one of the columns, as units are of what a product is counted in."""
    measures = subject.subject.measures
    return any(m.expression is not None and _columns_of(m.expression) & columns for m in measures)


def _metrics(subject: CheckedSubject, dimension: Dimension) -> list[Metric]:
    """Metrics that add up, and whose change is seen by the dimension: sums of money and of pieces, and targets."""
    measures = {measure.name: measure for measure in subject.subject.measures}
    return [
        metric
        for metric in subject.subject.metrics
        if metric.unit in {Unit.CENTS, Unit.COUNT}
        and metric.measure is not None
        and measures[metric.measure].aggregation is Aggregation.SUM
        and dimension.name not in measures[metric.measure].ignores
    ]


def _asked_together(subject: CheckedSubject, touched: Sequence[Dimension]) -> dict[tuple[Dimension, ...], list[Metric]]:
    """The metrics by the dimensions that tell their change. One table's columns make no more combinations than it has
    rows, and sums add up over them: so one reading of the facts answers for all of its dimensions."""
    dimensions: dict[Metric, list[Dimension]] = defaultdict(list)
    for dimension in touched:
        for metric in _metrics(subject, dimension):
            dimensions[metric].append(dimension)
    together: dict[tuple[Dimension, ...], list[Metric]] = defaultdict(list)
    for metric, telling in dimensions.items():
        together[tuple(telling)].append(metric)
    return together


@dataclass(frozen=True, eq=False)
class _Asked:
    """How a question is put: over which rows, and for whom."""

    conn: sa.Connection
    scope: Scope
    cache: ResultCache | None
    edited: sa.Table
    laid: Source
    only: tuple[Filter, ...]


def _own_rows(subject: CheckedSubject, changes: ChangeSet) -> tuple[Filter, ...]:
    """A filter that leaves the facts of the changed rows: no others can change, and these are few."""
    table = changes.table
    for dimension in subject.dimensions.values():
        if dimension.bridge is None and dimension.member is table.ids[0] and dimension.key is table.ids[0]:
            return (Filter(dimension.name, tuple(_key(row, table.ids[0]) for row in changes.rows)),)
    return ()


def _key(row: PlannedRow, column: sa.Column[Any]) -> Any:
    """What a row is told by, also where it is new."""
    return row.ids[0] if row.ids is not None else (row.after or {})[column.name]


def _effects(asked: _Asked, dimensions: Sequence[Dimension], metrics: list[Metric]) -> list[Effect]:
    """By member: what the changed rows had and would have, as a difference of what all rows have."""
    query = Query(tuple(metric.name for metric in metrics), tuple(dimension.name for dimension in dimensions))
    few = replace(query, filters=asked.only)
    there = metric_result(asked.conn, few, scope=asked.scope).frame
    laid = compile_query(
        few, catalog=catalog(), source=asked.laid, scope=asked.scope, by_rollups=True, edited=asked.edited
    )
    then = read_frame(asked.conn, laid.statement, laid.columns)
    every = metric_result(asked.conn, query, scope=asked.scope, cache=asked.cache).frame
    found = []
    for dimension in dimensions:
        sides = [_by_member(frame, dimension, metrics) for frame in (there, then, every)]
        for metric in metrics:
            frame = _moved(*(side[metric.name] for side in sides))
            if not frame.empty:
                found.append(Effect(metric, dimension, frame))
    return found


def _by_member(frame: pd.DataFrame, dimension: Dimension, metrics: list[Metric]) -> pd.DataFrame:
    figures = frame[[metric.name for metric in metrics]].fillna(0).astype("int64")
    return figures.groupby(frame[dimension.name].astype("str")).sum()


def _moved(there: pd.Series, then: pd.Series, every: pd.Series) -> pd.DataFrame:
    """The members whose figure changes, those that change most first."""
    sides = pd.DataFrame({"there": there, "then": then}).fillna(0).astype("int64")
    change = (sides["then"] - sides["there"])[sides["then"] != sides["there"]]
    before = every.reindex(change.index).fillna(0).astype("int64")
    frame = pd.DataFrame({BEFORE: before, AFTER: before + change, CHANGE: change})
    order = change.abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].rename_axis(KEY).reset_index()
