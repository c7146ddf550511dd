"""Statements of questions as text, written once for all dates that mean the same for them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.compile import Compiled, compile_query
from data.semantic.expressions import Statement
from data.semantic.question import Query
from data.semantic.registry import Catalog
from data.semantic.sides import days_of, shape_of, sides_of
from data.semantic.sources import rows_at
from data.semantic.types import ColumnSpec
from data.written import Written, written

_MOST_WRITTEN = 1024  # a few kilobytes each


@dataclass(frozen=True, eq=False)
class Prepared:
    """The statement of a question, with what `Compiled` says of it."""

    written: Written
    columns: tuple[ColumnSpec, ...]
    tables: tuple[str, ...]
    rollups: tuple[str, ...]


@dataclass(frozen=True)
class _Shaped:
    """A question, told from others by all but its dates: by these only as far as they shape its statement."""

    rest: Hashable
    shape: Hashable
    query: Query = field(compare=False)


def prepared(
    query: Query, *, scope: Scope, revision: int | None = None, unchanged: frozenset[str] = frozenset()
) -> Prepared:
    """The statement that answers `query` now or as of `revision`, from the coarsest tables; ready in an instant.

    To write one takes longer than most answers, and people ask for the same of other dates. Tables `unchanged` since
    the revision are read as they stand. Raises what `compile_query` raises.
    """
    sides = sides_of(query)
    compare = None if query.compare is None else query.compare.to
    rest = (query.metrics, query.dimensions, query.grain, query.filters, query.order_by, query.limit, compare,
            query.top, query.totals)  # fmt: skip
    same = _prepared(_Shaped(rest, shape_of(sides), query), catalog(), scope, revision, unchanged)
    held = same.written.values
    own = {name: day for name, day in days_of(sides).items() if name in held}
    return replace(same, written=replace(same.written, values={**held, **own}))


def statement_of(query: Query, *, scope: Scope, revision: int | None) -> Statement:
    """The statement of `prepared`, for whoever wants to see it."""
    return _compiled(query, catalog(), scope, revision).statement


def _compiled(
    query: Query, declared: Catalog, scope: Scope, revision: int | None, unchanged: frozenset[str] = frozenset()
) -> Compiled:
    return compile_query(query, catalog=declared, source=rows_at(revision, unchanged), scope=scope, by_rollups=True)


@lru_cache(maxsize=_MOST_WRITTEN)
def _prepared(
    asked: _Shaped, declared: Catalog, scope: Scope, revision: int | None, unchanged: frozenset[str]
) -> Prepared:
    found = _compiled(asked.query, declared, scope, revision, unchanged)
    return Prepared(written(found.statement), found.columns, found.tables, found.rollups)
