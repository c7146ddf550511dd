"""Loads and edits of members read facts with all workers that the server gives, and a load reads its own rows alone.

A statement that inserts, or that reads a temporary table, has no parallel workers. So what a load adds up to goes into
a temporary table first, and which members move is written into the statement. What is derived is added up from that
table. A load is counted by one statement; its lines are read from the months that it wrote, with an estimate by which
stand-ins are hashed, and no longer the lines. Goes before the code; replaces functions, and locks nothing.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

PINNED = "set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD'"

WRITTEN_ROWS = f"""
create function history.written_rows(named text) returns text language sql volatile security definer {PINNED} as $$
    select coalesce(string_agg('select * from ' || part, ' union all '), format('select * from public.%I where false', named))
    from history.written_parts(named) part
$$
"""

# Lines of this transaction have no statistics yet. Stand-ins are said to be fewer still: so these are hashed, and not the
# lines; and a group is not taken to have one line, so that each worker adds up its own.
ADDED_FROM = f"""
create function history.stand_ins_of(named text) returns table (member bigint, stand_in bigint)
language plpgsql stable parallel safe rows 1 {PINNED} as $$
begin
    return query select s.member, s.stand_in from history.stand_ins s where s.table_name = named;
end $$;

create function history.added_from(rollup history.rollups, side text, given text, condition text) returns text
language sql stable {PINNED} as $$
    select format(
        'select %1$s, t.load_id%2$s, %3$s, %7$s%8$s from %4$s t %5$s where %6$s group by %1$s, t.load_id%2$s',
        (select string_agg(history.key_read(rollup, k), ', ' order by at)
         from unnest(rollup.keys) with ordinality as named(k, at)),
        case side when 'history' then ', t.ended_by_load' else '' end,
        (select string_agg(case when c = 'row_count' and rollup.first_by is not null
                                then format('count(*) filter (where t.%I = 1)', rollup.first_by)
                                else format('sum(t.%I)::bigint', c) end, ', ' order by at)
         from unnest(rollup.sums) with ordinality as named(c, at)),
        given,
        case when rollup.stood_for is not null then
            format('left join history.stand_ins_of(%L) s on s.member = t.%I', rollup.table_name, rollup.stood_for)
        else '' end,
        condition,
        case when rollup.derived_from is null then 'count(*)' else 'sum(t.line_count)::bigint' end,
        case when rollup.counts_rows then ', count(*)' else '' end)
$$;

create or replace function history.added_up(rollup history.rollups, side text, condition text) returns text
language sql stable {PINNED} as $$
    select history.added_from(rollup, side, format('%I.%I', side, coalesce(rollup.derived_from, rollup.facts)), condition)
$$
"""

# Rows are laid down in the order of their index, which is how a period is read.
ROLL_UP_LOAD = f"""
create or replace function history.roll_up_load() returns trigger language plpgsql security definer {PINNED}
set work_mem = '128MB' set enable_nestloop = off set enable_sort = off set parallel_tuple_cost = 0.01
set client_min_messages = 'warning' as $$
declare
    lines text := format('(%s)', history.written_rows(new.table_name));
    -- Of a plain comparison the planner would take one line in 200 to fulfil it.
    own text := format('coalesce(t.load_id = %s, false)', new.load_id);
    base history.rollups;
    derived history.rollups;
    dates daterange;
begin
    for base in select * from history.rollups r where r.facts = new.table_name and r.derived_from is null order by 1 loop
        drop table if exists pg_temp.daybook_added;
        execute format('create temporary table daybook_added (%s) on commit drop as ', history.rollup_columns(base, 'public'))
            || history.added_from(base, 'public', lines, own);
        execute format('insert into public.%I (%s) select * from pg_temp.daybook_added order by 1, 2',
                       base.table_name, history.rollup_columns(base, 'public'));
        perform history.roll_up_ended(base, new.load_id, new.rows_removed);
        for derived in select * from history.rollups r where r.derived_from = base.table_name order by 1 loop
            execute format('insert into public.%I (%s) with added as materialized (%s) select * from added order by 1, 2',
                           derived.table_name, history.rollup_columns(derived, 'public'),
                           history.added_from(derived, 'public', 'pg_temp.daybook_added', 'true'));
            perform history.roll_up_ended(derived, new.load_id, new.rows_removed);
        end loop;
        continue when base.repeats is null;
        execute format('select daterange(min(at), max(at), ''[]'') from (values ($2), ($3) union all
                        select %I from history.%I where ended_by_load = $1) t (at)', base.date_column, base.table_name)
        into dates using new.load_id, new.first_on, new.last_on;
        perform history.note_repeats(base, lower(dates), upper(dates) - 1);
    end loop;
    drop table if exists pg_temp.daybook_added;
    return null;
end $$;

create function history.roll_up_ended(rollup history.rollups, number bigint, removed bigint) returns void
language plpgsql {PINNED} as $$
declare ended text;
begin
    if removed = 0 then
        return;
    end if;
    execute format('insert into history.%I (%s) ', rollup.table_name, history.rollup_columns(rollup, 'history'))
        || history.added_up(rollup, 'history', 't.ended_by_load = $1') using number;
    perform set_config('enable_nestloop', 'on', true);  -- what ended is found by its whole key
    ended := format('(select * from history.%I where ended_by_load = %s)',
                    coalesce(rollup.derived_from, rollup.table_name), number);
    if rollup.counts_rows then
        perform history.add_anew(rollup, 'public', ended);
    else
        execute history.merge_rollup(rollup, 'public',
            format('select * from history.%I where ended_by_load = $1', rollup.table_name), '-') using number;
    end if;
    perform set_config('enable_nestloop', 'off', true);
end $$
"""

# What moves is added up once, from the facts; what is derived takes its part of that.
MOVE_MEMBERS = f"""
create or replace function history.move_members(rollup history.rollups, side text) returns void language plpgsql {PINNED}
set work_mem = '128MB' set client_min_messages = 'warning' as $$
declare
    ended text := case side when 'history' then ', t.ended_by_load' else '' end;
    member bigint[];
    was bigint[];
    becomes bigint[];
    target history.rollups;
    dates daterange;
begin
    select array_agg(m.member order by m.member), array_agg(m.was order by m.member), array_agg(m.becomes order by m.member)
    into member, was, becomes from pg_temp.daybook_moved m where m.was <> m.becomes;
    if member is null then
        return;
    end if;
    drop table if exists pg_temp.daybook_delta;
    execute format($q$
        create temporary table daybook_delta on commit drop as
        select m.was, m.becomes, %1$s, t.load_id%2$s, %3$s, count(*) as line_count
        from %4$I.%5$I t join unnest(%7$L::bigint[], %8$L::bigint[], %9$L::bigint[]) m (member, was, becomes)
             on m.member = t.%6$I
        where t.%6$I = any (%7$L::bigint[]) group by m.was, m.becomes, %1$s, t.load_id%2$s $q$,
        (select string_agg(format('t.%I', k), ', ') from unnest(rollup.keys) k where k <> rollup.stood_for), ended,
        (select string_agg(format('sum(t.%1$I)::bigint as %1$I', c), ', ') from unnest(rollup.sums) c),
        side, rollup.facts, rollup.stood_for, member, was, becomes);
    analyze pg_temp.daybook_delta;
    for target in select * from history.rollups r where r.table_name = rollup.table_name or r.derived_from = rollup.table_name
                  order by r.derived_from is not null, r.table_name loop
        continue when not rollup.stood_for = any (target.keys);
        if target.counts_rows then
            perform history.add_anew(target, side, 'pg_temp.daybook_delta');
        else
            execute history.merge_rollup(target, side, history.moved(target, rollup.stood_for, 'was', side), '-');
            execute history.merge_rollup(target, side, history.moved(target, rollup.stood_for, 'becomes', side), '+');
        end if;
    end loop;
    if rollup.repeats is not null then
        execute format('select daterange(min(%1$I), max(%1$I), ''[]'') from pg_temp.daybook_delta', rollup.date_column)
        into dates;
        perform history.note_repeats(rollup, lower(dates), upper(dates) - 1);
    end if;
end $$
"""

RECORD_LOAD = f"""
create or replace function history.record_load(number bigint, source text, content_sha256 bytea, started_at timestamptz,
    replaced_from date, replaced_until date, rows_loaded bigint) returns bigint
language plpgsql security definer {PINNED} as $$
declare
    pending record;
    dated text;
    added bigint := rows_loaded;
    first_on date;
    last_on date;
    total numeric := 0;
    written bigint;
    lines text;
begin
    delete from history.pending_loads p where p.load_id = number and p.opened_by = history.this_transaction()
    returning * into pending;
    if not found then
        raise exception 'load % is not open in this transaction', number using errcode = 'DB009';
    end if;
    select f.date_column into dated from history.fact_tables f where f.table_name = pending.table_name;
    if found then
        select string_agg(format('select load_id, %2$I as at, hash_record_extended(t, 0) as digest from %1$s t', part, dated),
                          ' union all ') into lines from history.written_parts(pending.table_name) part;
        added := 0;
        if lines is not null then
            execute format('select count(*), min(at), max(at), coalesce(sum(digest), 0) from (%s) t where load_id = $1', lines)
            into added, first_on, last_on, total using number;
        end if;
    end if;
    perform history.next_revision();
    if exists (select from public.loads l
               where l.content_sha256 = record_load.content_sha256 and l.table_name = pending.table_name
               and l.replaced_from is not distinct from record_load.replaced_from
               and l.replaced_until is not distinct from record_load.replaced_until
               and not exists (select from public.loads u where u.reverts_load = l.load_id)) then
        raise exception 'this content has been loaded into % before', pending.table_name using errcode = 'DB005';
    end if;
    insert into public.loads (load_id, table_name, source, content_sha256, started_at, rows_added, rows_removed,
                              first_on, last_on, replaced_from, replaced_until, checksum)
    values (number, pending.table_name, record_load.source, record_load.content_sha256, record_load.started_at, added,
            pending.rows_removed, first_on, last_on, record_load.replaced_from, record_load.replaced_until, total)
    returning revision into written;
    if dated is not null then
        insert into history.revision_tables (revision, table_name, rows_added, rows_removed, digest)
        values (written, pending.table_name, added, pending.rows_removed, sha256(convert_to(total::text, 'UTF8')));
    end if;
    return written;
end $$
"""


def upgrade() -> None:
    _as_keeper(WRITTEN_ROWS, ADDED_FROM, ROLL_UP_LOAD, MOVE_MEMBERS, RECORD_LOAD)


def downgrade() -> None:
    before = context.script.get_revision("0020").module
    added_up = context.script.get_revision("0021").module.ADDED_UP
    move = before.MOVE_MEMBERS.split(";\n\ncreate function history.moved")[0]
    record = context.script.get_revision("0004").module.RECORD_LOAD.replace(
        "create function", "create or replace function"
    )
    _as_keeper(before.ROLL_UP_LOAD, added_up, move, record)
    for name in (
        "roll_up_ended(history.rollups, bigint, bigint)",
        "added_from(history.rollups, text, text, text)",
        "stand_ins_of(text)",
        "written_rows(text)",
    ):
        op.execute(f"drop function history.{name}")


def _as_keeper(*statements: str) -> None:
    conn = op.get_bind()
    keeper = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'"))
    op.execute(f"set local role {conn.dialect.identifier_preparer.quote(keeper)}")
    for statement in statements:
        op.execute(sa.text(statement.replace(":", "\\:")))
    op.execute("reset role")
