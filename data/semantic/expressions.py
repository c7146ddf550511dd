"""Small surgery on SQL expressions: which tables one reads, and the same expression over other sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.sql import visitors

Expression = sa.SQLColumnExpression[Any]
Statement = sa.Select[*tuple[Any, ...]]
# Gives the rows of a table: the table itself now, as of a revision, or with a draft laid over it.
Source = Callable[[sa.Table], sa.FromClause]


def plain(expression: Expression) -> sa.ColumnElement[Any]:
    """The expression with mapped attributes replaced by the plain columns of their tables."""
    clause = expression.__clause_element__() if hasattr(expression, "__clause_element__") else expression
    return over(clause, _table_in_metadata)


def over(expression: Expression, source: Source) -> sa.ColumnElement[Any]:
    """The expression with every table, inside subqueries too, replaced by its source."""

    def replace(element: Any, **_: Any) -> Any:
        if isinstance(element, sa.Column) and isinstance(element.table, sa.Table):
            return _unless_same(element, source(_table_in_metadata(element.table)).c[element.name])
        if isinstance(element, sa.Table):
            return _unless_same(element, source(_table_in_metadata(element)))
        return None

    return cast(
        "sa.ColumnElement[Any]", visitors.replacement_traverse(cast("sa.ClauseElement", expression), {}, replace)
    )


def type_of(expression: Expression) -> Any:
    """The SQL type of the expression's values."""
    return cast("sa.ColumnElement[Any]", expression).type


def tables_of(expression: Expression) -> set[sa.Table]:
    """The tables whose columns the expression reads outside of subqueries."""
    found: set[sa.Table] = set()
    stack: list[Any] = [expression]
    while stack:
        element = stack.pop()
        if isinstance(element, sa.SelectBase):
            continue
        if isinstance(element, sa.Column) and isinstance(element.table, sa.Table):
            found.add(element.table)
        stack.extend(element.get_children())
    return found


def columns_of(expression: Expression) -> Iterator[sa.Column[Any]]:
    """The columns of tables that the expression reads, those inside subqueries included."""
    for element in visitors.iterate(expression):  # type: ignore[arg-type]  # a column expression is a clause
        if isinstance(element, sa.Column) and isinstance(element.table, sa.Table):
            yield _table_in_metadata(element.table).columns[element.name]


def all_tables_of(expression: sa.ClauseElement) -> set[sa.Table]:
    """The tables that the expression or statement reads, those inside subqueries included.

    Each part is looked at once: what is read in several places, as a shared subquery is, hangs there as often.
    """
    found: set[sa.Table] = set()
    seen: set[int] = set()
    stack: list[Any] = [expression]
    while stack:
        element = stack.pop()
        if id(element) in seen:
            continue
        seen.add(id(element))
        if isinstance(element, sa.Table):
            found.add(element)
        elif not isinstance(element, sa.Column):  # the table of a column that is read is among what is read from
            stack.extend(element.get_children())
    return found


def _table_in_metadata(table: sa.Table) -> sa.Table:
    return table.metadata.tables[table.key]


def _unless_same(element: Any, replacement: Any) -> Any:
    return None if element is replacement else replacement


def is_one_of(columns: Iterable[sa.ColumnElement[Any]], keys: list[Any]) -> sa.ColumnElement[bool]:
    """Whether the columns have one of these keys; one array a column, so that any number is the same statement."""
    columns = list(columns)
    arrays = [sa.literal([key[at] for key in keys], sa.ARRAY(column.type)) for at, column in enumerate(columns)]
    if len(columns) == 1:
        return columns[0] == sa.func.any(arrays[0])
    wanted = sa.func.unnest(*arrays).table_valued(*(f"k{at}" for at in range(len(columns)))).render_derived("wanted")
    return sa.tuple_(*columns).in_(sa.select(*(wanted.c[f"k{at}"] for at in range(len(columns)))))
