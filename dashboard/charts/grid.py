"""A grid: a cell for each row and column, stronger where there is more, or blue above and orange below a middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.layout import figure_of, hover, rows_of
from dashboard.charts.palette import Palette, blend
from dashboard.charts.strokes import written

_ROW_PX, _LONGEST, _FEW, _SOFT = 26, 22, 13, 0.45


@dataclass(frozen=True, eq=False)
class Grid:
    """What a grid shows and in which words.

    One row of `frame` is a cell; columns row and column (str), value (float64, NaN where undefined), words (str, what
    stands in the cell where there is room) and told (str, what a hover adds). `rows` and `columns` are all of them in
    the order to draw; what has no cell stays empty. `middle` is the value that neither colour stands for, and `reach`
    how far from it a colour is strongest. `labels` are the columns that get a label and which, all with their names
    where it is None. `written` says whether words stand in the cells where there are few columns.
    """

    frame: pd.DataFrame
    label: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    middle: float | None = None
    reach: float = 1.0
    labels: tuple[tuple[str, str], ...] | None = None
    row_px: int = _ROW_PX
    written: bool = True


def grid_chart(grid: Grid, colours: Palette) -> go.Figure:
    """The cells, the first row at the top."""
    cells = {(row.row, row.column): row for row in rows_of(grid.frame)}
    found = [[cells.get((row, column)) for column in grid.columns] for row in grid.rows]
    named = [(name, name) for name in grid.columns] if grid.labels is None else grid.labels
    return figure_of(
        [_cells(grid, found, colours)],
        colours,
        height=36 + len(grid.rows) * grid.row_px,
        x={"tickvals": [grid.columns.index(name) for name, _ in named],
           "ticktext": [written(words, _LONGEST) for _, words in named],
           "side": "top", "tickangle": 0, "range": [-0.5, len(grid.columns) - 0.5]},
        y={"tickvals": list(range(len(grid.rows))), "ticktext": [written(name, _LONGEST) for name in grid.rows],
           "range": [len(grid.rows) - 0.5, -0.5], "showgrid": False, "tickfont": {"color": colours.text}},
        hovermode="closest",
    )  # fmt: skip


def grid_alt(grid: Grid, *, best: str = "highest") -> str:
    """The finding: the strongest and the weakest cell."""
    known = grid.frame.dropna(subset=["value"])
    if known.empty:
        return f"{grid.label}: no value is defined."
    high, low = (choose(rows_of(known), key=lambda cell: cell.value) for choose in (max, min))
    return f"{grid.label}: {best} {_named(high)}; lowest {_named(low)}."


def _named(cell: Any) -> str:
    return f"{cell.row}, {cell.column}, {cell.words}"


def _cells(grid: Grid, found: list[list[Any]], colours: Palette) -> dict[str, Any]:
    few = grid.written and len(grid.columns) <= _FEW
    # Where values are written in the cells, no cell is so strong that they could not be read.
    accent, down, up = (
        _soft(colour, colours) if few else colour for colour in (colours.accent, colours.down, colours.up)
    )
    scale: dict[str, Any] = {"colorscale": [[0, colours.grid], [1, accent]]}
    if grid.middle is not None:
        ends = [[0, down], [0.5, colours.grid], [1, up]]
        scale = {"colorscale": ends, "zmin": grid.middle - grid.reach, "zmax": grid.middle + grid.reach}
    return {
        "type": "heatmap",
        "x": list(range(len(grid.columns))),
        "y": list(range(len(grid.rows))),
        "z": [[None if cell is None else cell.value for cell in line] for line in found],
        "text": [["" if cell is None else cell.words for cell in line] for line in found] if few else None,
        "texttemplate": "%{text}" if few else None,
        "textfont": {"size": 11, "color": colours.text},
        "customdata": [[None if cell is None else _hover(cell) for cell in line] for line in found],
        "hovertemplate": "%{customdata}<extra></extra>",
        "hoverongaps": False,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        **scale,
    }


def _soft(colour: str, colours: Palette) -> str:
    return blend(colour, colours.ground, _SOFT)


def _hover(cell: Any) -> str:
    return hover(f"{cell.row} · {cell.column}", *str(cell.told).split("\n"))
