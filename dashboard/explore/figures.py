"""Which figure draws a plot."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.bars import bar_chart
from dashboard.charts.heatmap import heatmap_chart
from dashboard.charts.lines import area_chart, line_chart
from dashboard.charts.palette import Palette
from dashboard.charts.scatter import scatter_chart
from dashboard.explore.marks import Drawing
from dashboard.explore.questions import adds_up
from dashboard.explore.state import Chart, State


def figure_for(
    state: State,
    drawing: Drawing,
    events: pd.DataFrame,
    colours: Palette,
    *,
    height: int | None = None,
    narrow: bool = False,
) -> go.Figure:
    """The figure of the chart that was chosen, or of the one that suits what does not allow it.

    What has a row for each member is as high as they need, and the others as `height` says; `narrow` ones name their
    lines above.
    """
    plot, axes = drawing.plot, drawing.axes
    chart, sized = drawable(state, drawing), {} if height is None else {"height": height}
    if chart is Chart.HEATMAP:
        return heatmap_chart(plot, colours)
    if chart is Chart.SCATTER:
        return scatter_chart(plot, colours, **sized)
    if chart is Chart.AREA:
        return area_chart(plot, colours, **sized, narrow=narrow)
    if chart is Chart.LINE:
        over_time = events if axes.x == "period" else None
        return line_chart(plot, colours, events=over_time, **sized, narrow=narrow)
    return bar_chart(plot, colours, stacked=chart is Chart.STACKED, **sized, narrow=narrow)


def drawable(state: State, drawing: Drawing) -> Chart:
    """The chart asked for, unless it would lie: what does not add up, or is negative, is not stacked."""
    chart, axes = state.resolved_chart(), drawing.axes
    if chart in {Chart.STACKED, Chart.AREA} and axes.series is not None:
        whole = adds_up(state, axes.series) and not (drawing.plot.frame["value"] < 0).any()
        if not whole:
            return Chart.BAR if chart is Chart.STACKED else Chart.LINE
    return chart
