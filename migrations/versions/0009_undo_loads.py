"""Undoing a load: its lines go, the lines that it replaced come back, and `loads` says which load was undone.

`end_load` moves the lines of a load to the history, also those that were replaced and brought back in between.
`revert_load` brings back what the load had replaced, under the number of the load that undoes it, and records that.
Goes before the code; only adds functions, so locks nothing.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PINNED = "set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD'"

# A line that was replaced and brought back is a new row, of the load that undid the replacement. So the lines of a
# load ($1, with business dates from $2 to $3) are found by following each of them from one to the next.
FOLLOWED = f"""
create function history.followed_lines(named text) returns text language plpgsql stable security definer {PINNED} as $$
declare
    keys text := (select string_agg(format('%I', k), ', ')
                  from unnest(history.primary_key_columns(format('public.%I', named)::regclass)) k);
    dated text;
begin
    select f.date_column into strict dated from history.fact_tables f where f.table_name = named;
    return format($q$
        with recursive version as not materialized (
            select %2$s, load_id, null::bigint as ended_by_load from public.%1$I where %3$I between $2 and $3
            union all
            select %2$s, load_id, ended_by_load from history.%1$I where %3$I between $2 and $3
        ), line as (
            select %2$s, load_id, ended_by_load from version where load_id = $1
            union all
            select %2$s, again.load_id, again.ended_by_load
            from (select line.*, u.load_id as undone_by from line join public.loads u on u.reverts_load = line.ended_by_load) old
            join version again using (%2$s) where again.load_id = old.undone_by
        ) $q$, named, keys, dated);
end $$
"""

LATER_LOADS = f"""
create function history.later_loads(reverted bigint) returns table (load_id bigint, lines bigint)
language plpgsql stable security definer {PINNED} as $$
declare old record;
begin
    select * into strict old from public.loads l where l.load_id = reverted;
    return query execute history.followed_lines(old.table_name) || $q$
        select line.ended_by_load, count(*) from line
        where line.ended_by_load is not null
          and not exists (select from public.loads u where u.reverts_load = line.ended_by_load)
        group by 1 order by 1 $q$
    using reverted, old.first_on, old.last_on;
end $$
"""

END_LOAD = f"""
create function history.end_load(number bigint, reverted bigint) returns bigint
language plpgsql security definer {PINNED} as $$
declare
    old record;
    same text;
    removed bigint;
begin
    select * into strict old from public.loads l where l.load_id = reverted;
    select string_agg(format('t.%1$I = line.%1$I', k), ' and ') into same
    from unnest(history.primary_key_columns(format('public.%I', old.table_name)::regclass)) k;
    execute history.followed_lines(old.table_name) || format($q$
        , gone as (
            delete from public.%1$I t using line
            where line.ended_by_load is null and t.load_id = line.load_id and %2$s returning t.*
        ) insert into history.%1$I select $4, gone.* from gone $q$, old.table_name, same)
    using reverted, old.first_on, old.last_on, number;
    get diagnostics removed = row_count;
    if removed <> old.rows_added then
        raise exception 'load % added % lines, of which % are left; undo what replaced the others first',
            reverted, old.rows_added, removed using errcode = 'DB012';
    end if;
    update history.pending_loads p set rows_removed = p.rows_removed + removed
    where p.load_id = number and p.table_name = old.table_name and p.opened_by = history.this_transaction();
    if not found then
        raise exception 'load % is not open in this transaction', number using errcode = 'DB009';
    end if;
    return removed;
end $$
"""

BRING_BACK = f"""
create function history.bring_back(number bigint, reverted bigint, named text, dated text,
    out added bigint, out first_on date, out last_on date, out total numeric)
language plpgsql security definer {PINNED} as $$
declare
    names text;
    filled text;
begin
    select string_agg(format('%I', a.attname), ', ' order by a.attnum),
           string_agg(case a.attname when 'load_id' then '$1' else format('%I', a.attname) end, ', ' order by a.attnum)
    into names, filled
    from pg_attribute a
    where a.attrelid = format('public.%I', named)::regclass and a.attnum > 0 and not a.attisdropped;
    execute format($q$
        with back as (
            insert into public.%1$I (%2$s) select %3$s from history.%1$I where ended_by_load = $2 returning *
        )
        select count(*), min(%4$I), max(%4$I), coalesce(sum(hash_record_extended(back, 0)), 0) from back
        $q$, named, names, filled, dated)
    into added, first_on, last_on, total using number, reverted;
end $$
"""

# An undo has no file: its source is empty, and its digest that of no content. What undoes an undo stands for the file
# again, so it takes over source, digest and period, and the file is not loaded a second time.
REVERT_LOAD = f"""
create function history.revert_load(number bigint, reverted bigint, rows_written bigint) returns bigint
language plpgsql security definer {PINNED} as $$
declare
    pending record;
    old record;
    stands_for record;
    dated text;
    back record;
    written bigint;
begin
    delete from history.pending_loads p where p.load_id = number and p.opened_by = history.this_transaction()
    returning * into pending;
    if not found then
        raise exception 'load % is not open in this transaction', number using errcode = 'DB009';
    end if;
    perform history.next_revision();
    select * into old from public.loads l where l.load_id = reverted and l.table_name = pending.table_name;
    if not found then
        raise exception 'load % is no load of %', reverted, pending.table_name using errcode = 'DB012';
    end if;
    if exists (select from public.loads u where u.reverts_load = reverted) then
        raise exception 'load % is undone already', reverted using errcode = 'DB011';
    end if;
    select * into stands_for from public.loads l where l.load_id = old.reverts_load;
    select rows_written as added, null::date as first_on, null::date as last_on, 0::numeric as total into back;
    select f.date_column into dated from history.fact_tables f where f.table_name = pending.table_name;
    if found then
        if pending.rows_removed <> old.rows_added then
            raise exception 'end_load comes before revert_load' using errcode = 'DB012';
        end if;
        back := history.bring_back(number, reverted, pending.table_name, dated);
    end if;
    insert into public.loads (load_id, table_name, source, content_sha256, started_at, rows_added, rows_removed,
                              first_on, last_on, replaced_from, replaced_until, checksum, reverts_load)
    values (number, pending.table_name, coalesce(stands_for.source, ''),
            coalesce(stands_for.content_sha256, sha256(convert_to('undo of load ' || reverted, 'UTF8'))),
            clock_timestamp(), back.added, pending.rows_removed, back.first_on, back.last_on,
            stands_for.replaced_from, stands_for.replaced_until, back.total, reverted)
    returning revision into written;
    if dated is not null then
        insert into history.revision_tables (revision, table_name, rows_added, rows_removed, digest)
        values (written, pending.table_name, back.added, pending.rows_removed,
                sha256(convert_to(back.total::text, 'UTF8')));
    end if;
    return written;
end $$
"""

OFFERED = ("later_loads(bigint)", "end_load(bigint, bigint)", "revert_load(bigint, bigint, bigint)")
INNER = ("bring_back(bigint, bigint, text, text)", "followed_lines(text)")


def upgrade() -> None:
    conn = op.get_bind()
    quote = conn.dialect.identifier_preparer.quote
    keeper = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'"))
    writer = quote(f"{keeper.removesuffix('_keeper')}_writer")
    op.execute(f"set local role {quote(keeper)}")
    for part in (FOLLOWED, LATER_LOADS, END_LOAD, BRING_BACK, REVERT_LOAD):
        op.execute(sa.text(part.replace(":", "\\:")))
    for name in OFFERED:
        op.execute(f"grant execute on function history.{name} to {writer}")
    op.execute("reset role")


def downgrade() -> None:
    for name in (*reversed(OFFERED), *INNER):
        op.execute(f"drop function history.{name}")
