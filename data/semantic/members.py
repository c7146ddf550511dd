"""The members of a dimension: their natural keys and labels, joined to a result or listed for a picker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from data.semantic.expressions import Source, Statement, over, tables_of
from data.semantic.graph import JoinGraph
from data.semantic.types import ColumnSpec, Dimension, Unit


def name_columns(dimension: Dimension) -> list[ColumnSpec]:
    """The columns that name a member: its key, and its label where that differs."""
    columns = [ColumnSpec(dimension.name, dimension.label, dimension.unit, dimension.description)]
    if dimension.display is not None:
        columns.append(ColumnSpec(f"{dimension.name}_label", dimension.label, Unit.TEXT, dimension.description))
    return columns


def join_names(
    dimension: Dimension, grouped_by: sa.ColumnElement[Any], rows: sa.FromClause, graph: JoinGraph, source: Source
) -> tuple[sa.FromClause, list[sa.ColumnElement[Any]]]:
    """`rows` joined to the tables that name the dimension's members, and the columns that name them."""
    if dimension.member is None:
        return rows, [grouped_by.label(dimension.name)]
    tables, alias = _naming_tables(dimension, graph, source)
    joined = rows.join(tables, over(dimension.member, alias) == grouped_by)
    return joined, _names(dimension, alias)


def members_named(dimension: Dimension, keys: Sequence[Any], graph: JoinGraph, source: Source) -> Statement:
    """The members whose natural keys are `keys`."""
    tables, alias = _naming_tables(dimension, graph, source)
    member = dimension.grouped_by
    return sa.select(over(member, alias)).select_from(tables).where(over(dimension.key, alias).in_(keys))


def every_member(dimension: Dimension, graph: JoinGraph, source: Source) -> Statement:
    """Every member's key and label, in the order of the keys."""
    tables, alias = _naming_tables(dimension, graph, source)
    names = _names(dimension, alias)
    label = names[-1] if dimension.display is not None else sa.cast(names[0], sa.Text)
    stmt = sa.select(names[0].label("key"), label.label("label")).select_from(tables)
    return stmt.distinct().order_by("key")


def _names(dimension: Dimension, alias: Source) -> list[sa.ColumnElement[Any]]:
    names: list[sa.ColumnElement[Any]] = [over(dimension.key, alias).label(dimension.name)]
    if dimension.display is not None:
        names.append(over(dimension.display, alias).label(f"{dimension.name}_label"))
    return names


def _naming_tables(dimension: Dimension, graph: JoinGraph, source: Source) -> tuple[sa.FromClause, Source]:
    """The tables that the member's names are read from, aliased, so that they never meet those joined to the facts."""
    own = next(iter(tables_of(dimension.grouped_by)))
    wanted = {own}
    for expression in (dimension.key, dimension.display):
        if expression is not None:
            wanted |= tables_of(expression)
    aliases: dict[sa.Table, sa.FromClause] = {}

    def alias(table: sa.Table) -> sa.FromClause:
        if table not in aliases:
            aliases[table] = source(table).alias(f"{dimension.name}_{table.name}")
        return aliases[table]

    joined: sa.FromClause = alias(own)
    done = {own}
    for table in sorted(wanted - {own}, key=lambda table: len(graph.path(table))):
        for step in graph.path(table):
            left, right = (next(iter(tables_of(side))) for side in (step.left, step.right))
            if left in done and right not in done:
                done.add(right)
                joined = joined.join(alias(right), over(step.left, alias) == over(step.right, alias))
    return joined, alias
