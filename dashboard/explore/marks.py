"""What a chart draws, and what each of its marks stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from dashboard.charts.plot import Plot
from dashboard.explore.names import ids_of, kinds_of, names_of
from dashboard.explore.questions import Axes, axes_of
from dashboard.explore.state import Chart, State, bucket_of, one_of
from dashboard.periods import Span, comparison_in_words
from data.queries.metrics import Result
from data.semantic.question import Filter, Match, Versus
from data.semantic.result import MEMBER, OTHERS, TOTAL
from data.semantic.types import PERIOD


@dataclass(frozen=True)
class Mark:
    """A mark as people name it, with what it stands for along each key: filters, and the first day of its bucket."""

    label: str
    members: tuple[tuple[str, Filter], ...]
    day: date | None = None

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filters that keep what the mark stands for, its bucket aside."""
        return tuple(item for _, item in self.members)

    def only(self, key: str) -> Filter | date | None:
        """What it stands for along one key, where that is one member; None for the others."""
        if key == PERIOD:
            return self.day
        return next((item for name, item in self.members if name == key and item.match is Match.IN), None)


@dataclass(frozen=True, eq=False)
class Drawing:
    """A plot with its marks, by their number."""

    plot: Plot
    marks: tuple[Mark, ...]
    axes: Axes


def drawing_of(state: State, answer: Result, span: Span, *, currency: str) -> Drawing:
    """The plot of the chart query's answer."""
    axes = axes_of(state)
    frame = _marked(state, answer.frame, axes).reset_index(drop=True)
    metric = state.subject.metrics[state.metric]
    target = state.compare(span) is not None and f"{state.metric}_target" in answer.frame
    plot = Plot(
        frame=_plotted(state, frame, axes, span, target=target),
        label=metric.label,
        unit=metric.unit,
        x_title=_title(state, axes.x),
        series_title=_title(state, axes.series),
        grain=state.grain if axes.x == PERIOD else None,
        period=str(span),
        comparison=compared_in_words(state, span),
        target=target,
        currency=currency,
        **_second(state, frame),
    )
    shown = {key: tuple(_known(frame, key)) for key in (axes.x, axes.series) if key is not None and key != PERIOD}
    marks = tuple(_mark(state, row, axes, shown) for row in frame.to_dict("records"))
    return Drawing(plot, marks, axes)


def compared_in_words(state: State, span: Span) -> str | None:
    """What figures are held against, as in a sentence; None where they are not."""
    compare = state.compare(span)
    if compare is None:
        return None
    if compare.to is Versus.TARGET:
        return "target"
    return comparison_in_words(state.comparison, state.period, span, chosen=state.against)


def _marked(state: State, frame: pd.DataFrame, axes: Axes) -> pd.DataFrame:
    """The rows that are drawn, with names, members in the order of their totals; totals only give the order."""
    keys = [key for key in (axes.x, axes.series) if key is not None]
    named = frame.assign(**{f"{key}_name": names_of(frame, key, state.grain) for key in keys})
    drawn = named
    for key in keys:
        drawn = drawn[kinds_of(drawn, key) != TOTAL]
    if axes.x is None or axes.series is None:
        return drawn
    ranks = {key: drawn[key] if state.in_order(key) else _ranks(named, drawn, key, keys) for key in keys}
    ordered = drawn.assign(_x=ranks[axes.x], _series=ranks[axes.series]).sort_values(["_series", "_x"], kind="stable")
    return ordered.drop(columns=["_x", "_series"])


def _ranks(frame: pd.DataFrame, drawn: pd.DataFrame, key: str, keys: list[str]) -> pd.Series:
    """The place of each row's member among the totals, which come in the order that was asked for."""
    other = next(name for name in keys if name != key)
    totals = frame[(kinds_of(frame, other) == TOTAL) & (kinds_of(frame, key) != TOTAL)]
    places = {id_: at for at, id_ in enumerate(ids_of(totals, key))}
    return ids_of(drawn, key).map(places)


def _plotted(state: State, frame: pd.DataFrame, axes: Axes, span: Span, *, target: bool) -> pd.DataFrame:
    held = f"{state.metric}_{'target' if target else 'before'}"
    rows = frame.to_dict("records")
    columns: dict[str, Any] = {
        "x": frame[PERIOD] if axes.x == PERIOD else _names(frame, axes.x),
        "series": _names(frame, axes.series),
        "value": _floats(frame, state.metric),
        "before": _floats(frame, held) if held in frame else float("nan"),
        "kind": [_kind(row, axes) for row in rows],
        "mark": range(len(frame)),
        "complete": [_complete(row, state, span) for row in rows] if axes.x == PERIOD else True,
    }
    plotted = pd.DataFrame(columns, index=frame.index)
    if axes.x == PERIOD:
        plotted = plotted[plotted["x"].notna()]
    second = _second_metric(state)
    return plotted if second is None else plotted.assign(y=_floats(frame, second))


def _floats(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name].astype("Float64").astype("float64")


def _second_metric(state: State) -> str | None:
    if state.resolved_chart() is not Chart.SCATTER:
        return None
    return next((name for name in state.metrics if name != state.metric), state.metric)


def _second(state: State, frame: pd.DataFrame) -> dict[str, Any]:
    name = _second_metric(state)
    if name is None or name not in frame:
        return {}
    metric = state.subject.metrics[name]
    return {"y_label": metric.label, "y_unit": metric.unit}


def _title(state: State, key: str | None) -> str:
    if key is None:
        return ""
    return str(state.grain).capitalize() if key == PERIOD else state.subject.dimensions[key].label


def _names(frame: pd.DataFrame, key: str | None) -> pd.Series:
    return pd.Series("", index=frame.index, dtype="str") if key is None else frame[f"{key}_name"]


def _kind(row: Mapping[Any, Any], axes: Axes) -> str:
    kinds = {row.get(f"{key}_kind", MEMBER) for key in (axes.x, axes.series) if key not in {None, PERIOD}}
    return OTHERS if OTHERS in kinds else MEMBER


def _complete(row: Mapping[Any, Any], state: State, span: Span) -> bool:
    if pd.isna(row[PERIOD]):
        return False
    days = bucket_of(row[PERIOD].date(), state.grain)
    return days.start >= span.start and days.end <= span.end


def _known(frame: pd.DataFrame, key: str) -> list[Any]:
    kind = f"{key}_kind"
    members = frame[frame[kind] == MEMBER] if kind in frame else frame
    return [_plain(value) for value in members[key].drop_duplicates()]


def _mark(state: State, row: Mapping[Any, Any], axes: Axes, shown: Mapping[str, tuple[Any, ...]]) -> Mark:
    members, words, day = [], [], None
    for key in (axes.x, axes.series):
        if key is None:
            continue
        if key == PERIOD:
            day = None if pd.isna(row[PERIOD]) else row[PERIOD].date()
            continue
        words.append(row[f"{key}_name"])
        if row.get(f"{key}_kind", MEMBER) != OTHERS:
            members.append((key, one_of(key, _plain(row[key]))))
        elif shown[key]:  # where none is shown by name, the others are all there are: nothing to filter by
            members.append((key, Filter(key, shown[key], Match.NOT_IN)))
    return Mark(", ".join(words), tuple(members), day)


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
