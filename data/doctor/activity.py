"""What the server is at: statements that run long, those that wait for another, and its archive.

No text of a statement is shown: it may hold people's data.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from data.doctor.findings import Finding, notice, well

LONG_S = 60
_MOST = 5
_LONG = sa.text("""
    select * from (
        select pid, usename, coalesce(nullif(application_name, ''), 'no name') as name, state,
               extract(epoch from clock_timestamp() - case state when 'active' then query_start else state_change end)
                   as age_s
        from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
          and state in ('active', 'idle in transaction', 'idle in transaction (aborted)')
    ) s where age_s >= :least_s order by age_s desc
""")
_BLOCKED = sa.text("""
    select pid, usename, pg_blocking_pids(pid) as by,
           extract(epoch from clock_timestamp() - query_start) as age_s
    from pg_stat_activity
    where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0
    order by age_s desc
""")
_ARCHIVER = sa.text("""
    select current_setting('archive_mode') <> 'off' as is_on, last_archived_wal, last_archived_time, last_failed_wal,
           last_failed_time, last_failed_time > coalesce(last_archived_time, '-infinity') as fails
    from pg_stat_archiver
""")


def long_running(conn: sa.Connection, *, least_s: int = LONG_S) -> Iterator[Finding]:
    """Statements, and transactions left open, that are older than `least_s` seconds, the oldest first."""
    found = conn.execute(_LONG, {"least_s": least_s}).all()
    for row in found[:_MOST]:
        what = "a statement has run" if row.state == "active" else "a transaction has been left open"
        yield notice(
            "activity",
            f"{what} for {row.age_s:,.0f} seconds: process {row.pid}, of {row.usename} ({row.name})."
            f" `select pg_cancel_backend({row.pid})` ends a statement, `pg_terminate_backend` the connection",
        )
    if not found:
        yield well("activity", f"nothing that this login may see has run for {least_s} seconds")


def blocked(conn: sa.Connection) -> Iterator[Finding]:
    """Statements that wait for a lock, and the processes that hold it."""
    for row in conn.execute(_BLOCKED).all()[:_MOST]:
        waits = f"process {row.pid}, of {row.usename}, has waited for {row.age_s or 0:,.0f} seconds"
        yield notice("locks", f"{waits} for process {', '.join(map(str, row.by))}")


def archive(conn: sa.Connection) -> Finding:
    """Whether the archive of the write-ahead log takes what it is given."""
    row = conn.execute(_ARCHIVER).one()
    if not row.is_on:
        return well("archive", "off: only backups can be restored, and no moment between them (docs/operations.md)")
    if row.fails:
        return notice(
            "archive",
            f"it refused {row.last_failed_wal} at {row.last_failed_time:%Y-%m-%d %H:%M:%S} UTC, and has taken nothing"
            " since; the server keeps its log meanwhile, and its own log says why",
        )
    if row.last_archived_wal is None:
        return well("archive", "on; nothing was archived yet")
    return well("archive", f"on; it took {row.last_archived_wal} at {row.last_archived_time:%Y-%m-%d %H:%M:%S} UTC")
