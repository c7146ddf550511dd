"""Loads are rolled up by hashing: lines are not sorted first, only what they add up to is, by date.

The lines of a load have no statistics yet. The planner took them for a few and sorted all of them, on disk where they
were many. Hashed groups stay within `work_mem`, too. Goes before the code; replaces one function, and locks nothing.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

PINNED = "set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO, YMD'"

# Lines of this transaction have no statistics yet: a join that the planner takes for a few rows would take minutes.
ROLL_UP_LOAD = """
create or replace function history.roll_up_load() returns trigger language plpgsql security definer {settings} as $$
declare rollup history.rollups;
begin
    for rollup in select * from history.rollups r where r.facts = new.table_name order by 1 loop
        execute format('insert into public.%I (%s) {before}', rollup.table_name, history.rollup_columns(rollup, 'public'))
            || history.added_up(rollup, 'public',
                                format('t.load_id = $1 and t.%1$I between $2 and $3', rollup.date_column))
            || '{after}'
        using new.load_id, new.first_on, new.last_on;
        continue when new.rows_removed = 0;
        execute format('insert into history.%I (%s) ', rollup.table_name, history.rollup_columns(rollup, 'history'))
            || history.added_up(rollup, 'history', 't.ended_by_load = $1') using new.load_id;
        perform set_config('enable_nestloop', 'on', true);  -- what ended is found by its whole key
        execute history.merge_rollup(rollup, 'public',
            format('select * from history.%I where ended_by_load = $1', rollup.table_name), '-') using new.load_id;
        perform set_config('enable_nestloop', 'off', true);
    end loop;
    return null;
end $$
"""
SETTINGS = f"{PINNED} set work_mem = '128MB' set enable_nestloop = off"


def upgrade() -> None:
    # Groups are made apart and put in order of their date afterwards, so that a few days lie on a few pages.
    before, after = "with added as materialized (", ") select * from added order by 1"
    _replace(ROLL_UP_LOAD.format(settings=f"{SETTINGS} set enable_sort = off", before=before, after=after))


def downgrade() -> None:
    _replace(ROLL_UP_LOAD.format(settings=SETTINGS, before="", after=""))


def _replace(function: str) -> None:
    conn = op.get_bind()
    keeper = conn.scalar(sa.text("select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'history'"))
    op.execute(f"set local role {conn.dialect.identifier_preparer.quote(keeper)}")
    op.execute(sa.text(function.replace(":", "\\:")))
    op.execute("reset role")
