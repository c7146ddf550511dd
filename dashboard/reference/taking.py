"""From what a browser sent to what a draft keeps: places become rows, and each value is held against its rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import sqlalchemy as sa

from dashboard.reference.typed import as_sent, is_same
from data.changes.editable import EditableTable
from data.changes.listing import ROW, VERSION
from data.changes.types import RowChange
from data.changes.values import read_values
from data.drafts.reading import DraftRecord
from data.drafts.writing import drop_fields, drop_rows, put_changes

Place = tuple[int, str]
REMOVE = "remove it"
NOT_SHOWN = "the browser sent a place that this page does not show; nothing of it was kept"


@dataclass
class Sent:
    """Cells by what they mean: values to set by row, values that are as saved again, rows that go, and rows that stay
    after all; `refused` says what could not be taken."""

    wanted: dict[str, dict[str, Any]] = field(default_factory=dict)
    back: list[tuple[str, str]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    stays: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def sorted_out(table: EditableTable, saved: pd.DataFrame, fresh: Mapping[Place, Any], gone: Sequence[Place]) -> Sent:
    """What the new cells mean for the rows that the grid shows; cells that are `gone` are as saved again."""
    fields = {item.name: item for item in table.fields}
    rows = saved[ROW].astype(str).tolist()
    sent = Sent(back=[(rows[at], name) for at, name in gone if 0 <= at < len(rows)])
    for (at, name), value in fresh.items():
        if not 0 <= at < len(rows):
            sent.refused.append(f"row {at + 1}: {NOT_SHOWN}")
            continue
        given = as_sent(fields.get(name), value)
        if name == REMOVE and not table.retirable:
            (sent.removed if given is True else sent.stays).append(rows[at])
        elif name in fields and is_same(fields[name], saved[name].iloc[at], given):
            sent.back.append((rows[at], name))
        else:
            sent.wanted.setdefault(rows[at], {})[name] = given
    return sent


@dataclass(frozen=True)
class Checked:
    """What of it a draft can keep."""

    changes: tuple[RowChange, ...]
    back: tuple[tuple[str, str], ...]
    stays: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to keep or take back."""
        return not (self.changes or self.back or self.stays)

    def keep(self, conn: sa.Connection, draft: DraftRecord, account_id: int) -> None:
        """Put it into the draft."""
        whose = {"draft_id": draft.draft_id, "account_id": account_id}
        drop_rows(conn, **whose, rows=self.stays)
        put_changes(conn, **whose, changes=self.changes)
        drop_fields(conn, **whose, fields=self.back)


def checked(conn: sa.Connection, table: EditableTable, saved: pd.DataFrame, sent: Sent) -> Checked:
    """The values that keep their rules, with the version of their row; the others are told."""
    versions = {str(row): int(version) for row, version in zip(saved[ROW], saved[VERSION], strict=True)}
    wanted = [RowChange(row=row, version=versions[row], set=cells) for row, cells in sent.wanted.items()]
    labels = {change.row: f"row {change.row}" for change in wanted}
    faults = read_values(conn, table, wanted, labels).faults
    bad = {(fault.row, fault.field) for fault in faults}
    good = [without(change, bad) for change in wanted]
    removals = [RowChange(row=row, version=versions[row], removed=True) for row in sent.removed]
    return Checked(
        (*removals, *(change for change in good if change.set)),
        tuple(sent.back),
        tuple(sent.stays),
        (*sent.refused, *map(str, faults)),
    )


def without(change: RowChange, bad: set[tuple[str, str]]) -> RowChange:
    """The change without the values that broke a rule."""
    kept = {name: value for name, value in change.set.items() if (change.row, name) not in bad}
    return change.model_copy(update={"set": kept})
