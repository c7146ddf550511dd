"""Targets between the grid, the draft and what is saved: amounts as people give them, in cents by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from dashboard.auth import User
from dashboard.load import reading
from dashboard.reference.acting import in_draft
from data.changes.editable import EditableTable
from data.changes.targets import (
    Cell,
    TargetGrid,
    changes_for,
    target_grid,
)
from data.changes.types import RowChange
from data.drafts.reading import DraftRecord, draft_changes
from data.drafts.writing import drop_rows, put_changes

LARGEST = 10**15


def drafted_cells(grid: TargetGrid, changes: Sequence[RowChange]) -> dict[Cell, int | None]:
    """What the draft wants of the year's cells, in cents; None where it takes a target away."""
    by_row = {row: cell for cell, (row, _) in grid.kept.items()}
    wanted: dict[Cell, int | None] = {}
    for change in changes:
        cell = by_row.get(change.row) if change.version is not None else _new_cell(change)
        if cell is not None and cell[1].year == grid.year and (change.removed or "net" in change.set):
            wanted[cell] = None if change.removed else cents_of(change.set["net"])
    return wanted


def _new_cell(change: RowChange) -> Cell | None:
    try:
        return str(change.set["department"]), date.fromisoformat(f"{change.set['month']}-01")
    except (KeyError, ValueError):
        return None


def cents_of(value: Any) -> int | None:
    """An amount as people give it, in cents; None for none, and for what is no amount."""
    try:
        amount = Decimal(str(value)) * 100
    except InvalidOperation:
        return None
    whole = amount.is_finite() and amount == amount.to_integral_value() and 0 <= amount < LARGEST
    return int(amount) if whole else None


def laid_over(grid: TargetGrid, wanted: Mapping[Cell, int | None]) -> dict[Cell, int]:
    """The year's targets as the draft would have them."""
    both: dict[Cell, int | None] = {**grid.cents, **wanted}
    return {cell: cents for cell, cents in both.items() if cents is not None}


def keep_cells(
    user: User, table: EditableTable, year: int, draft_id: int | None, wanted: Mapping[Cell, int | None]
) -> None:
    """Put the cells into the draft; those that are as saved leave it."""
    with reading(user.scope) as conn:
        grid = target_grid(conn, year=year)
    changes = changes_for(grid, wanted)
    as_saved = {grid.kept[cell][0] for cell, cents in wanted.items() if cell in grid.kept and grid.cents[cell] == cents}

    def keep(conn: sa.Connection, draft: DraftRecord) -> None:
        kept = draft_changes(conn, draft_id=draft.draft_id)
        new = {change.row for change in kept if change.version is None and _new_cell(change) in wanted}
        drop_rows(conn, draft_id=draft.draft_id, account_id=user.account_id, rows=sorted(as_saved | new))
        put_changes(conn, draft_id=draft.draft_id, account_id=user.account_id, changes=changes)

    in_draft(user, table, draft_id, keep)
