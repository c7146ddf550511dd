"""All products of the sample taken out as XLSX, edited as people do, and brought back."""

from __future__ import annotations

import random
from pathlib import Path

import openpyxl
import pytest

from data.changes.editable import editable_table
from data.changes.importing import ADDED, CHANGED, REFUSED, SAME, read_import
from data.changes.listing import Asked
from data.changes.types import Editor
from data.scope import Scope

MANAGER = Editor("meg", "manager", Scope.everything())
pytestmark = [pytest.mark.sample]
BROKEN = {
    "category": [("NOWHERE > NOTHING", "is not one of the categories"), (None, "must not be empty")],
    "manufacturer": [(-4, "must lie between 1 and 2147483647"), ("many", "must be a whole number")],
    "unit_of_measure": [("stone", "must be one of piece, thousandth")],
    "product_type": [("x" * 201, "must have at most 200 characters")],
    "retired": [("perhaps", "must be true or false")],
}


def test_an_edited_workbook_of_all_products_comes_back_with_exactly_its_differences(sample, tmp_path, monkeypatch):
    from dashboard.load import Resources
    from dashboard.reference.files import export_file

    monkeypatch.setattr(Resources, "database", sample)
    path = tmp_path / "products.xlsx"
    path.write_bytes(export_file(editable_table("products"), Asked(), Scope.everything(), "xlsx"))
    edited = edit(path)
    with sample.reading(Scope.everything()) as conn:
        read = read_import(conn, editable_table("products"), path, editor=MANAGER)
    found = {(row.number, name): new for row in read.rows if row.kind == CHANGED for name, _, new in row.fields}
    assert found == edited.changed
    assert {row.number for row in read.rows if row.kind == ADDED} == edited.added
    refused = {
        row.number: [(fault.field, fault.rule) for fault in row.faults] for row in read.rows if row.kind == REFUSED
    }
    assert refused == edited.broken
    assert read.counted(SAME) == len(read.rows) - 500 - 20 - 10
    assert len(read.changes) == 520


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_untouched_file_changes_nothing(sample, tmp_path, monkeypatch, kind):
    from dashboard.load import Resources
    from dashboard.reference.files import export_file

    monkeypatch.setattr(Resources, "database", sample)
    for name in ("departments", "categories", "stores", "campaigns", "targets", "calendar_events", "coupons"):
        path = tmp_path / f"{name}.{kind}"
        path.write_bytes(export_file(editable_table(name), Asked(), Scope.everything(), kind))
        with sample.reading(Scope.everything()) as conn:
            read = read_import(conn, editable_table(name), path, editor=MANAGER)
        assert read.changes == ()
        assert {row.kind for row in read.rows} == {SAME}


class Edited:
    """What was done to the workbook, by row."""

    def __init__(self) -> None:
        self.changed: dict[tuple[int, str], str] = {}
        self.added: set[int] = set()
        self.broken: dict[int, list[tuple[str, str]]] = {}


def edit(path: Path) -> Edited:
    """Change 500 cells of as many rows, break 10 others, and add 20 at the end."""
    book = openpyxl.load_workbook(path)
    sheet = book["Products"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    chosen = random.Random(17).sample(range(2, sheet.max_row + 1), 510)
    done = Edited()
    for number in chosen[:500]:
        name, value = ("package_size", f"{number} OZ") if number % 2 else ("brand", f"Brand {number}")
        sheet.cell(number, columns[name], value)
        done.changed[number, name] = value
    faults = [(name, *fault) for name, wrong in BROKEN.items() for fault in wrong]
    for number, (name, value, rule) in zip(chosen[500:], (faults * 2)[:10], strict=True):
        sheet.cell(number, columns[name]).value = value
        done.broken[number] = [(name, rule)]
    for at in range(20):
        number = sheet.max_row + 1
        sheet.append({columns["product"]: 900_000_000 + at, columns["category"]: "FUEL > FUEL"})
        done.added.add(number)
    book.save(path)
    return done
