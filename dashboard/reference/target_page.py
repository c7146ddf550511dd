"""The targets page: a grid of departments by months over the draft, spreading a year, and attainment at once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard.auth import User
from dashboard.exports import Table
from dashboard.load import reading
from dashboard.panels import show_table
from dashboard.reference.acting import DONE, PROBLEM, epoch, redraw, trying
from dashboard.reference.draft_bar import CurrentDraft
from dashboard.reference.grid import ROW_PX
from dashboard.reference.taking import NOT_SHOWN
from dashboard.reference.target_cells import cents_of, drafted_cells, keep_cells, laid_over
from data.changes.editable import EditableTable
from data.changes.targets import (
    Cell,
    TargetGrid,
    attainment,
    seasonality,
    spread,
    target_years,
)
from data.errors import ChangeError
from data.queries.freshness import Freshness
from data.scope import Scope
from data.semantic.types import ColumnSpec, Unit

_MOUNTED, _DEPARTMENT, _TOTAL = "targets.mounted", "targets.department", "targets.total"
AMOUNT = "must be an amount from 0.00 with at most two decimals"
ATTAINED = (
    ColumnSpec("department", "Department", Unit.TEXT),
    ColumnSpec("target", "Target", Unit.CENTS, "as your draft has it"),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS, "of the whole year"),
    ColumnSpec("attainment", "Attainment", Unit.RATIO, "net sales as a share of the target"),
)


@dataclass
class _Mounted:
    """What the grid began from, by place: departments down, months across; and what was taken from it so far."""

    signature: Any
    key: str
    frame: pd.DataFrame
    taken: dict[tuple[int, str], Any] = field(default_factory=dict)


def year_picker(conn: sa.Connection, fresh: Freshness) -> int:
    """The year to look at: those with targets or facts, and the one after."""
    years = set(target_years(conn))
    if fresh.last_business_date is not None:
        years |= {fresh.last_business_date.year, fresh.last_business_date.year + 1}
    offered = sorted(years) or [datetime.now(ZoneInfo(fresh.time_zone)).year]
    first = fresh.last_business_date.year if fresh.last_business_date else offered[-1]
    return int(st.selectbox("Year", offered, index=offered.index(first), key="year", bind="query-params", width=120))


def show_targets(table: EditableTable, grid: TargetGrid, draft: CurrentDraft, *, editable: bool) -> None:
    """The grid: paste a block, or drag a corner to fill."""
    mounted = _mounted(grid, laid_over(grid, drafted_cells(grid, draft.changes)))
    has_cents = bool((mounted.frame.iloc[:, 1:] % 1).fillna(0).any(axis=None))
    # Whole amounts without their .00 leave room for all twelve months.
    shape: dict[str, Any] = {"format": "accounting", "step": 0.01} if has_cents else {"format": "localized"}
    money = {month: st.column_config.NumberColumn(month, **shape) for month in mounted.frame.columns[1:]}
    st.data_editor(
        mounted.frame,
        key=mounted.key,
        column_config={"Department": st.column_config.TextColumn(pinned=True, disabled=True), **money},
        hide_index=True,
        num_rows="fixed",
        disabled=not editable,
        row_height=ROW_PX,
        height=ROW_PX * (min(len(mounted.frame), 14) + 1) + 3,
        placeholder="",
        on_change=partial(_typed, table, mounted, grid.year, draft.record.draft_id if draft.record else None),
        alt=f"Targets of {grid.year} by department and month, with your draft laid over them",
    )


def _mounted(grid: TargetGrid, cents: Mapping[Cell, int]) -> _Mounted:
    kept: _Mounted | None = st.session_state.get(_MOUNTED)
    signature = (grid.year, grid.departments, epoch())
    if kept is not None and kept.signature == signature:
        return kept
    columns: dict[str, Any] = {"Department": pd.Series(grid.departments, dtype="str")}
    for month in grid.months:
        values = [cents.get((name, month)) for name in grid.departments]
        in_units = [None if value is None else value / 100 for value in values]
        columns[f"{month:%b}"] = pd.Series(in_units, dtype="float64")
    mounted = _Mounted(signature, f"targets-{secrets.token_hex(6)}", pd.DataFrame(columns))
    st.session_state[_MOUNTED] = mounted
    return mounted


def _typed(table: EditableTable, mounted: _Mounted, year: int, draft_id: int | None) -> None:
    edited: Mapping[int, Mapping[str, Any]] = st.session_state[mounted.key].edited_rows
    now = {(at, name): value for at, cells in edited.items() for name, value in cells.items()}
    fresh = {
        place: value for place, value in now.items() if place not in mounted.taken or mounted.taken[place] != value
    }
    trying(lambda user: _take(table, mounted, year, draft_id, fresh, user))
    if PROBLEM in st.session_state:
        redraw()
    else:
        mounted.taken = now


def _take(
    table: EditableTable,
    mounted: _Mounted,
    year: int,
    draft_id: int | None,
    fresh: Mapping[tuple[int, str], Any],
    user: User,
) -> None:
    months = {f"{date(year, number, 1):%b}": date(year, number, 1) for number in range(1, 13)}
    wanted: dict[Cell, int | None] = {}
    refused: list[str] = []
    for (at, name), value in fresh.items():
        if not 0 <= at < len(mounted.frame) or name not in months:
            refused.append(f"row {at + 1}: {NOT_SHOWN}")
            continue
        department, cents = str(mounted.frame["Department"].iloc[at]), cents_of(value)
        if value is not None and cents is None:
            refused.append(f"{department}, {name}: {AMOUNT}; got {str(value)[:40]!r}")
        else:
            wanted[department, months[name]] = cents
    if wanted:
        keep_cells(user, table, year, draft_id, wanted)
    if refused:
        st.session_state[PROBLEM] = "Not taken into the draft: " + "; ".join(refused[:5])


def spread_form(table: EditableTable, grid: TargetGrid, draft: CurrentDraft, *, scope: Scope) -> None:
    """A year's figure of a department over its months, as last year's sales were."""
    with st.popover("Spread a year", icon=":material/calendar_month:", key=f"targets-spread-{epoch()}"):
        st.selectbox("Department", grid.departments, key=_DEPARTMENT)
        st.number_input("Target for the year", min_value=0.0, step=1000.0, format="%.2f", key=_TOTAL)
        st.caption(f"Over the months of {grid.year} as net sales were spread in {grid.year - 1}; evenly without sales.")
        st.button("Spread it into the draft", key="spread",
                  on_click=partial(_spread, table, grid, draft.record.draft_id if draft.record else None))  # fmt: skip


def _spread(table: EditableTable, grid: TargetGrid, draft_id: int | None) -> None:
    def act(user: User) -> None:
        department, total = str(st.session_state[_DEPARTMENT]), cents_of(st.session_state[_TOTAL])
        if department not in grid.departments or not total:
            raise ChangeError(f"choose a department and a target above zero; got {st.session_state[_TOTAL]}")
        with reading(user.scope) as conn:
            sold = seasonality(conn, year=grid.year - 1, scope=user.scope)
        before = [sold.get((department, month.replace(year=grid.year - 1)), 0) for month in grid.months]
        cents = spread(total, before)
        keep_cells(user, table, grid.year, draft_id,
                   {(department, month): value for month, value in zip(grid.months, cents, strict=True)})  # fmt: skip
        basis = f"as sales of {grid.year - 1}" if any(before) else "evenly"
        st.session_state[DONE] = f"{department}: spread over {grid.year} {basis}, in your draft."
        redraw()

    trying(act)


def attained(conn: sa.Connection, grid: TargetGrid, draft: CurrentDraft, *, scope: Scope) -> None:
    """Attainment of the targets as the draft has them, at once."""
    targets = laid_over(grid, drafted_cells(grid, draft.changes))
    frame = attainment(targets, seasonality(conn, year=grid.year, scope=scope))
    with st.container(border=True, key="targets-attained"):
        st.subheader(f"Attainment in {grid.year}", anchor=False)
        if frame.empty or not targets:
            st.caption("No targets in this year yet.")
            return
        show_table(Table("Attainment", frame, ATTAINED), key="attained", alt="Net sales against targets", rows=12)
