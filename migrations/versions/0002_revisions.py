"""Revisions: the counter, the chain and the triggers that keep the history of a table.

One row is updated to take the next number, so numbers follow commit order without gaps. `history.track(table)` gives
a table its twin and its triggers; `history.track_facts(table, date column)` does it for facts, whose rows carry a load
instead of a revision. All of it belongs to the keeper, a role nobody logs in as. Goes before the code; creates,
so locks nothing that is in use.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Pinned, so that a digest never depends on who commits.
PINNED = "set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD'"
# PL/pgSQL keeps the plan that it made while a table was empty; look-ups by key must stay look-ups.
KEYED = f"{PINNED} set enable_seqscan = off"

TABLES = """
create table history.revision_counter (
    singleton boolean default true not null,
    last_revision bigint default 0 not null,
    opened_by text,
    head bytea not null,
    constraint pk_revision_counter primary key (singleton),
    constraint ck_revision_counter_one_row check (singleton)
);
comment on column history.revision_counter.opened_by is 'transaction that opened the last revision';
comment on column history.revision_counter.head is 'hash of the last revision';
insert into history.revision_counter (head) values (sha256('daybook'));

create table history.revisions (
    revision bigint not null,
    opened_at timestamptz not null,
    kind text not null,
    author text,
    login_name text not null,
    role_name text not null,
    reason text,
    reverts bigint,
    previous_hash bytea not null,
    hash bytea,
    constraint pk_revisions primary key (revision),
    constraint ck_revisions_kind_known check (kind in ('load', 'edit', 'undo'))
);
comment on column history.revisions.kind is 'load, edit or undo';
comment on column history.revisions.author is 'account; empty where typed into the database';
comment on column history.revisions.login_name is 'database user that was logged in';
comment on column history.revisions.role_name is 'database role that acted';
comment on column history.revisions.reverts is 'the revision that this one undid';
comment on column history.revisions.hash is 'seals the content; set as the revision commits';

create table history.revision_tables (
    revision bigint not null,
    table_name text not null,
    rows_added bigint default 0 not null,
    rows_changed bigint default 0 not null,
    rows_removed bigint default 0 not null,
    digest bytea,
    constraint pk_revision_tables primary key (revision, table_name),
    constraint fk_revision_tables_revision foreign key (revision) references history.revisions
);
comment on column history.revision_tables.digest is 'digest of the versions written and ended';
create index ix_revision_tables_table_name_revision on history.revision_tables (table_name, revision);

create table history.fact_tables (
    table_name text not null,
    date_column text not null,
    constraint pk_fact_tables primary key (table_name)
);

create table history.pending_loads (
    load_id bigint not null,
    table_name text not null,
    opened_by text not null,
    rows_removed bigint default 0 not null,
    constraint pk_pending_loads primary key (load_id)
);
create sequence history.load_numbers;
"""

# A transaction id alone would repeat after a dump is restored elsewhere; with the server's start time it does not.
THIS_TRANSACTION = """
create function history.this_transaction() returns text language sql stable
set search_path = pg_catalog, pg_temp as $$
    select pg_current_xact_id()::text || ' since ' || pg_postmaster_start_time()::text
$$
"""

NEXT_REVISION = f"""
create function history.next_revision() returns bigint language plpgsql security definer {PINNED} as $$
declare counter record;
begin
    -- The row lock lasts until commit: whoever comes next waits, and reads the number this transaction left.
    select last_revision, opened_by into strict counter from history.revision_counter for update;
    if counter.opened_by = history.this_transaction() then
        return counter.last_revision;
    end if;
    return counter.last_revision + 1;
end $$
"""

OPEN_REVISION = f"""
create function history.open_revision() returns bigint language plpgsql security definer {PINNED} as $$
declare
    counter record;
    acting text := current_setting('role');
begin
    select last_revision, opened_by, head into strict counter from history.revision_counter for update;
    if counter.opened_by = history.this_transaction() then
        return counter.last_revision;
    end if;
    insert into history.revisions (revision, opened_at, kind, author, login_name, role_name, reason, reverts, previous_hash)
    values (counter.last_revision + 1, clock_timestamp(),
            coalesce(nullif(current_setting('daybook.kind', true), ''), 'edit'),
            nullif(current_setting('daybook.author', true), ''),
            session_user,
            case acting when 'none' then session_user else acting end,
            nullif(current_setting('daybook.reason', true), ''),
            nullif(current_setting('daybook.reverts', true), '')::bigint,
            counter.head);
    update history.revision_counter
    set last_revision = counter.last_revision + 1, opened_by = history.this_transaction();
    return counter.last_revision + 1;
end $$
"""

NOTE_TABLE = f"""
create function history.note_table(number bigint, named text) returns void language plpgsql security definer {KEYED} as $$
begin
    insert into history.revision_tables (revision, table_name) values (number, named) on conflict do nothing;
    -- A revision sealed early (SET CONSTRAINTS) is sealed again when it commits.
    update history.revisions set hash = null where revision = number and hash is not null;
end $$
"""

# Rows enter as text without nulls, so a nullable column added later leaves old digests as they were.
TABLE_CHANGES = f"""
create function history.table_changes(named text, number bigint,
    out rows_added bigint, out rows_changed bigint, out rows_removed bigint, out digest bytea)
language plpgsql stable security definer {PINNED} as $$
declare keys text;
begin
    select string_agg(format('%I', a.attname), ', ' order by k.position) into keys
    from pg_index i
    cross join lateral unnest(i.indkey) with ordinality k(attnum, position)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    where i.indrelid = format('public.%I', named)::regclass and i.indisprimary;
    execute format($q$
        with written as materialized (
            select %2$s, to_jsonb(t) as content from public.%1$I t where revision = $1
            union all
            select %2$s, to_jsonb(h) - 'until_revision' from history.%1$I h where revision = $1
        ), ended as materialized (
            select %2$s, to_jsonb(h) - 'until_revision' as content from history.%1$I h where until_revision = $1
        ), both_sides as (
            select count(*) as n from written join ended using (%2$s)
        ), line as (
            select sha256(convert_to('+' || jsonb_strip_nulls(content)::text, 'UTF8')) as hash from written
            union all
            select sha256(convert_to('-' || jsonb_strip_nulls(content)::text, 'UTF8')) from ended
        )
        select (select count(*) from written) - n, n, (select count(*) from ended) - n,
               sha256(coalesce((select string_agg(hash, ''::bytea order by hash) from line), ''::bytea))
        from both_sides $q$, named, keys)
    into rows_added, rows_changed, rows_removed, digest using number;
end $$
"""

REVISION_HASH = f"""
create function history.revision_hash(number bigint) returns bytea language sql stable security definer {KEYED} as $$
    select sha256(r.previous_hash || convert_to(jsonb_build_object(
        'revision', r.revision, 'opened_at', r.opened_at, 'kind', r.kind, 'author', r.author,
        'login_name', r.login_name, 'role_name', r.role_name, 'reason', r.reason, 'reverts', r.reverts,
        'tables', (select jsonb_agg(jsonb_build_array(t.table_name, t.rows_added, t.rows_changed, t.rows_removed,
                                                      encode(t.digest, 'hex')) order by t.table_name collate "C")
                   from history.revision_tables t where t.revision = r.revision))::text, 'UTF8'))
    from history.revisions r where r.revision = number
$$
"""

SEAL = f"""
create function history.seal_revision() returns trigger language plpgsql security definer {KEYED} as $$
declare
    noted record;
    content record;
    sealed bytea;
begin
    if exists (select from history.revisions r where r.revision = new.revision and r.hash is not null) then
        return null;
    end if;
    for noted in
        select t.table_name from history.revision_tables t
        where t.revision = new.revision and t.table_name not in (select f.table_name from history.fact_tables f)
    loop
        content := history.table_changes(noted.table_name, new.revision);
        update history.revision_tables t
        set rows_added = content.rows_added, rows_changed = content.rows_changed,
            rows_removed = content.rows_removed, digest = content.digest
        where t.revision = new.revision and t.table_name = noted.table_name;
    end loop;
    sealed := history.revision_hash(new.revision);
    update history.revisions set hash = sealed where revision = new.revision;
    update history.revision_counter set head = sealed;
    return null;
end $$;
create constraint trigger seal after insert or update of hash on history.revisions
    deferrable initially deferred for each row when (new.hash is null) execute function history.seal_revision()
"""

BEFORE_STATEMENT = f"""
create function history.before_statement() returns trigger language plpgsql security definer {PINNED} as $$
begin
    perform set_config('daybook.revision', history.next_revision()::text, true);
    return null;
end $$
"""

STAMP_ROW = f"""
create function history.stamp_row() returns trigger language plpgsql security definer {PINNED} as $$
begin
    if tg_op = 'UPDATE' then
        new.revision := old.revision;
        if new is not distinct from old then
            return null;  -- nothing changes, so nothing is recorded
        end if;
    end if;
    new.revision := current_setting('daybook.revision')::bigint;
    return new;
end $$
"""

# current_setting can be forged from inside a statement; the number that counts is read again here.
RECORD_ROWS = f"""
create function history.record_rows() returns trigger language plpgsql security definer {PINNED} as $$
declare number bigint;
begin
    if tg_op = 'DELETE' then
        if not exists (select from old_rows) then return null; end if;
    elsif not exists (select from new_rows) then
        return null;
    end if;
    number := history.open_revision();
    if tg_op <> 'DELETE' then
        if exists (select from new_rows n where n.revision <> number) then
            raise exception 'the revision of a row is kept by the database' using errcode = 'DB001';
        end if;
    end if;
    if tg_op <> 'INSERT' then
        execute format('insert into history.%I select $1, o.* from old_rows o where o.revision < $1', tg_table_name)
        using number;
    end if;
    perform history.note_table(number, tg_table_name);
    return null;
end $$
"""

REFUSALS = f"""
create function history.refuse_truncate() returns trigger language plpgsql security definer {PINNED} as $$
begin
    raise exception 'TRUNCATE is refused on %: its rows are versioned; use DELETE or retire them', tg_table_name
    using errcode = 'DB002';
end $$;
create function history.refuse_key_change() returns trigger language plpgsql security definer {PINNED} as $$
begin
    raise exception 'the key of % cannot be changed; add a new row and retire this one', tg_table_name
    using errcode = 'DB003';
end $$;
create function history.refuse_update() returns trigger language plpgsql security definer {PINNED} as $$
begin
    raise exception 'rows of % are only ever added', tg_table_name using errcode = 'DB004';
end $$
"""

TRACK = r"""
create function history.primary_key_columns(tbl regclass) returns text[] language sql stable
set search_path = pg_catalog, pg_temp as $$
    select array_agg(a.attname::text order by k.position)
    from pg_index i
    cross join lateral unnest(i.indkey) with ordinality k(attnum, position)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    where i.indrelid = tbl and i.indisprimary
$$;

create function history.track(tbl regclass) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    named text := (select relname from pg_class where oid = tbl);
    keys text[] := history.primary_key_columns(tbl);
    key_list text := (select string_agg(format('%I', k), ', ') from unnest(keys) k);
    keeper text := (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history');
    readers text := format('%I, %I', replace(keeper, '_keeper', '_writer'), replace(keeper, '_keeper', '_reader'));
    event text;
begin
    execute format('create table history.%I (until_revision bigint not null, like %s including comments,
                    constraint %I primary key (%s, revision))', named, tbl, 'pk_history_' || named, key_list);
    execute format('create index %I on history.%I (until_revision)', 'ix_history_' || named || '_until_revision', named);
    execute format('alter table history.%I owner to %I', named, keeper);
    execute format('grant select on history.%I to %s', named, readers);
    execute format('grant select on %s to %s, %I', tbl, readers, keeper);
    execute format('create trigger daybook_open before insert or update or delete on %s
                    for each statement execute function history.before_statement()', tbl);
    execute format('create trigger daybook_stamp before insert or update on %s
                    for each row execute function history.stamp_row()', tbl);
    execute format('create trigger daybook_key before update of %s on %s for each row when ((%s) is distinct from (%s))
                    execute function history.refuse_key_change()', key_list, tbl,
                   (select string_agg(format('old.%I', k), ', ') from unnest(keys) k),
                   (select string_agg(format('new.%I', k), ', ') from unnest(keys) k));
    execute format('create trigger daybook_inserted after insert on %s referencing new table as new_rows
                    for each statement execute function history.record_rows()', tbl);
    execute format('create trigger daybook_updated after update on %s referencing old table as old_rows new table as new_rows
                    for each statement execute function history.record_rows()', tbl);
    execute format('create trigger daybook_deleted after delete on %s referencing old table as old_rows
                    for each statement execute function history.record_rows()', tbl);
    execute format('create trigger daybook_truncated before truncate on %s
                    for each statement execute function history.refuse_truncate()', tbl);
    for event in select tgname from pg_trigger where tgrelid = tbl and tgname like 'daybook\_%' loop
        execute format('alter table %s enable always trigger %I', tbl, event);
    end loop;
end $$;

create function history.untrack(tbl regclass) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
    named text := (select relname from pg_class where oid = tbl);
    event text;
begin
    for event in select tgname from pg_trigger where tgrelid = tbl and tgname like 'daybook\_%' loop
        execute format('drop trigger %I on %s', event, tbl);
    end loop;
    execute format('drop table history.%I', named);
end $$
"""

BROKEN = f"""
create function history.broken_revisions() returns table (revision bigint, rule text)
language sql stable security definer {PINNED} as $$
    with chain as (
        select r.revision, r.hash, r.previous_hash, lag(r.revision, 1, 0::bigint) over w as before,
               lag(r.hash, 1, sha256('daybook')) over w as hash_before
        from history.revisions r window w as (order by r.revision)
    )
    select c.revision, 'a revision is missing before it' from chain c where c.revision <> c.before + 1
    union all
    select c.revision, 'it does not follow from the revision before it' from chain c where c.previous_hash <> c.hash_before
    union all
    select c.revision, 'its hash does not match its content' from chain c where c.hash is distinct from history.revision_hash(c.revision)
    union all
    select k.last_revision, 'the chain does not end where the counter says' from history.revision_counter k
    where k.head is distinct from coalesce((select c.hash from chain c order by c.revision desc limit 1), sha256('daybook'))
       or k.last_revision <> coalesce((select max(c.revision) from chain c), 0)
    order by 1
$$
"""

FUNCTIONS = (THIS_TRANSACTION, NEXT_REVISION, OPEN_REVISION, NOTE_TABLE, TABLE_CHANGES, REVISION_HASH, SEAL,
             BEFORE_STATEMENT, STAMP_ROW, RECORD_ROWS, REFUSALS, TRACK, BROKEN)  # fmt: skip


def upgrade() -> None:
    conn = op.get_bind()
    quote = conn.dialect.identifier_preparer.quote
    keeper = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'"))
    prefix = keeper.removesuffix("_keeper")
    writer, reader = quote(f"{prefix}_writer"), quote(f"{prefix}_reader")
    op.execute(f"set local role {quote(keeper)}")
    op.execute(f"alter default privileges for role {quote(keeper)} revoke execute on functions from public")
    for part in (TABLES, *FUNCTIONS):
        op.execute(sa.text(part.replace(":", "\\:")))
    op.execute(f"grant select on all tables in schema history to {writer}, {reader}")
    op.execute(f"grant execute on function history.next_revision() to {writer}")
    op.execute(f"grant execute on function history.broken_revisions() to {writer}, {reader}")
    op.execute(f"grant execute on function history.table_changes(text, bigint) to {writer}, {reader}")
    op.execute("reset role")


def downgrade() -> None:
    for name in (
        "broken_revisions()", "untrack(regclass)", "track(regclass)", "primary_key_columns(regclass)",
        "refuse_update()", "refuse_key_change()", "refuse_truncate()", "record_rows()", "stamp_row()",
        "before_statement()",
    ):  # fmt: skip
        op.execute(f"drop function history.{name}")
    op.execute("drop trigger seal on history.revisions")
    for name in ("seal_revision()", "revision_hash(bigint)", "table_changes(text, bigint)", "note_table(bigint, text)",
                 "open_revision()", "next_revision()", "this_transaction()"):  # fmt: skip
        op.execute(f"drop function history.{name}")
    op.execute("drop sequence history.load_numbers")
    for name in ("pending_loads", "fact_tables", "revision_tables", "revisions", "revision_counter"):
        op.execute(f"drop table history.{name}")
