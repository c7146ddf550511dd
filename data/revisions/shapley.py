"""Sharing out a difference over what caused it, whatever the order in which the causes are thought to happen.

The Shapley value of a player is what it adds on average over every order of the players. Shares add up to the whole
exactly, also where orders are sampled. Pure arithmetic: what a set of players is worth is asked of the caller.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations

MOST_EXACT = 10
SAMPLED_ORDERS = 64
Worth = Callable[[frozenset[int]], int]


@dataclass(frozen=True)
class Shares:
    """The share of each player, and its standard error where orders were sampled."""

    shares: tuple[Fraction, ...]
    errors: tuple[float, ...] | None = None


def shapley(players: int, worth: Worth, *, orders: int = SAMPLED_ORDERS, seed: int = 1) -> Shares:
    """The Shapley values: exact for up to ten players, from `orders` orders above."""
    asked = cache(worth)
    return _exact(players, asked) if players <= MOST_EXACT else _sampled(players, asked, orders, seed)


def evaluations(players: int, *, orders: int = SAMPLED_ORDERS) -> int:
    """How often at most the caller is asked for what a set is worth."""
    return 2**players if players <= MOST_EXACT else orders * (players - 1) + 2


def _exact(players: int, worth: Worth) -> Shares:
    shares = []
    for player in range(players):
        others = [other for other in range(players) if other != player]
        share = Fraction(0)
        for size in range(players):
            weight = Fraction(1, players * math.comb(players - 1, size))
            for chosen in combinations(others, size):
                before = frozenset(chosen)
                share += weight * (worth(before | {player}) - worth(before))
        shares.append(share)
    return Shares(tuple(shares))


def _sampled(players: int, worth: Worth, orders: int, seed: int) -> Shares:
    """Orders in pairs, each with its reverse: who comes early in one comes late in the other, so the mean is steady."""
    draw = random.Random(seed)  # noqa: S311  a sample that can be drawn again, no secret
    pairs: list[list[Fraction]] = []
    for _ in range(max(orders // 2, 2)):
        order = draw.sample(range(players), players)
        there, back = _along(order, worth), _along(order[::-1], worth)
        pairs.append([Fraction(there[player] + back[player], 2) for player in range(players)])
    count = len(pairs)
    means = [sum((pair[player] for pair in pairs), Fraction(0)) / count for player in range(players)]
    spread = [sum((pair[at] - means[at]) ** 2 for pair in pairs) / (count - 1) for at in range(players)]
    return Shares(tuple(means), tuple(math.sqrt(one / count) for one in spread))


def _along(order: Sequence[int], worth: Worth) -> dict[int, int]:
    """What each player adds when they come in this order."""
    added: dict[int, int] = {}
    there: frozenset[int] = frozenset()
    for player in order:
        added[player] = worth(there | {player}) - worth(there)
        there |= {player}
    return added


def whole_shares(shares: Sequence[Fraction]) -> list[int]:
    """The shares as whole numbers with the same sum, which must be whole: the largest remainders are rounded up."""
    whole = [math.floor(share) for share in shares]
    missing = int(sum(shares, Fraction(0))) - sum(whole)
    by_remainder = sorted(range(len(shares)), key=lambda at: (whole[at] - shares[at], at))
    for at in by_remainder[:missing]:
        whole[at] += 1
    return whole
