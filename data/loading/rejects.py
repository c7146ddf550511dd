"""Rejected rows: the report beside the file, and the error that names it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from data.errors import LoadError

SHOWN = 20
HEADERS = ("file", "row", "column", "rule", "value")


@dataclass(frozen=True)
class Reject:
    """One fault of a row, the row numbered as in a spreadsheet."""

    row: int
    column: str
    rule: str
    value: str

    def __str__(self) -> str:
        got = f"; got {self.value!r}" if self.value else ""
        return f"row {self.row}: {self.column} {self.rule}{got}".replace(":  ", ": ")


class Rejected(LoadError):
    """Some rows break a rule; nothing was loaded."""

    def __init__(self, file: str, first: list[Reject], count: int, report: Path) -> None:
        self.file, self.first, self.count, self.report = file, first, count, report
        lines = "\n".join(f"{file}, {reject}" for reject in first)
        faults = f"{count:,} fault{'s' if count > 1 else ''}"
        super().__init__(f"{file}: nothing was loaded, {faults} found; all are in {report}\n{lines}")


def report_path(path: Path) -> Path:
    """Where the report of a file's rejects goes."""
    return path.with_name(path.name + ".rejected.csv")


def write_report(conn: sa.Connection, rejects: sa.Table, *, file: str, report: Path) -> Rejected:
    """Write the staged rejects to `report`, in the order of the file; gives the error to raise."""
    table = rejects.c
    stmt = sa.select(table.row, table.column, table.rule, table.value).order_by(table.row, table.column, table.rule)
    first: list[Reject] = []
    count = 0
    with report.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(HEADERS)
        for row in conn.execution_options(yield_per=10_000).execute(stmt):
            writer.writerow((file, *row))
            count += 1
            if len(first) < SHOWN:
                first.append(Reject(*row))
    return Rejected(file, first, count, report)
