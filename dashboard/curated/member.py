"""A member's figures: its tiles, its line, what they come from, and what is bought with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from dashboard import format as fmt
from dashboard.charts.ranking import Ranking, others_note, ranking_alt, ranking_chart
from dashboard.charts.sparkline import sparkline, sparkline_alt
from dashboard.charts.trend import Trend, trend_alt, trend_chart
from dashboard.curated.asked import Asked
from dashboard.curated.piece import Piece
from dashboard.explore.address import address_of
from dashboard.exports import Table
from dashboard.panels import trend_note
from dashboard.periods import next_bucket
from dashboard.pins.button import pin_button_html
from dashboard.selection import LISTS
from dashboard.tiles import Tile, moved
from data.queries.calendar import calendar_events
from data.queries.member import Member, breakdowns
from data.queries.metrics import Result
from data.queries.neighbours import bought_with
from data.queries.pairs import PAIRED
from data.queries.slices import SUBJECT
from data.semantic.checked import CheckedSubject
from data.semantic.question import Compare, Query, Versus
from data.semantic.types import PERIOD, Dimension, Unit

METRICS = ("net_sales", "units", "baskets", "households")
_MOST_TILES = 4
_ADDED_UP = {Unit.CENTS, Unit.COUNT}


@dataclass(frozen=True, eq=False)
class Figures:
    """A member's metrics in all, one row, and bucket by bucket; each with what it is compared with, where it is.

    `by_bucket` is the answer that the series are the buckets of.
    """

    metrics: tuple[str, ...]
    totals: pd.DataFrame
    series: pd.DataFrame
    by_bucket: Result

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of it in what was asked for."""
        row = self.totals.iloc[0]
        return all(pd.isna(row[name]) or not float(row[name]) for name in self.metrics)


def metrics_of(subject: CheckedSubject) -> tuple[str, ...]:
    """What is told of each member of the subject: those of sales, or the first that rest on facts."""
    known = [name for name in METRICS if name in subject.metrics]
    for name, metric in subject.metrics.items():
        if all(subject.measures[measure].plan is None for measure in metric.measures) and not set(METRICS) <= set(
            known
        ):
            known.append(name)
    return tuple(dict.fromkeys(known))[:_MOST_TILES]


def read_figures(asked: Asked) -> Figures:
    """The figures of what the page is about."""
    metrics = metrics_of(asked.subject)
    totals = asked.ask(Query(metrics, compare=_compared(asked), **_dates(asked))).frame
    by_bucket = asked.ask(Query(metrics, grain=asked.filters.grain, compare=_compared(asked), **_dates(asked)))
    found = by_bucket.frame
    series = found[found[PERIOD].notna()].reset_index(drop=True)
    starts = [day.date() for day in series[PERIOD]]
    grain, span = asked.filters.grain, asked.span
    whole = [start >= span.start and next_bucket(start, grain) <= span.end for start in starts]
    return Figures(metrics, totals, series.assign(complete=whole), by_bucket)


def tiles(asked: Asked, figures: Figures) -> list[Tile]:
    """A tile for each of them; a click opens it in Explore, for the member alone."""
    return [_tile(asked, figures, name) for name in figures.metrics]


def line(asked: Asked, figures: Figures) -> Piece:
    """The first metric over time, with the earlier period behind it."""
    name = figures.metrics[0]
    metric, series, before = asked.subject.metrics[name], figures.series, f"{figures.metrics[0]}_before"
    held = before in series
    frame = pd.DataFrame({
        "period": series[PERIOD],
        "value": series[name].astype("float64"),
        "before_period": series[f"{PERIOD}_before"] if held else pd.Series(pd.NaT, series.index, "datetime64[s]"),
        "before": series[before].astype("float64") if held else float("nan"),
        "complete": series["complete"],
    })  # fmt: skip
    grain, span = asked.filters.grain, asked.span
    trend = Trend(frame, metric.label, metric.unit, grain, str(span), str(asked.compared) if held else None,
                  asked.currency)  # fmt: skip
    events = calendar_events(asked.conn, start=span.start, end=span.end, scope=asked.user.scope,
                             filters=asked.query_filters(), revision=asked.pin.revision)  # fmt: skip
    table = Table(f"By {grain}", figures.by_bucket.frame, figures.by_bucket.columns)
    return Piece("member-line", f"{metric.label} by {grain}", table,
                 partial(trend_chart, trend, events), trend_alt(trend), trend_note(trend, events),
                 asked.origin(name, PERIOD))  # fmt: skip


def breakdowns_of(member: Member) -> list[Dimension]:
    """What the member can be broken down by: what lies right below it, then where facts were made, then the rest."""
    graph, scope = member.subject.graph, member.subject.subject.scope_column
    found = breakdowns(member)
    below = [one for one in found if one.parent == member.dimension.name]
    where = [one for one in found if scope is not None and graph.nearest(one.grouped_by) is scope]
    return list(dict.fromkeys([*below, *where, *found]))


def first_two(member: Member, found: dict[str, Dimension]) -> list[str]:
    """The breakdowns that are shown first: two that are not steps of one hierarchy."""
    names = list(found)
    if not names:
        return []
    line = {names[0]} | {one.name for one in member.subject.ancestors(found[names[0]])}
    others = [name for name, one in found.items()
              if not line & {name, *(above.name for above in member.subject.ancestors(one))}]  # fmt: skip
    return [*names[:1], *others[:1]]


def broken_down(asked: Asked, metric: str, dimension: Dimension, *, place: int) -> Piece:
    """The metric by another dimension, each member against what it was; `place` tells panels of a page apart."""
    declared = asked.subject.metrics[metric]
    query = Query((metric,), (dimension.name,), compare=_compared(asked), **_dates(asked))
    result = asked.ask(query, without=dimension.name)
    found, before = result.frame, f"{metric}_before"
    label = f"{dimension.name}_label" if f"{dimension.name}_label" in found else dimension.name
    frame = pd.DataFrame({
        "key": found[dimension.name],
        "label": found[label].astype("str"),
        "value": found[metric].astype("float64"),
        "before": found[before].astype("float64") if before in found else float("nan"),
    }).sort_values(["value", "key"], ascending=[False, True], ignore_index=True)  # fmt: skip
    held = str(asked.compared) if before in found else None
    picked = asked.filters.picked(dimension.name)
    shown = Ranking(frame, declared.label, dimension.label.lower(), declared.unit, picked, held, asked.currency,
                    clickable=dimension.name in LISTS)  # fmt: skip
    title = f"{declared.label} by {dimension.label.lower()}"
    return Piece(f"member-by-{place}", title, Table(title, found, result.columns),
                 partial(ranking_chart, shown), ranking_alt(shown), others_note(shown),
                 asked.origin(metric, dimension.name))  # fmt: skip


def bought_with_it(asked: Asked, member: Member) -> Table | None:
    """What its baskets hold besides; None for what is not in baskets with others, or where they hold nothing else."""
    if member.subject.subject.name != SUBJECT or member.dimension.name not in PAIRED:
        return None
    part = asked.slice_of(asked.bar_filters(without=member.dimension.name))
    result = bought_with(asked.conn, part, dimension=member.dimension.name, key=member.key, cache=asked.cache)
    shown = tuple(column for column in result.columns if column.name != "key")
    return None if result.frame.empty else Table("Bought with it", result.frame, shown)


def _tile(asked: Asked, figures: Figures, name: str) -> Tile:
    metric, row = asked.subject.metrics[name], figures.totals.iloc[0]
    now, before = _number(row[name]), _number(row[f"{name}_before"]) if f"{name}_before" in row else None
    comparable = figures.series[figures.series["complete"]]
    comparable = comparable if len(comparable) > 1 else figures.series
    compared = asked.filters.compared_in_words(asked.span) if asked.compared else None
    change, words = moved(now, before, metric.unit, of=compared, otherwise="")
    hover = (
        f"{fmt.NOT_DEFINED if math.isnan(now) else fmt.exact(now, metric.unit)} in {asked.span}",
        "" if before is None else f"{fmt.exact(before, metric.unit)} in {asked.compared}",
        metric.description,
        sparkline_alt(comparable, name, unit=metric.unit, grain=asked.filters.grain, currency=asked.currency),
    )
    alone = address_of(asked.state(name))
    return Tile(
        metric.label, fmt.short(now, metric.unit, asked.currency), change, words, sparkline(comparable, name),
        tuple(filter(None, hover)), address_of(asked.state(name, PERIOD)),
        pin_button_html(alone, metric.label, revision=asked.fresh.revision),
    )  # fmt: skip


def _number(value: Any) -> float:
    return math.nan if pd.isna(value) else float(str(value))


def _dates(asked: Asked) -> dict[str, Any]:
    return {"start": asked.span.start, "end": asked.span.end}


def _compared(asked: Asked) -> Compare | None:
    before = asked.compared
    return None if before is None else Compare(Versus.RANGE, before.start, before.end)
