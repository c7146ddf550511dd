"""Undoing a load: the lines of a file go, those that it replaced come back, and the file may be loaded again."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from data.errors import CannotUndo
from data.loading.fact_tables import Facts, fact_tables
from data.loading.facts import FACTS, open_load
from data.models import Load, history_of
from data.models.loads import stands

_ONE_PLACE = ("store_id", "household_id", "sold_on")  # of all lines of a basket


@dataclass(frozen=True)
class LoadedFile:
    """The load of a revision; `removed` are the lines that it replaced."""

    load_id: int
    table: str
    source: str
    revision: int
    added: int
    removed: int

    @property
    def facts(self) -> Facts | None:
        """The fact table that it went into; None for a reference table."""
        return next((facts for facts in fact_tables().values() if facts.table.name == self.table), None)


@dataclass(frozen=True)
class UndoneLoad:
    """What undoing a load of facts did: its revision, the lines that went and the lines that came back."""

    revision: int
    removed: int
    added: int


def loaded_file(conn: sa.Connection, *, revision: int) -> LoadedFile | None:
    """The load that the revision is; None for an edit. Raises CannotUndo where it is several loads at once."""
    columns = (Load.load_id, Load.table_name, Load.source, Load.revision, Load.rows_added, Load.rows_removed)
    found = conn.execute(sa.select(*columns).where(Load.revision == revision)).all()
    if len(found) > 1:
        raise CannotUndo(f"revision {revision} loaded {len(found)} files together; load a corrected file instead")
    return LoadedFile(*found[0]) if found else None


def undo_facts(conn: sa.Connection, loaded: LoadedFile, facts: Facts) -> UndoneLoad:
    """Take the load's lines away and bring back what it replaced, as a load of its own.

    Members that the load added stay. Raises CannotUndo with the revisions that stand in the way; the caller rolls back.
    """
    load = open_load(conn, loaded.table)  # first, and alone: what follows sees what the last load left
    refuse_undone(conn, loaded)
    _refuse_replaced(conn, loaded)
    ended = sa.func.history.end_load(_number(load), _number(loaded.load_id))
    removed = int(conn.execute(sa.select(ended)).scalar_one())
    reasons = [*_loaded_since(conn, loaded, facts), *_replaced_since(conn, loaded, facts)]
    if loaded.table == FACTS:
        reasons += _moved_baskets(conn, loaded, facts)
    if reasons:
        raise _refused(loaded, reasons)
    return UndoneLoad(record_undo(conn, load, loaded, rows=0), removed, loaded.removed)


def record_undo(conn: sa.Connection, load: int, loaded: LoadedFile, *, rows: int) -> int:
    """Record the open `load` as the undo of another, which wrote `rows` reference rows; gives the revision."""
    reverted = sa.func.history.revert_load(_number(load), _number(loaded.load_id), _number(rows))
    return int(conn.execute(sa.select(reverted)).scalar_one())


def refuse_undone(conn: sa.Connection, loaded: LoadedFile) -> None:
    """Raise CannotUndo where the load was undone, or where it is an undo and the file was loaded again since."""
    by = conn.scalar(sa.select(Load.revision).where(Load.reverts_load == loaded.load_id))
    if by is not None:
        raise CannotUndo(f"revision {loaded.revision} is undone already; undo revision {by} to take that back")
    undo, file, again = (aliased(Load, name=name) for name in ("undo", "file", "again"))
    stmt = (
        sa.select(again.revision, again.source)
        .join(file, sa.and_(file.table_name == again.table_name, file.content_sha256 == again.content_sha256))
        .join(undo, undo.reverts_load == file.load_id)
        .where(
            undo.load_id == loaded.load_id,
            file.source != "",
            again.replaced_from.is_not_distinct_from(file.replaced_from),
            again.replaced_until.is_not_distinct_from(file.replaced_until),
            ~sa.exists().where(Load.reverts_load == again.load_id),
        )
    )
    if (found := conn.execute(stmt).first()) is not None:
        raise _refused(loaded, [f"{found.source} was loaded again in revision {found.revision}"])


def _refuse_replaced(conn: sa.Connection, loaded: LoadedFile) -> None:
    later = sa.func.history.later_loads(_number(loaded.load_id)).table_valued("load_id", "lines")
    stmt = sa.select(Load.revision, later.c.lines).join(later, later.c.load_id == Load.load_id).order_by(Load.revision)
    reasons = [f"revision {number} replaced {lines:,} of its lines" for number, lines in conn.execute(stmt)]
    if reasons:
        raise _refused(loaded, reasons)


def _loaded_since(conn: sa.Connection, loaded: LoadedFile, facts: Facts) -> list[str]:
    """Later loads that hold a line with the key of one that would come back."""
    past, table = history_of(facts.table), facts.table
    same = sa.and_(*(past.c[name] == table.c[name] for name in facts.key))
    stmt = sa.select(Load.revision, sa.func.count()).select_from(past.join(table, same))
    stmt = stmt.join(Load, Load.load_id == table.c.load_id).where(past.c.ended_by_load == loaded.load_id)
    found = conn.execute(stmt.group_by(Load.revision).order_by(Load.revision))
    return [f"revision {number} loaded {lines:,} of the lines that would come back" for number, lines in found]


def _replaced_since(conn: sa.Connection, loaded: LoadedFile, facts: Facts) -> list[str]:
    """Later loads that replaced a period in which lines would come back."""
    past = history_of(facts.table)
    day = past.c[facts.dated]
    within = sa.exists().where(
        past.c.ended_by_load == loaded.load_id, day >= Load.replaced_from, day < Load.replaced_until
    )
    stmt = sa.select(Load.revision, Load.replaced_from, Load.replaced_until).where(
        Load.table_name == loaded.table, Load.revision > loaded.revision, stands(), within
    )
    return [
        f"revision {number} replaced {start}:{end}, where lines would come back"
        for number, start, end in conn.execute(stmt.order_by(Load.revision))
    ]


def _moved_baskets(conn: sa.Connection, loaded: LoadedFile, facts: Facts) -> list[str]:
    """Later loads that have a basket of these lines at another store, household or date."""
    past, table = history_of(facts.table).c, facts.table.c
    elsewhere = sa.or_(*(past[name] != table[name] for name in _ONE_PLACE))
    baskets = sa.func.count(sa.distinct(table.basket_id))
    stmt = sa.select(Load.revision, baskets).join(facts.table, table.load_id == Load.load_id)
    stmt = stmt.join(history_of(facts.table), sa.and_(past.basket_id == table.basket_id, elsewhere))
    found = conn.execute(stmt.where(past.ended_by_load == loaded.load_id).group_by(Load.revision))
    return [f"revision {number} has {count:,} of their baskets at another place or date" for number, count in found]


def _refused(loaded: LoadedFile, reasons: list[str]) -> CannotUndo:
    return CannotUndo(f"revision {loaded.revision} cannot be undone: {'; '.join(reasons)}; undo what came later first")


def _number(value: int) -> sa.ColumnElement[int]:
    return sa.cast(value, sa.BigInteger)
