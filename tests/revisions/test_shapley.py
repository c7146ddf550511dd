"""Sharing out by the Shapley value: against every order, for games that have no structure."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.revisions.shapley import evaluations, shapley, whole_shares
from tests.revisions import model


def a_game(players: int, seed: int):
    draw = Random(seed)
    worths = {frozenset(): 0}

    def worth(chosen: frozenset[int]) -> int:
        return worths.setdefault(chosen, draw.randrange(-1000, 1000))

    every = [frozenset(at for at in range(players) if mask >> at & 1) for mask in range(2**players)]
    for chosen in every:
        worth(chosen)
    return worth


@pytest.mark.parametrize("players", range(1, 7))
def test_shares_are_the_mean_over_every_order(players):
    worth = a_game(players, seed=players)
    found = shapley(players, worth)
    assert list(found.shares) == model.shapley(range(players), worth)
    assert found.errors is None


def test_who_adds_nothing_gets_nothing_and_equals_get_the_same():
    worth = lambda chosen: 100 * len(chosen & {0, 1})  # noqa: E731
    assert shapley(3, worth).shares == (100, 100, 0)


def test_above_ten_players_orders_are_sampled_and_still_add_up():
    worths = [7 * at for at in range(14)]
    pairs = lambda chosen: sum(worths[at] for at in chosen) + 50 * (1 in chosen and 13 in chosen)  # noqa: E731
    found = shapley(14, pairs)
    assert sum(found.shares) == sum(worths) + 50
    assert found.errors is not None
    # What only adds is the same in every order; the pair's own worth is shared between the two, in the mean.
    assert found.shares[5] == 35
    assert found.errors[5] == 0
    assert abs(found.shares[1] - 32) <= 4 * found.errors[1] + 1e-9
    assert shapley(14, pairs) == found, "the same sample is drawn again"


def test_no_more_is_asked_than_foretold():
    for players in (4, 12):
        asked = set()

        def worth(chosen: frozenset[int], asked=asked) -> int:
            asked.add(chosen)
            return len(chosen) ** 2

        shapley(players, worth)
        assert len(asked) <= evaluations(players)


@given(st.lists(st.fractions(-1000, 1000, max_denominator=60), min_size=1, max_size=12), st.integers(-5, 5))
def test_whole_shares_keep_the_sum_and_stay_within_one(shares, whole):
    shares = [*shares, whole - sum(shares, Fraction(0))]
    found = whole_shares(shares)
    assert sum(found) == whole
    assert all(abs(one - share) < 1 for one, share in zip(found, shares, strict=True))
