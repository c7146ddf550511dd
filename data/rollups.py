"""Whether the rollups hold what the facts add up to, and how to make them anew where they do not.

The database keeps them right by itself; this is for whoever doubts it, and for what was restored or repaired by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

_SIDES = ("public", "history")
_DERIVED_FROM = sa.text("select derived_from from history.rollups where table_name = :name")
_NAMES = sa.text("select table_name from history.rollups order by derived_from is not null, 1")
_STATEMENTS = sa.text("""
    select format('select count(*) from %1$I.%2$I', side, r.table_name),
           format('select count(*) from ((%1$s except all %2$s) union all (%2$s except all %1$s)) d',
                  history.expected_rows(r, side, 'true'),
                  format('select %s from %I.%I', history.rollup_columns(r, side), side, r.table_name))
    from history.rollups r, unnest(cast(:sides as text[])) side where r.table_name = :name
""")
_APART = sa.text("""
    select count(*) from (
        select s.stand_in from history.rollups r
        cross join lateral history.lineages(r) l
        left join history.stand_ins s on s.table_name = r.table_name and s.member = l.member
        where r.table_name = :name and r.stood_for is not null
        group by s.stand_in having count(distinct l.lineage) > 1 or s.stand_in is null
    ) d
""")

_UNTOLD = sa.text("""
    select format('select count(*) from (select t.%1$I, t.%2$I from (select %1$I, %2$I from public.%3$I
                   union all select %1$I, %2$I from history.%3$I) t group by 1, 2 having count(*) > 1) d
                   where not exists (select from public.%4$I r where r.%1$I = d.%1$I and r.%2$I = d.%2$I)',
                  r.date_column, r.entity, r.table_name, r.repeats)
    from history.rollups r where r.table_name = :name and r.repeats is not null
""")


@dataclass(frozen=True)
class RollupState:
    """A rollup: its rows now and past, how many differ from the facts, and how many members stand in wrongly.

    One that is made of a finer rollup is held against that: `derived_from`. An entity that has several rows, without
    being told among those that have, counts as a row that differs.
    """

    name: str
    derived_from: str | None
    rows: int
    wrong_rows: int
    wrong_members: int

    @property
    def ok(self) -> bool:
        """Whether it gives what the facts give."""
        return not self.wrong_rows and not self.wrong_members


def rollup_names(conn: sa.Connection) -> list[str]:
    """The rollups that the database keeps: those made from facts, and then those made of them."""
    return [str(name) for name in conn.scalars(_NAMES)]


def rollup_state(conn: sa.Connection, *, name: str) -> RollupState:
    """Compare a rollup with what it adds up, now and past, row by row: all facts, or all of a finer rollup.

    The caller acts as the owner.
    """
    rows = wrong = 0
    derived_from = conn.execute(_DERIVED_FROM, {"name": name}).scalar_one()
    for counted, compared in conn.execute(_STATEMENTS, {"name": name, "sides": list(_SIDES)}).all():
        rows += int(conn.exec_driver_sql(counted).scalar_one())
        wrong += int(conn.exec_driver_sql(compared.replace("%", "%%")).scalar_one())
    for untold in conn.scalars(_UNTOLD, {"name": name}).all():
        wrong += int(conn.exec_driver_sql(untold.replace("%", "%%")).scalar_one())
    return RollupState(name, derived_from, rows, wrong, int(conn.execute(_APART, {"name": name}).scalar_one()))


def repair_rollup(conn: sa.Connection, *, name: str) -> None:
    """Make a rollup anew from what it adds up, and then what is made of it.

    Loads and edits wait for the end of the transaction, readers do not.
    """
    conn.execute(sa.text("select 1 from history.revision_counter for update"))
    stmt = sa.text("select history.fill_rollup(r) from history.rollups r where r.table_name = :name")
    conn.execute(stmt, {"name": name})
