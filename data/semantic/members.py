"""The members of a dimension: their natural keys and labels, joined to a result, matched by a filter or listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from data.errors import InvalidFilter
from data.semantic.expressions import Expression, Source, Statement, over, tables_of
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
    member = over(dimension.grouped_by, alias).label("member")
    return sa.select(member, *_key_and_label(dimension, alias)).select_from(tables)


def described_members(
    dimension: Dimension,
    graph: JoinGraph,
    source: Source,
    *,
    flags: Sequence[str] = (),
    above: Sequence[Dimension] = (),
) -> Statement:
    """Every member as `named_members` gives it, with flags of its row and where it belongs.

    A flag is false where the member has no row of its own. Each dimension of `above` adds `<name>_key` and
    `<name>_label`.
    """
    read = [found for one in above for found in (one.key, one.display) if found is not None]
    tables, alias = _naming_tables(dimension, graph, source, *read)
    own = alias(next(iter(tables_of(dimension.grouped_by))))
    set_ = [own.c[name] if is_row(dimension) and name in own.c else sa.false() for name in flags]
    columns = [
        over(dimension.grouped_by, alias).label("member"),
        *_key_and_label(dimension, alias),
        *(flag.label(name) for name, flag in zip(flags, set_, strict=True)),
        *(column for one in above for column in _key_and_label(one, alias, f"{one.name}_")),
    ]
    stmt = sa.select(*columns).select_from(tables)
    return stmt if is_row(dimension) else stmt.distinct()


def _key_and_label(dimension: Dimension, alias: Source, start: str = "") -> list[sa.ColumnElement[Any]]:
    key = over(dimension.key, alias)
    label = key if dimension.display is None else over(dimension.display, alias)
    return [key.label(f"{start}key"), sa.cast(label, sa.Text).label(f"{start}label")]


def is_row(dimension: Dimension) -> bool:
    """Whether each member is a row of a reference table: a product is, a brand is only said of products."""
    member = dimension.grouped_by
    return isinstance(member, sa.Column) and list(member.table.primary_key.columns) == [member]


def members_in_scope(dimension: Dimension, graph: JoinGraph, column: Expression, stores: Sequence[int]) -> Statement:
    """The members that belong to one of the stores; for a dimension that `belongs_to` them.

    `column` is the column of the facts that says which store one is of.
    """
    own = next(iter(tables_of(dimension.grouped_by)))
    wanted = list(stores)
    if _name(column) in own.columns:
        return sa.select(dimension.grouped_by).where(own.c[_name(column)].in_(wanted))
    first, *others = graph.path(own)
    rows: sa.FromClause = next(iter(tables_of(first.right)))
    for step in others:
        rows = rows.join(next(iter(tables_of(step.right))), step.left == step.right)
    return sa.select(dimension.grouped_by).select_from(rows).where(first.right.in_(wanted)).distinct()


def belongs_to(dimension: Dimension, graph: JoinGraph, column: Expression | None) -> bool:
    """Whether each member is of certain stores: a store itself, its region, an entrance."""
    own = next(iter(tables_of(dimension.grouped_by)))
    if column is None or own is graph.facts or not graph.reaches(own):
        return False
    return _name(column) in own.columns or graph.path(own)[0].left is column


def _name(column: Expression) -> str:
    return str(column.name) if isinstance(column, sa.Column) else ""


def _naming_tables(
    dimension: Dimension, graph: JoinGraph, source: Source, *also: Expression
) -> tuple[sa.FromClause, Source]:
    """The tables that the member's names are read from, aliased, so that they never meet those joined to the facts.

    With those that `also` is read from, which lie further up.
    """
    own = next(iter(tables_of(dimension.grouped_by)))
    wanted = {own}
    for expression in (dimension.key, dimension.display, *also):
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
