"""Whether the server, the schema and the facts are as they should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlalchemy as sa

from data.administration import administrator_sql, missing_rights
from data.doctor.findings import Finding, Head, chain_head
from data.migrating import MINIMUM_SERVER, current_version, head_version


def examine(engine: sa.Engine, *, kept: Head | None = None) -> Iterator[Finding]:
    """Run every check in turn, the cheap ones first; stops after the schema where that is not there.

    With a head that was `kept`, also whether the chain still holds it.
    """
    with engine.connect() as conn:
        yield _server(conn)
        yield _rights(conn)
        version = current_version(engine)
        yield Finding(
            "migrations",
            version == head_version(),
            f"at {version or 'nothing'}, this code is at {head_version()}"
            + ("" if version == head_version() else "; run `daybook migrate`"),
        )
        if version is None:
            return
        for check in CHECKS:
            yield check(conn)
        if kept is not None:
            yield _kept_head(conn, kept)


def _server(conn: sa.Connection) -> Finding:
    version = conn.dialect.server_version_info or (0,)
    shown = conn.scalar(sa.text("show server_version"))
    return Finding("server", int(version[0]) >= MINIMUM_SERVER, f"PostgreSQL {shown}, {MINIMUM_SERVER} or later needed")


def _rights(conn: sa.Connection) -> Finding:
    lacking = missing_rights(conn)
    if not lacking:
        return Finding("rights", True, "the login may migrate")
    return Finding("rights", False, "; ".join(lacking) + f"; a superuser runs:\n{administrator_sql(conn)}")


def _chain(conn: sa.Connection) -> Finding:
    broken = conn.execute(sa.text("select revision, rule from history.broken_revisions()")).all()
    if broken:
        return Finding("revisions", False, "; ".join(f"revision {row.revision}: {row.rule}" for row in broken[:5]))
    head = chain_head(conn)
    detail = f"{head.revision:,} in an unbroken chain; its head, to keep elsewhere: {head}"
    return Finding("revisions", True, detail)


def _kept_head(conn: sa.Connection, kept: Head) -> Finding:
    stmt = sa.text("select hash from history.revisions where revision = :revision")
    found = conn.scalar(stmt, {"revision": kept.revision})
    if found is None:
        return Finding("kept head", False, f"revision {kept.revision} is not there any more")
    if bytes(found) != kept.hash:
        wrong = f"revision {kept.revision} or one before it was rewritten: its hash is {found.hex()}"
        return Finding("kept head", False, wrong)
    return Finding("kept head", True, f"everything up to revision {kept.revision} is as it was when the head was kept")


def _digests(conn: sa.Connection) -> Finding:
    stmt = sa.text(
        "select t.revision, t.table_name from history.revision_tables t "
        "where t.table_name not in (select table_name from history.fact_tables) "
        "and t.digest is distinct from (history.table_changes(t.table_name, t.revision)).digest order by 1, 2"
    )
    wrong = [f"{row.table_name} at revision {row.revision}" for row in conn.execute(stmt)]
    detail = "every version is as its revision sealed it"
    return Finding(
        "row history", not wrong, f"changed outside the history: {', '.join(wrong[:5])}" if wrong else detail
    )


# Facts are read once for all loads, as no index leads from a load to its rows.
_SUMS = """
    with found as (
        select load_id, count(*) as n, sum(hash_record_extended(s, 0)) as checksum
        from (select {columns} from public.{name} union all select {columns} from history.{name}) s group by load_id
    )
    select load_id, l.source, found.n
    from found full join (select * from loads where table_name = :name) l using (load_id)
    where l.source is null or coalesce(found.n, 0) <> l.rows_added or coalesce(found.checksum, 0) <> l.checksum
    order by 1
"""
_FACT_TABLES = """
    select f.table_name, array_agg(a.attname::text order by a.attnum) as columns
    from history.fact_tables f
    join pg_attribute a on a.attrelid = format('public.%I', f.table_name)::regclass
    where a.attnum > 0 and not a.attisdropped
    group by 1 order by 1
"""
_UNKNOWN = """
    select (select count(distinct product_id) from sales_lines s where not exists (
                select from products p where p.product_id = s.product_id)),
           (select count(distinct store_id) from sales_lines s where not exists (
                select from stores p where p.store_id = s.store_id)),
           (select count(distinct household_id) from sales_lines s where not exists (
                select from households p where p.household_id = s.household_id))
"""
_DATES = """
    select count(*) from sales_lines
    where sold_on <> (sold_at at time zone (select time_zone from business_settings))::date
"""


def _load_sums(conn: sa.Connection) -> Finding:
    quote = conn.dialect.identifier_preparer.quote
    wrong: list[str] = []
    for name, columns in conn.execute(sa.text(_FACT_TABLES)).all():
        stmt = _SUMS.format(name=quote(name), columns=", ".join(map(quote, columns)))
        for row in conn.execute(sa.text(stmt), {"name": name}):
            of_no_load = f"lines of no load: {row.n or 0:,} in {name}"
            wrong.append(of_no_load if row.source is None else f"load {row.load_id} ({row.source})")
    detail = "every line is as it was loaded"
    return Finding("facts", not wrong, f"not as loaded: {', '.join(wrong[:5])}" if wrong else detail)


def _members(conn: sa.Connection) -> Finding:
    counts = conn.execute(sa.text(_UNKNOWN)).one()
    named = [f"{n:,} {kind}" for n, kind in zip(counts, ("products", "stores", "households"), strict=True) if n]
    detail = "every line names a known product, store and household"
    return Finding("members", not named, f"facts name unknown members: {', '.join(named)}" if named else detail)


def _business_dates(conn: sa.Connection) -> Finding:
    wrong = conn.scalar(sa.text(_DATES)) or 0
    detail = "every business date follows from its instant"
    return Finding("dates", wrong == 0, f"{wrong:,} lines have another business date" if wrong else detail)


CHECKS: tuple[Callable[[sa.Connection], Finding], ...] = (
    _chain,
    _digests,
    _load_sums,
    _members,
    _business_dates,
)
