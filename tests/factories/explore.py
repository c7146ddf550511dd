"""Any state of Explore that its controls or a link could make."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from dashboard.explore.state import TOPS, Chart, State
from dashboard.periods import PERIODS, Comparison, Period
from data.semantic.catalog import catalog
from data.semantic.question import Filter, Match
from data.semantic.types import PERIOD, Grain, Unit

SALES = catalog().subject("sales")
KEYS = [*SALES.dimensions, PERIOD]


def texts():
    return st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=12)


@st.composite
def filters(draw):
    dimension = SALES.dimensions[draw(st.sampled_from(list(SALES.dimensions)))]
    member = texts() if dimension.unit is Unit.TEXT else st.integers(-(10**17), 10**17)
    match = draw(st.sampled_from(list(Match)))
    if match is Match.SEARCH:
        return Filter(dimension.name, (draw(texts() if dimension.unit is Unit.TEXT else st.just("store 3")),), match)
    if match is Match.RANGE:
        return Filter(dimension.name, (draw(member), draw(st.none() | member)), match)
    return Filter(dimension.name, tuple(draw(st.lists(member, min_size=1, max_size=3))), match)


def days():
    return st.tuples(st.dates(date(2010, 1, 1), date(2015, 1, 1)), st.dates(date(2015, 1, 1), date(2020, 1, 1)))


@st.composite
def states(draw):
    metrics = draw(st.lists(st.sampled_from(list(SALES.metrics)), min_size=1, max_size=6, unique=True))
    keys = draw(st.lists(st.sampled_from(KEYS), max_size=4, unique=True))
    period, comparison = draw(st.sampled_from(PERIODS)), draw(st.sampled_from(list(Comparison)))
    unique = {"unique_by": lambda item: (item.dimension, item.match)}
    return State(
        metrics=tuple(metrics),
        rows=tuple(keys[:3]),
        columns=keys[3] if len(keys) > 3 else None,
        grain=draw(st.sampled_from(list(Grain))),
        period=period,
        comparison=comparison,
        dates=draw(days()) if period is Period.CUSTOM else None,
        against=draw(days()) if comparison is Comparison.CUSTOM else None,
        filters=tuple(draw(st.lists(filters(), max_size=3, **unique))),
        chart=draw(st.sampled_from(list(Chart))),
        drawn=draw(st.none() | st.sampled_from(metrics[1:])) if metrics[1:] else None,
        top=draw(st.none() | st.sampled_from(TOPS)),
        lines=draw(st.none() | st.lists(filters(), max_size=2, **unique).map(tuple)),
    )
