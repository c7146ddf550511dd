"""The members of a dimension: their natural keys and labels, joined to a result, matched by a filter or listed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.errors import InvalidFilter
from data.semantic.expressions import Source, Statement, over, tables_of
from data.semantic.graph import JoinGraph
from data.semantic.question import Filter, Match
from data.semantic.types import ColumnSpec, Dimension, Unit


def name_columns(dimension: Dimension, *, nullable: bool = False) -> list[ColumnSpec]:
    """The columns that name a member: its key, and its label where that differs."""
    columns = [ColumnSpec(dimension.name, dimension.label, dimension.unit, dimension.description, nullable)]
    if dimension.is_labelled:
        label = ColumnSpec(f"{dimension.name}_label", dimension.label, Unit.TEXT, dimension.description, nullable)
        columns.append(label)
    return columns


def join_names(
    dimension: Dimension,
    grouped_by: sa.ColumnElement[Any],
    rows: sa.FromClause,
    graph: JoinGraph,
    source: Source,
    *,
    outer: bool = False,
) -> tuple[sa.FromClause, list[sa.ColumnElement[Any]]]:
    """`rows` joined to the tables that name the dimension's members, and the columns that name them."""
    if dimension.member is None:
        names: list[sa.ColumnElement[Any]] = [grouped_by.label(dimension.name)]
        if dimension.names:
            names.append(_worded(dimension, grouped_by).label(f"{dimension.name}_label"))
        return rows, names
    tables, alias = _naming_tables(dimension, graph, source)
    joined = rows.join(tables, over(dimension.member, alias) == grouped_by, isouter=outer)
    return joined, _names(dimension, alias)


def members_matching(asked: Filter, dimension: Dimension, graph: JoinGraph, source: Source) -> Statement:
    """The members that a filter names, `not_in` read as `in`: the caller turns it around."""
    tables, alias = _naming_tables(dimension, graph, source)
    key, display = over(dimension.key, alias), dimension.display
    label = None if display is None else over(display, alias)
    return (
        sa.select(over(dimension.grouped_by, alias))
        .select_from(tables)
        .where(key_matches(asked, dimension, key, label))
    )


def key_matches(
    asked: Filter, dimension: Dimension, key: sa.ColumnElement[Any], label: sa.ColumnElement[Any] | None
) -> sa.ColumnElement[bool]:
    """The condition of a filter on a key and its label, `not_in` read as `in`."""
    if asked.match is Match.SEARCH:
        return sa.or_(*(_contains(text, asked.members[0]) for text in _texts(dimension, key, label)))
    if asked.match is Match.RANGE:
        first, last = (None if bound is None else key_literal(dimension, bound) for bound in asked.members)
        bounds = [] if first is None else [key >= first]
        return sa.and_(*bounds, *([] if last is None else [key <= last]))
    return key.in_([key_literal(dimension, member) for member in asked.members])


def check_filter(asked: Filter, dimension: Dimension) -> None:
    """Raise InvalidFilter where a member does not fit the dimension's keys."""
    if asked.match is not Match.SEARCH:
        for member in asked.members:
            if member is not None or asked.match is not Match.RANGE:
                key_of(dimension, member)


def every_member(dimension: Dimension, graph: JoinGraph, source: Source) -> Statement:
    """Every member's key and label, in the order of the keys."""
    if dimension.names:
        fixed = sa.values(
            sa.column("key", sa.Integer if dimension.unit is Unit.INTEGER else sa.Text), sa.column("label", sa.Text),
            name="named",
        ).data(list(dimension.names))  # fmt: skip
        return sa.select(fixed.c.key, fixed.c.label).order_by(fixed.c.key)
    tables, alias = _naming_tables(dimension, graph, source)
    names = _names(dimension, alias)
    label = names[-1] if dimension.display is not None else sa.cast(names[0], sa.Text)
    stmt = sa.select(names[0].label("key"), label.label("label")).select_from(tables)
    return stmt.distinct().order_by("key")


def key_of(dimension: Dimension, member: Any) -> Any:
    """The key as it is, if its type fits the dimension; raises InvalidFilter."""
    if dimension.unit is Unit.TEXT:
        if isinstance(member, str):
            return member
        raise InvalidFilter(f"members of {dimension.name!r} are text; got {member!r}")
    if isinstance(member, bool) or not isinstance(member, int):
        raise InvalidFilter(f"members of {dimension.name!r} are whole numbers; got {member!r}")
    if abs(member) >= 2**63:
        raise InvalidFilter(f"members of {dimension.name!r} have at most 18 digits; got {member}")
    return member


def key_literal(dimension: Dimension, member: Any) -> sa.ColumnElement[Any]:
    """The key as the statement holds it; a number too large for the column is just none of its values."""
    return sa.literal(key_of(dimension, member), sa.Text if dimension.unit is Unit.TEXT else sa.BigInteger)


def _texts(
    dimension: Dimension, key: sa.ColumnElement[Any], label: sa.ColumnElement[Any] | None
) -> list[sa.ColumnElement[Any]]:
    texts: list[sa.ColumnElement[Any]] = [sa.cast(key, sa.Text)]
    if label is not None:
        texts.append(label)
    return [*texts, _worded(dimension, key)] if dimension.names else texts


def _contains(text: sa.ColumnElement[Any], part: str) -> sa.ColumnElement[bool]:
    return text.icontains(part, autoescape=True)


def _worded(dimension: Dimension, key: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.case(dict(dimension.names), value=key)


def _names(dimension: Dimension, alias: Source) -> list[sa.ColumnElement[Any]]:
    names: list[sa.ColumnElement[Any]] = [over(dimension.key, alias).label(dimension.name)]
    if dimension.display is not None:
        names.append(over(dimension.display, alias).label(f"{dimension.name}_label"))
    return names


def named_members(dimension: Dimension, graph: JoinGraph, source: Source) -> Statement:
    """Every member as facts have it, with its key and its label: `member`, `key` and `label`."""
    tables, alias = _naming_tables(dimension, graph, source)
    key = over(dimension.key, alias)
    label = key if dimension.display is None else over(dimension.display, alias)
    member = over(dimension.grouped_by, alias)
    return sa.select(member.label("member"), key.label("key"), sa.cast(label, sa.Text).label("label")).select_from(
        tables
    )


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
