"""What is in each table, in a number: equal content gives equal digests, on any server and in any order of rows."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from data.loading.progress import Progress

_TABLES = sa.text("""
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1, 2
""")
# A row is hashed as text, which is the same on every version; these decide how values are written.
_AS_TEXT = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "row_security": "off",  # an error, rather than a part of the rows
}


@dataclass(frozen=True)
class TableDigest:
    """The rows of a table: how many, and the sum of their hashes."""

    rows: int
    digest: str


def table_digests(conn: sa.Connection, *, progress: Progress, total: int | None, phase: str) -> dict[str, TableDigest]:
    """The digest of every table of the database, partitions one by one, by schema and name."""
    conn.execute(sa.select(*(sa.func.set_config(name, value, True) for name, value in _AS_TEXT.items())))
    found: dict[str, TableDigest] = {}
    rows = 0
    for schema, name in conn.execute(_TABLES).all():
        progress(rows, total, phase)
        digest = conn.execute(_digest_stmt(schema, name)).one()
        found[f"{schema}.{name}"] = TableDigest(int(digest.rows), str(digest.digest))
        rows += int(digest.rows)
    progress(rows, rows if total is None else total, phase)
    return found


def _digest_stmt(schema: str, name: str) -> sa.Select[int, str]:
    table = sa.table(name, schema=schema).alias("daybook_row")
    text = sa.cast(sa.literal_column("daybook_row"), sa.Text)
    total = sa.func.coalesce(sa.func.sum(sa.func.hashtextextended(text, 0)), 0)
    return sa.select(sa.func.count().label("rows"), sa.cast(total, sa.Text).label("digest")).select_from(table)
