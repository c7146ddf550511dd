"""Indexes that nobody uses, and tables that want to be vacuumed or analysed."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from data.doctor.findings import Finding, notice, well

LEAST_INDEX_BYTES = 1_000_000
LEAST_ROWS = 10_000
_MOST = 10
# The indexes of partitions are parts of one: it is unused where none of its parts is used. What keeps rows unique, or
# is part of a constraint, is needed without ever being read.
_UNUSED = sa.text("""
    select coalesce(p.inhparent, s.indexrelid)::regclass::text as name,
           min(s.schemaname || '.' || s.relname) as on_table, sum(pg_relation_size(s.indexrelid))::bigint as bytes
    from pg_stat_user_indexes s
    join pg_index i on i.indexrelid = s.indexrelid
    left join pg_inherits p on p.inhrelid = s.indexrelid
    where not i.indisunique and not i.indisprimary and not i.indisexclusion
      and not exists (select from pg_constraint c where c.conindid = s.indexrelid)
    group by 1
    having sum(s.idx_scan) = 0 and sum(pg_relation_size(s.indexrelid)) >= :least_bytes
    order by bytes desc
""")
_COUNTED_SINCE = sa.text("select stats_reset from pg_stat_database where datname = current_database()")
_WANTING = sa.text("""
    select schemaname || '.' || relname as name, n_live_tup, n_dead_tup, n_mod_since_analyze,
           coalesce(last_analyze, last_autoanalyze) is null as is_new
    from pg_stat_user_tables
    where n_dead_tup >= :least_rows and n_dead_tup > n_live_tup / 4
       or n_mod_since_analyze >= :least_rows and n_mod_since_analyze > n_live_tup / 4
    order by greatest(n_dead_tup, n_mod_since_analyze) desc
""")


def unused_indexes(conn: sa.Connection, *, least_bytes: int = LEAST_INDEX_BYTES) -> Iterator[Finding]:
    """Indexes that no statement has read since the server began to count, the largest first, and since when that is."""
    since = conn.scalar(_COUNTED_SINCE)
    counted = f"since {since:%Y-%m-%d %H:%M} UTC" if since else "since the server began to count"
    found = conn.execute(_UNUSED, {"least_bytes": least_bytes}).all()
    for row in found[:_MOST]:
        yield notice("indexes", f"{row.name} on {row.on_table} ({row.bytes / 1e6:,.1f} MB) was not read {counted}")
    if not found:
        yield well("indexes", f"every one of {least_bytes / 1e6:,.0f} MB or more was read {counted}")


def wanting_tables(conn: sa.Connection, *, least_rows: int = LEAST_ROWS) -> Iterator[Finding]:
    """Tables a quarter of whose rows are dead, or were changed since their statistics were made."""
    found = conn.execute(_WANTING, {"least_rows": least_rows}).all()
    for row in found[:_MOST]:
        told = [f"{row.n_dead_tup:,} dead rows"] if row.n_dead_tup > row.n_live_tup / 4 else []
        if row.n_mod_since_analyze > row.n_live_tup / 4:
            never = ", and never analysed" if row.is_new else ""
            told.append(f"{row.n_mod_since_analyze:,} rows changed since its statistics were made{never}")
        yield notice("tables", f"{row.name}: {'; '.join(told)}. `vacuum (analyze) {row.name}` mends both")
    if not found:
        yield well("tables", "none wants to be vacuumed or analysed")
