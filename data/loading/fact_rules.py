"""Rules that a fact does not break by itself: it is named once in the file, and was not loaded before."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.loading.fact_tables import Facts
from data.loading.facts import Period
from data.loading.staging import Staging


def reject_repeated(staging: Staging, facts: Facts, zone: str) -> None:
    """Reject rows whose key an earlier row of the file has."""
    rows = staging.rows.c
    first = sa.func.min(rows.row).over(partition_by=[rows[name] for name in facts.key])
    numbered = sa.select(rows.row, first.label("first"), _told_key(staging, facts, zone).label("value")).subquery()
    rule = sa.func.format("is named twice; first in row %s", numbered.c.first)
    stmt = sa.select(numbered.c.row, _header(facts), rule, numbered.c.value)
    staging.reject(stmt.where(numbered.c.row != numbered.c.first))


def reject_loaded(staging: Staging, facts: Facts, zone: str, replaced: Period | None) -> None:
    """Reject rows whose key is loaded already; what is to be replaced does not count."""
    rows, known = staging.rows.c, facts.table.c
    same = sa.and_(*(rows[name] == known[name] for name in facts.key))
    rule = sa.func.format("is loaded already, by load %s; --replace-period restates a period", known.load_id)
    stmt = sa.select(rows.row, _header(facts), rule, _told_key(staging, facts, zone)).join(facts.table, same)
    if replaced is not None:
        stmt = stmt.where(sa.or_(known[facts.dated] < replaced.start, known[facts.dated] >= replaced.end))
    staging.reject(stmt)


def _header(facts: Facts) -> sa.ColumnElement[str]:
    return sa.literal(facts.header_of(_given(facts)[-1]), sa.Text)


def _given(facts: Facts) -> list[str]:
    """The columns of the key that say something: a date that follows from an instant in the key does not."""
    implied = facts.dated if facts.instant in facts.key else None
    return [name for name in facts.key if name != implied]


def _told_key(staging: Staging, facts: Facts, zone: str) -> sa.ColumnElement[Any]:
    """The key as the file has it: names instead of numbers, times in the business zone."""
    staged = {parent.column: list(parent.names.values())[-1] for parent in facts.shape.parents}
    columns = [staging.rows.c[staged.get(name, name)] for name in _given(facts)]
    told = [sa.func.timezone(zone, column) if isinstance(column.type, sa.DateTime) else column for column in columns]
    return sa.func.concat_ws(", ", *told)
