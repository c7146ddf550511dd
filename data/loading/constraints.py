"""The checks that a table declares, held against the staged rows: a broken one is a fault of a row, told like any."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa

from data.loading.staging import Staging

_SPAN = {"start_on", "end_on"}  # judged with the words that people write: first and last day


def checks_of(table: sa.Table) -> list[sa.CheckConstraint]:
    """The checks of the table and of its columns, by name."""
    declared = [*table.constraints, *(item for column in table.columns for item in column.constraints)]
    checks = [item for item in declared if isinstance(item, sa.CheckConstraint)]
    return sorted(checks, key=lambda check: str(check.name))


def reject_unfit(staging: Staging, table: sa.Table, header_of: Callable[[str], str]) -> None:
    """Reject rows that break a check of `table` whose columns are all staged."""
    rows = staging.rows.c
    for check in checks_of(table):
        condition = str(check.sqltext.compile(compile_kwargs={"literal_binds": True, "include_table": False}))
        words = re.findall(r"[a-z_][a-z0-9_]*", re.sub(r"'[^']*'", "", condition))
        named = [word for word in dict.fromkeys(words) if word in table.columns]
        if not named or set(named) == _SPAN or not all(name in rows for name in named):
            continue
        values = [sa.cast(rows[name], sa.Text) for name in named]
        told = sa.literal(f"must fit the rule {_named(table, check)}: {condition}", sa.Text)
        stmt = sa.select(rows.row, sa.literal(header_of(named[-1]), sa.Text), told, sa.func.concat_ws(", ", *values))
        staging.reject(stmt.where(sa.text(f"not ({condition})")))


def _named(table: sa.Table, check: sa.CheckConstraint) -> str:
    return str(check.name).removeprefix(f"ck_{table.name}_")
