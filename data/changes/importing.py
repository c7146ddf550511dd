"""A file of edited rows against the table: what each row of it would add or change, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import sqlalchemy as sa

from data.changes.editable import EditableTable, Field
from data.changes.formulas import without_guard
from data.changes.kept import parent_names, rows_at
from data.changes.listing import ROW, VERSION, Asked, listed_rows
from data.changes.names import ids_of, natural_columns
from data.changes.planning import plan_changes
from data.changes.types import Editor, Fault, FieldConflict, RowChange
from data.changes.values import as_people_say, is_number
from data.errors import LoadError
from data.loading.checks import as_text
from data.loading.instants import Month
from data.loading.mapping import Mapping as FileMapping
from data.loading.numbers import Money
from data.loading.progress import Progress, silent
from data.loading.readers import open_source
from data.loading.texts import Flag
from data.scope import Scope

ADDED, CHANGED, SAME, REFUSED = "added", "changed", "same", "refused"
TWICE = "is in the file twice; first in row {first}"
_YES, _NO = {"true", "yes", "1"}, {"false", "no", "0"}


@dataclass(frozen=True)
class FileRow:
    """A row of the file: its number there, what it is called, what would become of it, and why not."""

    number: int
    label: str
    kind: str
    row: str
    fields: tuple[tuple[str, Any, Any], ...] = ()
    faults: tuple[Fault, ...] = ()
    conflicts: tuple[FieldConflict, ...] = ()


@dataclass(frozen=True)
class Import:
    """A file read against the table: its rows, and the changes that can be taken into a draft."""

    file: str
    rows: tuple[FileRow, ...]
    changes: tuple[RowChange, ...]

    def counted(self, kind: str) -> int:
        """How many rows are added, changed, same or refused."""
        return sum(row.kind == kind for row in self.rows)


@dataclass(frozen=True)
class _Line:
    """One row of the file as text by field; `version` is None where the file does not say."""

    number: int
    values: Mapping[str, str]
    version: int | None


def read_import(
    conn: sa.Connection, table: EditableTable, path: Path, *, editor: Editor, progress: Progress | None = None
) -> Import:
    """What the file's rows come to; nothing is written.

    Rows are known again by the key that files give; others are added. Where the file has the column `version`, as
    exports do, a row counts as changed only where it differs from that version. Raises LoadError and UsageError for a
    file that cannot be read, and NotAllowed.
    """
    show = progress or silent
    lines = list(_lines(table, path, show))
    if not lines:
        raise LoadError(f"{path.name} has no rows")
    show(len(lines), len(lines), "comparing")
    matched = _Matched.of(conn, table, lines)
    changes = [change for line in lines if (change := matched.change_of(line)) is not None]
    plan = plan_changes(conn, table, changes, editor=editor)
    faults, conflicts = _by_row(plan.faults), _by_row(plan.conflicts)
    rows = tuple(matched.told(line, faults, conflicts) for line in lines)
    refused = {row.row for row in rows if row.kind == REFUSED}
    return Import(path.name, rows, tuple(change for change in changes if change.row not in refused))


class _Matched:
    """The file's lines beside the table's rows."""

    def __init__(self, table: EditableTable) -> None:
        self.table = table
        self.keys = [
            field for name in natural_columns(table.table) for field in table.fields if field.column.name == name
        ]
        self.now: dict[tuple[str, ...], tuple[str, int, dict[str, str]]] = {}
        self.past: dict[tuple[str, int], dict[str, str]] = {}
        self.first: dict[str, int] = {}
        self.twice: dict[int, int] = {}

    @classmethod
    def of(cls, conn: sa.Connection, table: EditableTable, lines: Sequence[_Line]) -> _Matched:
        self = cls(table)
        frame = listed_rows(conn, table, Asked(), scope=Scope.everything())
        texts = {field.name: _column_text(field, frame[field.name]) for field in table.fields}
        for at, (row, version) in enumerate(zip(frame[ROW], frame[VERSION], strict=True)):
            values = {name: column[at] for name, column in texts.items()}
            self.now[tuple(values[field.name] for field in self.keys)] = (str(row), int(version), values)
        self._mark_repeated(lines)
        self._read_past(conn, lines)
        return self

    def key_of(self, line: _Line) -> tuple[str, ...]:
        return tuple(canonical(field, line.values.get(field.name, "")) for field in self.keys)

    def row_of(self, line: _Line) -> str:
        found = self.now.get(self.key_of(line))
        return f"file row {line.number}" if found is None else found[0]

    def base_of(self, line: _Line) -> tuple[int, dict[str, str]] | None:
        """The version that the line was made from, and its values; None for a row that is not there."""
        found = self.now.get(self.key_of(line))
        if found is None:
            return None
        row, version, values = found
        if line.version is None or line.version == version:
            return version, values
        return line.version, self.past.get((row, line.version), values)

    def change_of(self, line: _Line) -> RowChange | None:
        """What the line asks for; None where it asks for nothing, or repeats another line."""
        if line.number in self.twice:
            return None
        base = self.base_of(line)
        fields = {field.name: field for field in self.table.fields}
        if base is None:
            given = {name: text for name, text in line.values.items() if text and not fields[name].fixed}
            return RowChange(row=self.row_of(line), set=given)
        version, values = base
        wanted = {name: text or None for name, _, text in self._differing(line, values)}
        return RowChange(row=self.row_of(line), version=version, set=wanted) if wanted else None

    def told(
        self, line: _Line, faults: Mapping[str, list[Fault]], conflicts: Mapping[str, list[FieldConflict]]
    ) -> FileRow:
        row, base = self.row_of(line), self.base_of(line)
        label = ", ".join(self.key_of(line)) or f"row {line.number}"
        if line.number in self.twice:
            again = TWICE.format(first=self.twice[line.number])
            broken = (Fault(row, label, self.keys[-1].name, again, ""),)
            return FileRow(line.number, label, REFUSED, row, faults=broken)
        bad, stale = tuple(faults.get(row, ())), tuple(conflicts.get(row, ()))
        differing = tuple(self._differing(line, base[1])) if base is not None else ()
        if bad or stale:
            return FileRow(line.number, label, REFUSED, row, differing, bad, stale)
        kind = ADDED if base is None else CHANGED if differing else SAME
        return FileRow(line.number, label, kind, row, differing)

    def _differing(self, line: _Line, values: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        for field in self.table.fields:
            if field.fixed or field in self.keys or field.name not in line.values:
                continue
            text = line.values[field.name]
            if text != values[field.name] and canonical(field, text) != values[field.name]:
                yield field.name, values[field.name], text

    def _mark_repeated(self, lines: Sequence[_Line]) -> None:
        first: dict[tuple[str, ...], int] = {}
        for line in lines:
            number = first.setdefault(self.key_of(line), line.number)
            if number != line.number:
                self.twice[line.number] = number

    def _read_past(self, conn: sa.Connection, lines: Sequence[_Line]) -> None:
        """The versions that the file's rows were made from, where the rows have moved on since."""
        stale = []
        for line in lines:
            found = self.now.get(self.key_of(line))
            if found is not None and line.version is not None and line.version != found[1]:
                stale.append((found[0], line.version))
        versions = [(ids, version) for row, version in stale if (ids := ids_of(self.table, row)) is not None]
        kept = rows_at(conn, self.table, versions)
        names = parent_names(conn, self.table, kept.values())
        for row, values in kept.items():
            said = {
                field.name: _text(as_people_say(field, values[field.column.name], names.get(field.name, {})))
                for field in self.table.fields
            }
            self.past[row, values["revision"]] = said


def canonical(field: Field, text: str) -> str:
    """The text as the table's rows are written; as it is where it is none of the field's values."""
    text = text.strip()
    if not text:
        return field.default or ""
    if isinstance(field.kind, Flag):
        folded = text.casefold()
        return "true" if folded in _YES else "false" if folded in _NO else text
    if isinstance(field.kind, Month):
        return text.removesuffix("-01") if len(text) == len("2017-03-01") else text
    if isinstance(field.kind, Money):
        return _amount(text)
    return str(int(text)) if is_number(field) and text.isascii() and text.isdigit() else text


def _amount(text: str) -> str:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return text
    return f"{amount:.2f}" if amount.is_finite() and amount == round(amount, 2) else text


def _lines(table: EditableTable, path: Path, show: Progress) -> Iterator[_Line]:
    required = [
        field.name for name in natural_columns(table.table) for field in table.fields if field.column.name == name
    ]
    optional = [field.name for field in table.fields if field.name not in required]
    mapping = _mapping(path, required)
    source = open_source(path, mapping, required=required, optional=[*optional, VERSION])
    guarded = path.suffix.lower() != ".xlsx"
    done = 0
    for chunk in source.chunks():
        if chunk.malformed:
            number, rule = chunk.malformed[0]
            raise LoadError(f"{path.name}, row {number}: {rule}")
        columns = {name: as_text(chunk.values[name].combine_chunks()).to_pylist() for name in chunk.values.column_names}
        for at, number in enumerate(chunk.rows.tolist()):
            values = {name: _given(column[at], guarded=guarded) for name, column in columns.items()}
            yield _Line(number, values, _version(path, number, values.pop(VERSION, "")))
        done += len(chunk.rows)
        show(done, None, "reading")


def _mapping(path: Path, required: Sequence[str]) -> FileMapping:
    """Of a workbook, the first sheet that has the key's headers: exports begin with a sheet about themselves."""
    if path.suffix.lower() != ".xlsx":
        return FileMapping()
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises what the broken part happens to raise
        raise LoadError(f"{path.name}: not an XLSX file that can be read: {error}") from error
    try:
        for sheet in book.worksheets:
            headers = {str(cell or "").strip() for cell in next(sheet.iter_rows(values_only=True), ())}
            if set(required) <= headers:
                return FileMapping(sheet=sheet.title)
    finally:
        book.close()
    return FileMapping()


def _given(text: Any, *, guarded: bool) -> str:
    told = "" if text is None else str(text).strip()
    return without_guard(told) if guarded else told


def _version(path: Path, number: int, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**63):
        raise LoadError(
            f"{path.name}, row {number}: version must be a revision's number, as exports give it; got {text!r}"
        )
    return int(text)


def _column_text(field: Field, values: pd.Series[Any]) -> list[str]:
    if isinstance(field.kind, Money):
        return ["" if pd.isna(value) else f"{value:.2f}" for value in values]
    if pd.api.types.is_datetime64_any_dtype(values):
        return ["" if pd.isna(value) else value.date().isoformat() for value in values]
    return [_text(value) for value in values.tolist()]


def _text(value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _by_row(found: Sequence[Any]) -> dict[str, list[Any]]:
    told: dict[str, list[Any]] = {}
    for item in found:
        told.setdefault(item.row, []).append(item)
    return told
