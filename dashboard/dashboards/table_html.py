"""A table as HTML: figures as people read them, to the right; text escaped. Pure."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd

from dashboard import format as fmt
from dashboard.exports import Table
from data.semantic.types import ColumnSpec, Unit

_TEXTS = {Unit.TEXT, Unit.DATE, Unit.INSTANT}


def table_html(table: Table) -> str:
    """The table with its headings; what moved has its sign and colour."""
    heads = "".join(f"<th scope='col'{_side(column)}>{escape(column.label)}</th>" for column in table.columns)
    columns = [[_cell(value, column, table) for value in table.frame[column.name]] for column in table.columns]
    rows = "".join(f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _side(column: ColumnSpec) -> str:
    return "" if column.unit in _TEXTS else " class='number'"


def _cell(value: Any, column: ColumnSpec, table: Table) -> str:
    if column.name not in table.signed or pd.isna(value):
        return f"<td{_side(column)}>{escape(_written(value, column.unit))}</td>"
    way = "up" if value > 0 else "down" if value < 0 else ""
    sign = "+" if value > 0 else ""
    return f"<td class='number {way}'>{sign}{escape(_written(value, column.unit))}</td>"


def _written(value: Any, unit: Unit) -> str:
    if pd.isna(value):
        return fmt.UNDEFINED
    if unit is Unit.DATE:
        return fmt.day(value.date())
    if unit in _TEXTS:
        return str(value)
    return str(value) if unit is Unit.INTEGER else fmt.exact(float(value), unit)
