"""What is made of an overview once for all its readers: tables, tiles and figures, with what is said of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.charts.palette import Palette
from dashboard.charts.ranking import Ranking, others_note, ranking_alt, ranking_chart
from dashboard.charts.trend import trend_alt, trend_chart
from dashboard.exports import Table
from dashboard.kept import kept_with
from dashboard.overview import Overview
from dashboard.overview_tables import overview_tables
from dashboard.panels import trend_note
from dashboard.summary import TILES
from dashboard.tiles import tile, tiles_html


@dataclass(frozen=True, eq=False)
class Chart:
    """A figure, what it shows in words, and what stands below it."""

    figure: go.Figure
    alt: str
    note: str


@dataclass(frozen=True, eq=False)
class Drawn:
    """An overview in the colours of one appearance; `charts` by the names of its panels, like `tables`."""

    tables: Mapping[str, Table]
    tiles: str
    charts: Mapping[str, Chart]


def drawn_of(overview: Overview, look: Palette) -> Drawn:
    """The overview as it is shown, made when it is first asked for and shared from then on."""
    return kept_with(overview, look, lambda: _draw(overview, look))


def _draw(overview: Overview, look: Palette) -> Drawn:
    trend, events = overview.trend, overview.events
    figure = Chart(trend_chart(trend, events, look), trend_alt(trend), trend_note(trend, events))
    return Drawn(
        kept_with(overview, "tables", lambda: overview_tables(overview)),
        tiles_html([tile(overview, name) for name in TILES], look),
        {"trend": figure, **{name: _drawn_ranking(ranking, look) for name, ranking in overview.rankings.items()}},
    )


def _drawn_ranking(ranking: Ranking, look: Palette) -> Chart:
    def draw() -> Chart:
        return Chart(ranking_chart(ranking, look), ranking_alt(ranking), others_note(ranking))

    return kept_with(ranking, look, draw)
