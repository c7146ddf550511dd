"""Rules that no line breaks by itself: a basket has one store, household and date, and a line is loaded once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from data.loading.facts import Period
from data.loading.places import Places
from data.loading.staging import Staging
from data.models import SalesLine

_PLACES = {"store_id": "store", "household_id": "household", "sold_on": "sold_at"}
MOST_OCCURRENCES = 2**15 - 1
_KEYS = ("basket_id", "product_id", "occurrence")
_lines = SalesLine.__table__.c


@dataclass(frozen=True)
class Part:
    """A partition of the facts, and the basket numbers between which its lines lie."""

    table: sa.TableClause
    first_basket: int
    last_basket: int


def parts_with_lines(conn: sa.Connection) -> list[Part]:
    """The partitions that hold lines, with their range of baskets, which the index knows."""
    stmt = sa.text("select inhrelid::regclass::text from pg_inherits where inhparent = 'public.sales_lines'::regclass")
    found = []
    for name in conn.scalars(stmt):
        table = _partition(name.removeprefix("facts."))
        first, last = conn.execute(sa.select(sa.func.min(table.c.basket_id), sa.func.max(table.c.basket_id))).one()
        if first is not None:
            found.append(Part(table, first, last))
    return found


def breaks_baskets(conn: sa.Connection, load: int, names: Iterable[str], before: Sequence[Part], seen: Places) -> bool:
    """Whether a basket of this load, now in the partitions `names`, lies in two places, or lay elsewhere before.

    `seen` knows most of it already; only where it is full is the whole load grouped here.
    """
    if seen.apart:
        return True
    baskets = _baskets_of(load, [_partition(name) for name in names])
    if seen.full:
        ends = (sa.func.min(baskets.c.basket_id), sa.func.max(baskets.c.basket_id))
        apart, first, last = conn.execute(sa.select(sa.func.bool_or(baskets.c.apart), *ends)).one()
        if apart:
            return True
    else:
        first, last = seen.first_and_last
    near = (part for part in before if part.first_basket <= last and first <= part.last_basket)
    # Numbers that begin with the store's reach from end to end of every month, and are elsewhere between all the same.
    near = (part for part in near if conn.execute(_between_stmt(load, part, first, last)).first() is not None)
    return any(conn.execute(_moved_stmt(load, baskets, part)).first() is not None for part in near)


def reject_scattered(staging: Staging) -> None:
    """Reject lines that put a basket elsewhere than its first line in the file does."""
    rows = staging.rows
    first = sa.select(rows).ext(distinct_on(rows.c.basket_id)).order_by(rows.c.basket_id, rows.c.row).subquery("first")
    joined = rows.join(first, first.c.basket_id == rows.c.basket_id)
    for column, header in _PLACES.items():
        rule = "must be the same in all lines of basket %s; row %s has %s"
        told = sa.func.format(rule, rows.c.basket_id, first.c.row, first.c[column])
        stmt = sa.select(rows.c.row, _text(header), told, sa.cast(rows.c[column], sa.Text)).select_from(joined)
        staging.reject(stmt.where(rows.c[column] != first.c[column]))


def reject_loaded(staging: Staging, period: Period | None) -> None:
    """Reject lines that are loaded already, or whose basket lies elsewhere already; what is replaced does not count."""
    rows = staging.rows
    kept = sa.true() if period is None else sa.or_(_lines.sold_on < period.start, _lines.sold_on >= period.end)
    named = sa.select(rows.c.basket_id).distinct().subquery("named")
    known = (
        sa.select(*(_lines[name] for name in (*_KEYS, *_PLACES, "load_id")))
        .join(named, named.c.basket_id == _lines.basket_id).where(kept).cte("known").prefix_with("materialized")
    )  # fmt: skip
    place = sa.select(known).ext(distinct_on(known.c.basket_id)).subquery("place")
    for column, header in _PLACES.items():
        rule = "must be the same in all lines of basket %s; load %s has %s"
        told = sa.func.format(rule, rows.c.basket_id, place.c.load_id, place.c[column])
        stmt = sa.select(rows.c.row, _text(header), told, sa.cast(rows.c[column], sa.Text))
        staging.reject(stmt.join(place, place.c.basket_id == rows.c.basket_id).where(rows.c[column] != place.c[column]))
    staging.reject(_again_stmt(staging, known))


def reject_crowded(staging: Staging) -> None:
    """Reject lines of a product that its basket names more often than can be numbered."""
    numbered = numbered_rows(staging.rows).subquery("numbered")
    rule = _text(f"is named more than {MOST_OCCURRENCES:,} times in its basket")
    stmt = sa.select(numbered.c.row, _text("product"), rule, sa.cast(numbered.c.product_id, sa.Text))
    staging.reject(stmt.where(numbered.c.occurrence > MOST_OCCURRENCES))


def _again_stmt(staging: Staging, known: Any) -> Any:
    numbered = numbered_rows(staging.rows).subquery("numbered")
    same = sa.and_(*(numbered.c[name] == known.c[name] for name in (*_KEYS, "sold_on")))
    rule = "and its basket %s are loaded already, by load %s; --replace-period restates a period"
    told = sa.func.format(rule, numbered.c.basket_id, known.c.load_id)
    value = sa.cast(numbered.c.product_id, sa.Text)
    return sa.select(numbered.c.row, _text("product"), told, value).join(known, same)


def numbered_rows(rows: sa.Table) -> sa.Select[Any]:
    """The staged rows with their occurrence."""
    window = sa.func.row_number().over(partition_by=(rows.c.basket_id, rows.c.product_id), order_by=rows.c.row)
    return sa.select(rows, window.label("occurrence"))


def _baskets_of(load: int, tables: Sequence[sa.TableClause]) -> sa.Subquery:
    """Each basket of the load: its place, and whether its lines lie apart. Grouped by month first, which is faster."""
    each = []
    for table in tables:
        lines = table.c
        apart = sa.or_(*(sa.func.min(lines[name]) != sa.func.max(lines[name]) for name in _PLACES))
        places = [sa.func.min(lines[name]).label(name) for name in _PLACES]
        month = sa.select(lines.basket_id, *places, apart.label("apart")).where(lines.load_id == load)
        each.append(month.group_by(lines.basket_id))
    if len(each) == 1:
        return each[0].subquery("baskets")
    months = sa.union_all(*each).subquery().c
    places = [sa.func.min(months[name]).label(name) for name in _PLACES]
    apart = sa.or_(sa.func.bool_or(months.apart), sa.func.count() > 1)
    return sa.select(months.basket_id, *places, apart.label("apart")).group_by(months.basket_id).subquery("baskets")


def _between_stmt(load: int, part: Part, first: int, last: int) -> sa.Select[Any]:
    """A line of another load with a basket number from `first` to `last`."""
    old = part.table.c
    return sa.select(old.basket_id).where(old.basket_id.between(first, last), old.load_id != load).limit(1)


def _moved_stmt(load: int, baskets: sa.Subquery, part: Part) -> sa.Select[Any]:
    old = part.table.c
    elsewhere = sa.or_(*(old[name] != baskets.c[name] for name in _PLACES))
    joined = part.table.join(baskets, baskets.c.basket_id == old.basket_id)
    return sa.select(old.basket_id).select_from(joined).where(old.load_id != load, elsewhere).limit(1)


def _partition(name: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column.name, column.type) for column in _lines), schema="facts")


def _text(value: str) -> sa.ColumnElement[str]:
    return sa.cast(value, sa.Text)
