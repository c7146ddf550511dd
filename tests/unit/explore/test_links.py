"""A link holds the whole view of Explore, and nothing in it can make an error."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.explore.links import from_params, to_params
from dashboard.explore.state import TOPS, Chart, State, first_state
from dashboard.periods import Comparison, Period
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
    period, comparison = draw(st.sampled_from(list(Period))), draw(st.sampled_from(list(Comparison)))
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


@given(states())
def test_a_link_gives_back_the_state_that_it_was_made_of(state):
    assert from_params(to_params(state)) == (state, [])


@given(
    st.dictionaries(
        st.sampled_from(["m", "r", "c", "by", "p", "vs", "f", "chart", "top", "l", "lp"]), st.lists(texts(), min_size=1)
    )
)
def test_no_link_is_an_error(params):
    state, _ = from_params(params)
    assert set(state.metrics) <= set(catalog().metrics)


def test_the_first_view_needs_no_words():
    assert to_params(first_state()) == {}
    assert first_state().metrics == ("net_sales",)


@pytest.mark.parametrize(
    ("params", "left_out"),
    [
        ({"m": ["net_sales,nonsense"]}, ["nonsense"]),
        ({"r": ["department,nowhere"]}, ["nowhere"]),
        ({"c": ["nowhere"]}, ["nowhere"]),
        ({"f": ["store.in:abc"]}, ["store.in:abc"]),
        ({"f": ["store.in:99999999999999999999"]}, ["store.in:99999999999999999999"]),
        ({"f": ["department.in:"]}, ["department.in:"]),
        ({"f": ["shop.in:1"]}, ["shop.in:1"]),
        ({"f": ["store.near:1"]}, ["store.near:1"]),
        ({"top": ["7"]}, ["7"]),
        ({"p": ["dates"], "from": ["2017-02-30"], "to": ["2017-03-01"]}, ["the dates"]),
    ],
)
def test_what_a_link_names_in_vain_is_told(params, left_out):
    assert from_params(params)[1] == left_out


def test_links_are_short_and_readable():
    state = State(
        rows=("category",), filters=(Filter("category", ("GROCERY > MILK, ETC",)), Filter("store", (367, 368)))
    )
    assert to_params(state) == {
        "r": ["category"],
        "f": ["category.in:GROCERY > MILK%2C ETC", "store.in:367,368"],
    }
