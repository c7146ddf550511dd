"""Rollups by week and by month keep one sum, and its past, in place of a sum for each load.

Of a month that is loaded day by day, each load had rows of its own, as many as days have. Now a load that changes a sum
ends the row, which goes to the history, and lays down another: `load_id` is the load since which it is so. A row is read
as of a revision as before. What a restatement ends, or an edit of products moves, changes the sums of the past as well:
these are taken apart into what each load changed, and put together again. Goes before the code; adds up the rollups of
days once, and locks `history.rollups`, which loads read.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

PINNED = "set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD'"

# A change is a row of keys, `at` (the load), and what each sum became more or less by.
CHANGES = rf"""
create function history.listed(names text[], how text) returns text language sql immutable {PINNED} as $$
    select string_agg(format(how, n), ', ' order by at) from unnest(names) with ordinality as named(n, at)
$$;

create function history.summed(rollup history.rollups) returns text[] language sql immutable {PINNED} as $$
    select rollup.sums || array['line_count'] || case when rollup.counts_rows then array['row_count'] else '{{}}' end
$$;

create function history.changes_by(rollup history.rollups, added text, ended text) returns text language sql immutable {PINNED} as $$
    select format('select %1$s, load_id as at, %2$s from (%4$s) a (%6$s) union all
                   select %1$s, load_id, %2$s from (%5$s) h (%7$s) union all
                   select %1$s, ended_by_load, %3$s from (%5$s) h (%7$s)',
        history.listed(rollup.keys, '%1$I'), history.listed(history.summed(rollup), '%1$I'),
        history.listed(history.summed(rollup), '-%1$I as %1$I'), added, ended,
        history.rollup_columns(rollup, 'public'), history.rollup_columns(rollup, 'history'))
$$;

create function history.versions_by(rollup history.rollups, changes text) returns text language sql immutable {PINNED} as $$
    select format(
        'select %1$s, at as load_id, ended_by_load, %2$s from (
             select %1$s, at, lead(at) over (partition by %1$s order by at) as ended_by_load, %3$s
             from (select %1$s, at, %4$s from (%5$s) c group by %1$s, at having (%6$s) <> (%7$s)) d
             window upto as (partition by %1$s order by at rows unbounded preceding)
         ) v where line_count > 0',
        history.listed(rollup.keys, '%1$I'), history.listed(values, '%1$I'),
        history.listed(values, '(sum(%1$I) over upto)::bigint as %1$I'), history.listed(values, 'sum(%1$I) as %1$I'),
        changes, history.listed(values, 'sum(%1$I)'), history.listed(values, '0'))
    from history.summed(rollup) values
$$;

create function history.expected_rows(rollup history.rollups, side text, condition text) returns text
language sql stable {PINNED} as $$
    select case when rollup.grain is null then history.added_up(rollup, side, condition)
        else format('select %s from (%s) v where ended_by_load is %s null', history.rollup_columns(rollup, side),
                    history.versions_by(rollup, history.changes_by(rollup, history.added_up(rollup, 'public', condition),
                                                                   history.added_up(rollup, 'history', condition))),
                    case side when 'history' then 'not' else '' end) end
$$
"""

VERSIONS = f"""
create function history.same_keys(rollup history.rollups, one text, other text) returns text language sql immutable {PINNED} as $$
    select string_agg(format('%1$s.%3$I = %2$s.%3$I', one, other, k), ' and ') from unnest(rollup.keys) k
$$;

create function history.lay_versions(rollup history.rollups, versions text) returns void language plpgsql {PINNED} as $$
begin
    drop table if exists pg_temp.daybook_versions;
    execute 'create temporary table daybook_versions on commit drop as ' || versions;
    execute format('insert into public.%I (%2$s) select %2$s from pg_temp.daybook_versions where ended_by_load is null order by 1, 2',
                   rollup.table_name, history.rollup_columns(rollup, 'public'));
    execute format('insert into history.%I (%2$s) select %2$s from pg_temp.daybook_versions where ended_by_load is not null',
                   rollup.table_name, history.rollup_columns(rollup, 'history'));
    drop table pg_temp.daybook_versions;
end $$;

create function history.dates_in(rollup history.rollups, named text) returns text language plpgsql {PINNED} as $$
declare dates daterange;
begin
    execute format('select daterange(min(%1$I), max(%1$I), ''[]'') from %2$s', rollup.date_column, named) into dates;
    return format('>= %L and r.%I < %L', lower(dates), rollup.date_column, upper(dates));
end $$;

-- What a load adds, and nothing else: the sum so far ends, and goes on in another row.
create function history.version_added(rollup history.rollups, number bigint, given text) returns void
language plpgsql {PINNED} as $$
begin
    drop table if exists pg_temp.daybook_changed;
    execute format('create temporary table daybook_changed (%s) on commit drop as %s',
                   history.rollup_columns(rollup, 'public'), given);
    analyze pg_temp.daybook_changed;
    execute format($q$
        with was as (
            delete from public.%1$I r using pg_temp.daybook_changed d where %2$s and r.%3$I %4$s returning r.*
        ), kept as (
            insert into history.%1$I (%5$s, load_id, ended_by_load, %6$s) select %5$s, load_id, %7$s, %6$s from was
        )
        insert into public.%1$I (%5$s, load_id, %6$s)
        select %8$s, %7$s, %9$s from pg_temp.daybook_changed d left join was on %10$s order by 1, 2 $q$,
        rollup.table_name, history.same_keys(rollup, 'r', 'd'), rollup.date_column,
        history.dates_in(rollup, 'pg_temp.daybook_changed'), history.listed(rollup.keys, '%1$I'),
        history.listed(history.summed(rollup), '%1$I'), number, history.listed(rollup.keys, 'd.%1$I'),
        history.listed(history.summed(rollup), 'd.%1$I + coalesce(was.%1$I, 0)'), history.same_keys(rollup, 'was', 'd'));
    drop table pg_temp.daybook_changed;
end $$;

create function history.change_versions(rollup history.rollups, changes text) returns void language plpgsql {PINNED} as $$
declare
    keys text := history.listed(rollup.keys, '%1$I');
    summed text := history.listed(history.summed(rollup), '%1$I');
    within text;
    side text;
begin
    drop table if exists pg_temp.daybook_changes, pg_temp.daybook_touched;
    execute 'create temporary table daybook_changes on commit drop as ' || changes;
    execute format('create temporary table daybook_touched on commit drop as select distinct %s from pg_temp.daybook_changes', keys);
    analyze pg_temp.daybook_touched;
    within := history.dates_in(rollup, 'pg_temp.daybook_touched');
    foreach side in array array['public', 'history'] loop
        execute format($q$
            with was as (delete from %1$I.%2$I r using pg_temp.daybook_touched d where %3$s and r.%4$I %5$s returning r.*)
            insert into pg_temp.daybook_changes select %6$s, load_id, %7$s from was %8$s $q$,
            side, rollup.table_name, history.same_keys(rollup, 'r', 'd'), rollup.date_column, within, keys, summed,
            case side when 'history' then format('union all select %s, ended_by_load, %s from was', keys,
                                                 history.listed(history.summed(rollup), '-%1$I')) else '' end);
    end loop;
    perform history.lay_versions(rollup, history.versions_by(rollup, 'select * from pg_temp.daybook_changes'));
    drop table pg_temp.daybook_changes, pg_temp.daybook_touched;
end $$;

-- A row of which a part ended stays a row, so rows are counted again where any did.
create function history.version_anew(rollup history.rollups, touched text) returns void language plpgsql {PINNED} as $$
declare
    within text;
    side text;
    read text := (select string_agg(history.key_read(rollup, k), ', ' order by at)
                  from unnest(rollup.keys) with ordinality as named(k, at));
    upto date;
begin
    drop table if exists pg_temp.daybook_touched;
    execute format('create temporary table daybook_touched (%s) on commit drop as select distinct * from (%s) t',
                   history.listed(rollup.keys, '%1$I'), touched);
    analyze pg_temp.daybook_touched;
    within := history.dates_in(rollup, 'pg_temp.daybook_touched');
    foreach side in array array['public', 'history'] loop
        execute format('delete from %I.%I r using pg_temp.daybook_touched d where %s and r.%I %s', side, rollup.table_name,
                       history.same_keys(rollup, 'r', 'd'), rollup.date_column, within);
    end loop;
    execute format('select (max(%I) + interval %L)::date from pg_temp.daybook_touched', rollup.date_column, '1 ' || rollup.grain)
    into upto;
    perform history.lay_versions(rollup, history.versions_by(rollup, history.changes_by(rollup,
        history.added_up(rollup, 'public', condition), history.added_up(rollup, 'history', condition))))
    from format('t.%1$I >= (select min(%1$I) from pg_temp.daybook_touched) and t.%1$I < %2$L
                 and (%3$s) in (select * from pg_temp.daybook_touched)', rollup.date_column, upto, read) condition;
    drop table pg_temp.daybook_touched;
end $$
"""

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
        perform history.roll_up(base, new.load_id, new.rows_removed, 'select * from pg_temp.daybook_added');
        for derived in select * from history.rollups r where r.derived_from = base.table_name order by 1 loop
            perform history.roll_up(derived, new.load_id, new.rows_removed,
                                    history.added_from(derived, 'public', 'pg_temp.daybook_added', 'true'));
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

-- Rows are laid down in the order of their index, which is how a period is read.
create function history.roll_up(rollup history.rollups, number bigint, removed bigint, given text) returns void
language plpgsql {PINNED} as $$
declare
    ended text := format('(select * from history.%I where ended_by_load = %s)', coalesce(rollup.derived_from, rollup.facts), number);
begin
    if rollup.grain is null then
        execute format('insert into public.%I (%2$s) with added (%2$s) as materialized (%3$s) select * from added order by 1, 2',
                       rollup.table_name, history.rollup_columns(rollup, 'public'), given);
        perform history.roll_up_ended(rollup, number, removed);
    elsif removed = 0 then
        perform history.version_added(rollup, number, given);
    elsif rollup.counts_rows then
        perform history.version_anew(rollup, format('select %s from (%s) a (%s) union all select %s from %s t',
            history.listed(rollup.keys, '%1$I'), given, history.rollup_columns(rollup, 'public'),
            (select string_agg(history.key_read(rollup, k), ', ' order by at)
             from unnest(rollup.keys) with ordinality as named(k, at)), ended));
    else
        perform history.change_versions(rollup, format('select %1$s, %3$s::bigint as at, %2$s from (%4$s) a (%5$s) union all
                select %1$s, %3$s, %6$s from (%7$s) h (%8$s)',
            history.listed(rollup.keys, '%1$I'), history.listed(history.summed(rollup), '%1$I'), number,
            given, history.rollup_columns(rollup, 'public'), history.listed(history.summed(rollup), '-%1$I'),
            history.added_from(rollup, 'history', ended, 'true'), history.rollup_columns(rollup, 'history')));
    end if;
end $$
"""

FILL_ROLLUP = f"""
create or replace function history.fill_rollup(rollup history.rollups) returns void language plpgsql {PINNED}
set work_mem = '256MB' set enable_nestloop = off as $$
declare
    side text;
    derived history.rollups;
begin
    if rollup.stood_for is not null then
        perform history.fill_stand_ins(rollup);
        analyze history.stand_ins;
    end if;
    foreach side in array array['public', 'history'] loop
        execute format('delete from %I.%I', side, rollup.table_name);
        execute format('insert into %I.%I (%s) ', side, rollup.table_name, history.rollup_columns(rollup, side))
            || history.expected_rows(rollup, side, 'true') || ' order by 1, 2';
    end loop;
    if rollup.repeats is not null then
        execute format('delete from public.%I', rollup.repeats);
        perform history.note_repeats(rollup, '-infinity', 'infinity');
    end if;
    for derived in select * from history.rollups r where r.derived_from = rollup.table_name order by 1 loop
        perform history.fill_rollup(derived);
    end loop;
end $$
"""

# What moves takes its part of the sums of every load that it was in.
MOVED = f"""
create function history.move_derived(target history.rollups, stood_for text, side text) returns void language plpgsql {PINNED} as $$
declare
    keys text := history.listed(target.keys, '%1$I');
    signed text;
begin
    if target.grain is null and target.counts_rows then
        perform history.add_anew(target, side, 'pg_temp.daybook_delta');
    elsif target.grain is null then
        execute history.merge_rollup(target, side, history.moved(target, stood_for, 'was', side), '-');
        execute history.merge_rollup(target, side, history.moved(target, stood_for, 'becomes', side), '+');
    elsif target.counts_rows then
        perform history.version_anew(target, format('select %1$s from (%2$s) w union all select %1$s from (%3$s) b', keys,
            history.moved(target, stood_for, 'was', side), history.moved(target, stood_for, 'becomes', side)));
    else
        select string_agg(format('select %s, %s as at, %s from (%s) m', keys, at,
                   history.listed(history.summed(target), sign || '%1$I'), history.moved(target, stood_for, whose, side)),
               ' union all ') into signed
        from (values ('was', 'load_id', '-'), ('becomes', 'load_id', ''), ('was', 'ended_by_load', ''),
                     ('becomes', 'ended_by_load', '-')) m (whose, at, sign)
        where at = 'load_id' or side = 'history';
        perform history.change_versions(target, format('select * from (%s) c (%s, at, %s)', signed, keys,
                                                       history.listed(history.summed(target), '%1$I')));
    end if;
end $$
"""


def upgrade() -> None:
    before = context.script.get_revision("0022").module
    op.execute("lock table history.rollups in access exclusive mode")
    _as_keeper(CHANGES, VERSIONS, ROLL_UP_LOAD, FILL_ROLLUP, MOVED, _move_members(before.MOVE_MEMBERS))
    _fill()


def downgrade() -> None:
    before = context.script.get_revision("0022").module
    fill = context.script.get_revision("0020").module.FILL_ROLLUP
    op.execute("lock table history.rollups in access exclusive mode")
    ended = before.ROLL_UP_LOAD.split(";\n\ncreate function history.roll_up_ended")[0]
    _as_keeper(ended, fill, before.MOVE_MEMBERS)
    _fill()
    for name in (
        "move_derived(history.rollups, text, text)",
        "roll_up(history.rollups, bigint, bigint, text)",
        "version_anew(history.rollups, text)",
        "change_versions(history.rollups, text)",
        "version_added(history.rollups, bigint, text)",
        "dates_in(history.rollups, text)",
        "lay_versions(history.rollups, text)",
        "same_keys(history.rollups, text, text)",
        "expected_rows(history.rollups, text, text)",
        "versions_by(history.rollups, text)",
        "changes_by(history.rollups, text, text)",
        "summed(history.rollups)",
        "listed(text[], text)",
    ):
        op.execute(f"drop function history.{name}")


def _move_members(function: str) -> str:
    """The function as it was, but for what is derived; facts are hashed by their products, and never sorted."""
    first, last = "        if target.counts_rows then", "        end if;\n    end loop;\n    if rollup.repeats"
    start, end = function.index(first), function.index(last)
    moved = "        perform history.move_derived(target, rollup.stood_for, side);\n"
    whole = function[:start] + moved + function[end:].removeprefix("        end if;\n")
    plain = "set work_mem = '128MB'"
    return whole.replace(plain, f"{plain} set enable_mergejoin = off set enable_sort = off", 1)


def _fill() -> None:
    op.execute(
        "do $$ begin perform history.fill_rollup(r) from history.rollups r where r.grain is not null order by r.table_name; "
        "end $$"
    )


def _as_keeper(*statements: str) -> None:
    conn = op.get_bind()
    keeper = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'"))
    op.execute(f"set local role {conn.dialect.identifier_preparer.quote(keeper)}")
    for statement in statements:
        op.execute(sa.text(statement.replace(":", "\\:")))
    op.execute("reset role")
