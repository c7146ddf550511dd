"""The answer of Explore as a table: rows and columns as asked for, with totals that are counted, not added."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from dashboard.explore.names import TOTAL_LABEL, ids_of, kinds_of, names_of
from dashboard.explore.state import State
from dashboard.exports import Table
from data.queries.metrics import Result
from data.semantic.result import TOTAL
from data.semantic.types import PERIOD, ColumnSpec, Unit

_ROW = "_row"


def pivot_table(state: State, answer: Result) -> Table:
    """Rows in the order of their own figures, below each group its total, the grand total last.

    Each member of the columns key has a column per metric, and so has the total of the row.
    """
    frame = _labelled(state, answer.frame)
    rows = _ordered_rows(state, frame)
    columns: list[ColumnSpec] = [_key_spec(state, key) for key in state.rows]
    figures = [column for column in answer.columns if _is_figure(state, column)]
    if state.columns is None:
        return Table("Figures", rows, (*columns, *figures), _signed(figures))
    wide, added = _spread(state, frame, rows, figures)
    return Table("Figures", wide, (*columns, *added), _signed(added))


def _is_figure(state: State, column: ColumnSpec) -> bool:
    return any(column.name == name or column.name.startswith(f"{name}_") for name in state.metrics)


def _signed(columns: list[ColumnSpec]) -> frozenset[str]:
    return frozenset(column.name for column in columns if column.name.endswith(("_change", "_change_rate")))


def _key_spec(state: State, key: str) -> ColumnSpec:
    if key == PERIOD:
        return ColumnSpec(_shown(key), str(state.grain).capitalize(), Unit.TEXT)
    dimension = state.subject.dimensions[key]
    return ColumnSpec(_shown(key), dimension.label, Unit.TEXT, dimension.description)


def _shown(key: str) -> str:
    return f"{key}_shown"


def _id(key: str) -> str:
    return f"{key}_id"


def _labelled(state: State, frame: pd.DataFrame) -> pd.DataFrame:
    """With a text for each key, and with what tells its members apart."""
    texts = {_shown(key): names_of(frame, key, state.grain) for key in state.keys}
    return frame.assign(**texts, **{_id(key): ids_of(frame, key) for key in state.keys})


def _ordered_rows(state: State, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with all columns together, each group in the order of its total."""
    rows = frame
    if state.columns is not None:
        rows = rows[rows[f"{state.columns}_kind"] == TOTAL]
    order = []
    for count in range(1, len(state.rows) + 1):
        prefix, rest = list(state.rows[:count]), state.rows[count:]
        group = rows
        for key in prefix:
            group = group[kinds_of(group, key) != TOTAL]
        for key in rest:
            group = group[kinds_of(group, key) == TOTAL]
        ids = [_id(key) for key in prefix]
        ranks = group[ids].assign(**{f"_rank{count}": range(len(group))})
        rows = rows.merge(ranks, on=ids, how="left")
        order.append(f"_rank{count}")
    if order:
        rows = rows.sort_values(order, kind="stable", na_position="last")
    return rows.drop(columns=order).reset_index(drop=True)


def _spread(
    state: State, frame: pd.DataFrame, rows: pd.DataFrame, figures: list[ColumnSpec]
) -> tuple[pd.DataFrame, list[ColumnSpec]]:
    """The rows with the figures of each member of the columns key beside each other, the row's total last."""
    key, ids = str(state.columns), [_id(name) for name in state.rows]
    numbered = rows[ids].assign(**{_ROW: range(len(rows))})
    placed = frame.merge(numbered, on=ids, how="left") if ids else frame.assign(**{_ROW: 0})
    added, parts = [], [rows[[_shown(name) for name in state.rows]]]
    for at, (id_, member) in enumerate(_column_members(state, frame, key)):
        part = placed[placed[_id(key)] == id_].set_index(_ROW).reindex(range(len(rows)))
        for figure in figures:
            label = member if len(figures) == 1 else f"{member} \N{MIDDLE DOT} {figure.label}"
            spec = replace(figure, name=f"{at}_{figure.name}", label=label, nullable=True)
            parts.append(part[figure.name].rename(spec.name).reset_index(drop=True))
            added.append(spec)
    return pd.concat(parts, axis=1), added


def _column_members(state: State, frame: pd.DataFrame, key: str) -> list[tuple[Any, str]]:
    """The members across, by what tells them apart and in words: time in its order, the total at the end."""
    whole = frame
    for name in state.rows:
        whole = whole[kinds_of(whole, name) == TOTAL]
    is_total = kinds_of(whole, key) == TOTAL
    members = whole[~is_total]
    if state.in_order(key):
        members = members.sort_values(key)
    pairs = [*members[[_id(key), _shown(key)]].itertuples(index=False, name=None)]
    return [*pairs, *((id_, TOTAL_LABEL) for id_ in whole.loc[is_total, _id(key)])]
