"""A link holds the whole view of Explore, and nothing in it can make an error."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.explore.links import from_params, to_params
from dashboard.explore.state import State, first_state
from data.semantic.catalog import catalog
from data.semantic.question import Filter
from tests.factories.explore import states, texts


@given(states())
def test_a_link_gives_back_the_state_that_it_was_made_of(state):
    assert from_params(to_params(state)) == (state, [])


@given(
    st.dictionaries(
        st.sampled_from(["m", "r", "c", "by", "p", "vs", "f", "chart", "top", "l", "lp"]), st.lists(texts(), min_size=1)
    )
)
@example({"lp": ["\N{SUPERSCRIPT TWO}"], "top": ["\N{SUPERSCRIPT TWO}"]})  # a digit to Python, and no number
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
