"""Whether rollups hold what the facts add up to; asked for by name, as it reads all facts, for some of them again."""

from __future__ import annotations

from collections.abc import Iterator

from data.db import Database
from data.doctor.findings import Finding
from data.rollups import RollupState, repair_rollup, rollup_names, rollup_state


def rollup_findings(database: Database, *, repair: bool = False) -> Iterator[Finding]:
    """Each rollup against its facts, row by row; with `repair`, one that differs is made anew and compared again.

    One that is made of a finer rollup comes after that, and is held against it.
    """
    with database.owner.connect() as conn:
        names = rollup_names(conn)
    for name in names:
        with database.owner.connect() as conn:
            state = rollup_state(conn, name=name)
        if repair and not state.ok:
            with database.owner.begin() as conn:
                repair_rollup(conn, name=name)
                state = rollup_state(conn, name=name)
            yield Finding(f"rollup {name}", state.ok, f"made anew from {_source(state)}; {_told(state)}")
        else:
            hint = "" if state.ok else "; `daybook doctor --rollups --repair` makes it anew"
            yield Finding(f"rollup {name}", state.ok, _told(state) + hint)


def _source(state: RollupState) -> str:
    return state.derived_from or "the facts"


def _told(state: RollupState) -> str:
    adds_up = f"what {_source(state)} add up to"
    if state.ok:
        return f"{state.rows:,} rows, now and past, are {adds_up}"
    told = []
    if state.wrong_rows:
        told.append(f"{state.wrong_rows:,} rows differ from {adds_up}")
    if state.wrong_members:
        told.append(f"{state.wrong_members:,} members stand in for others that are classed differently")
    return " and ".join(told)
