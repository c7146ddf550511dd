"""Values as people give them, read by the rules that files follow, and written back as people read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from data.changes.editable import EditableTable, Field
from data.changes.names import names_stmt
from data.changes.types import Fault, RowChange
from data.loading.checks import EMPTY, Reading
from data.loading.instants import LastDay, Month
from data.loading.mapping import Mapping as FileMapping
from data.loading.numbers import Money, Whole

_READING = Reading(FileMapping(), "UTC")
_DAY = timedelta(days=1)
FIXED = "cannot be edited; it is kept by the database"
KEY = "says which row it is and cannot be changed; add a new row and retire this one"
UNKNOWN_COLUMN = "is not a column of this table"
CONTROL = "must be plain text without control characters"


@dataclass(frozen=True)
class Read:
    """The values of every change by column, and the rules that were broken."""

    values: dict[str, dict[str, Any]]
    faults: tuple[Fault, ...]


def read_values(
    conn: sa.Connection, table: EditableTable, changes: Sequence[RowChange], labels: Mapping[str, str]
) -> Read:
    """What the changes set, as the table keeps it: keys of named rows, cents, exclusive ends."""
    values: dict[str, dict[str, Any]] = {change.row: {} for change in changes}
    faults: list[Fault] = []
    given: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    fields = {field.name: field for field in table.fields}
    for change in changes:
        for name, value in change.set.items():
            rule = _refusal(fields.get(name), new=change.version is None)
            if rule:
                faults.append(Fault(change.row, labels[change.row], name, rule, _shown(value)))
            else:
                given[name].append((change.row, value))
    for name, wanted in given.items():
        found, broken = _read_field(conn, fields[name], wanted)
        for row, value in found.items():
            values[row][fields[name].column.name] = value
        faults += [Fault(row, labels[row], name, rule, _shown(value)) for row, rule, value in broken]
    return Read(values, tuple(faults))


def _refusal(field: Field | None, *, new: bool) -> str:
    if field is None:
        return UNKNOWN_COLUMN
    if field.fixed:
        return FIXED
    return KEY if field.key and not new else ""


def _read_field(
    conn: sa.Connection, field: Field, wanted: list[tuple[str, Any]]
) -> tuple[dict[str, Any], list[tuple[str, str, Any]]]:
    broken = [(row, CONTROL, value) for row, value in wanted if not _is_plain(value)]
    refused = {row for row, _, _ in broken}
    pairs = [(row, as_given(value)) for row, value in wanted if row not in refused]
    if field.parent is not None and not _by_number(field.parent):
        found, more = _named(conn, field.parent, pairs)
    else:
        found, more = _checked(field, pairs)
        if field.parent is not None:
            more += _unknown(conn, field.parent, found)
    empty = [row for row, text in pairs if not (text or "").strip()]
    for row in empty:
        found[row] = field.default
        if field.default is None and not field.nullable:
            more.append((row, EMPTY, ""))
    bad = {row for row, _, _ in more}
    return {row: value for row, value in found.items() if row not in bad}, broken + more


def _checked(field: Field, pairs: list[tuple[str, str | None]]) -> tuple[dict[str, Any], list[tuple[str, str, Any]]]:
    checked = field.kind.check(pa.array([text for _, text in pairs], pa.string()), _READING)
    broken = [(pairs[at][0], rule, pairs[at][1]) for rule, mask in checked.broken for at in mask.nonzero()[0]]
    values = checked.values.to_pylist()
    return {row: value for (row, _), value in zip(pairs, values, strict=True)}, broken


def _named(
    conn: sa.Connection, parent: sa.Table, pairs: list[tuple[str, str | None]]
) -> tuple[dict[str, Any], list[tuple[str, str, Any]]]:
    """Keys by the names of the parent table's rows."""
    texts = {text.strip() for _, text in pairs if text and text.strip()}
    named = names_stmt(parent).subquery()
    stmt = sa.select(named.c.name, named.c.key).where(named.c.name.in_(sorted(texts)))
    keys: dict[str, Any] = {row.name: row.key for row in conn.execute(stmt)} if texts else {}
    found = {row: keys.get((text or "").strip()) for row, text in pairs}
    told = f"is not one of the {parent.name}"
    broken = [(row, told, text) for row, text in pairs if text and text.strip() and found[row] is None]
    return found, broken


def _unknown(conn: sa.Connection, parent: sa.Table, found: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    key = next(iter(parent.primary_key.columns))
    wanted = sorted({value for value in found.values() if value is not None})
    known = set(conn.scalars(sa.select(key).where(key.in_(wanted)))) if wanted else set()
    told = f"is not one of the {parent.name}"
    return [(row, told, value) for row, value in found.items() if value is not None and value not in known]


def retired_among(conn: sa.Connection, parent: sa.Table, keys: Iterable[Any]) -> set[Any]:
    """Those of `keys` whose row in the table is retired."""
    wanted = sorted({key for key in keys if key is not None})
    if "retired" not in parent.columns or not wanted:
        return set()
    key = next(iter(parent.primary_key.columns))
    return set(conn.scalars(sa.select(key).where(key.in_(wanted), parent.c.retired)))


def as_given(value: Any) -> str | None:
    """A value of JSON, a grid or a file as the text that a file would hold."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else format(Decimal(repr(value)), "f")
    return str(value)


def as_people_say(field: Field, value: Any, names: Mapping[Any, Any]) -> Any:
    """A kept value as people write it: names for keys, money with two decimals as text, the last day counted in."""
    if value is None:
        return None
    if field.parent is not None:
        return names.get(value, value)
    if isinstance(field.kind, Money):
        return f"{Decimal(value).scaleb(-2):.2f}"
    if isinstance(field.kind, LastDay):
        return (value - _DAY).isoformat()
    if isinstance(field.kind, Month):
        return f"{value:%Y-%m}"
    return value.isoformat() if isinstance(value, date) else value


def is_number(field: Field) -> bool:
    """Whether the field is a whole number to people; a key of a row that has a name is not."""
    return isinstance(field.kind, Whole) and (field.parent is None or _by_number(field.parent))


def _by_number(parent: sa.Table) -> bool:
    return next(iter(parent.primary_key.columns)).identity is None


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict | list):
        return False
    if not isinstance(value, str):
        return True
    return all(character.isprintable() for character in value) and _encodable(value)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: Any) -> str:
    text = "" if value is None else as_given(value) or ""
    return text if len(text) <= 80 else text[:77] + "..."
