"""A shop in plain Python: what happened to it, in order, and its figures after any selection of what happened.

Nothing here reads the database or the catalog; figures are added up line by line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import permutations
from typing import Any

FEBRUARY = (date(2017, 2, 1), date(2017, 3, 1))


@dataclass(frozen=True)
class Line:
    basket: int
    product: int
    store: int
    household: int
    sold_on: date
    quantity: int
    cents: int
    load: int


@dataclass
class State:
    """Rows by key: products and stores with their fields, targets in cents, and lines."""

    products: dict[int, dict[str, Any]] = field(default_factory=dict)
    stores: dict[int, dict[str, Any]] = field(default_factory=dict)
    targets: dict[tuple[str, date], dict[str, Any]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Deed:
    """What one revision did: assignments to a row (or its coming and going), or lines that came, went and came back."""

    revision: int
    table: str = ""
    key: Any = None
    fields: tuple[tuple[str, Any], ...] = ()
    added: bool = False
    removed: bool = False
    lines: tuple[Line, ...] = ()
    replaced: tuple[date, date] | None = None
    undoes: frozenset[int] = frozenset()  # baskets of the load that is undone, also where they had come back

    def apply(self, state: State, *, since: date | None = None, before: date | None = None) -> None:
        """Change the state; of the lines, those from `since` until before `before`."""
        if self.table:
            rows = getattr(state, self.table)
            if self.removed:
                rows.pop(self.key, None)
            elif self.added or self.key in rows:
                rows.setdefault(self.key, {}).update(self.fields)
            return
        if self.replaced:
            start, end = self.replaced
            state.lines = [line for line in state.lines if not start <= line.sold_on < end]
        if self.undoes:
            state.lines = [line for line in state.lines if line.basket not in self.undoes]
        state.lines += [
            line for line in self.lines
            if (since is None or line.sold_on >= since) and (before is None or line.sold_on < before)
        ]  # fmt: skip


class Model:
    """The state at a base revision, and what happened since."""

    def __init__(self, base: State, revision: int) -> None:
        self.base, self.first = base, revision
        self.deeds: list[Deed] = []

    @property
    def last(self) -> int:
        return self.deeds[-1].revision if self.deeds else self.first

    def at(self, revision: int) -> State:
        """The state right after a revision."""
        return self.after([deed for deed in self.deeds if deed.revision <= revision])

    def after(self, deeds: Iterable[Deed]) -> State:
        """The state with some deeds done, in the order of their revisions."""
        state = deepcopy(self.base)
        for deed in sorted(deeds, key=lambda deed: deed.revision):
            deed.apply(state)
        return state

    def deed(self, revision: int) -> Deed:
        return next(deed for deed in self.deeds if deed.revision == revision)


@dataclass(frozen=True)
class Question:
    """A metric with filters by product and store fields, over dates."""

    metric: str
    dates: tuple[date, date] | None = None
    filters: tuple[tuple[str, str], ...] = ()

    def answer(self, state: State) -> Fraction | None:
        """The figure in cents, pieces or as a ratio; None where it is not defined."""
        lines = [line for line in state.lines if self._kept(state, line)]
        net = sum(line.cents for line in lines)
        baskets = len({line.basket for line in lines})
        match self.metric:
            case "net_sales":
                return Fraction(net)
            case "baskets":
                return Fraction(baskets)
            case "units":
                pieces = [line for line in lines if state.products[line.product]["unit_of_measure"] == "piece"]
                return Fraction(sum(line.quantity for line in pieces))
            case "average_basket":
                return Fraction(net, baskets) if baskets else None
        target = sum(
            row["cents"] for (department, month), row in state.targets.items() if self._planned(department, month)
        )
        return Fraction(net, target) if target else None

    def _kept(self, state: State, line: Line) -> bool:
        row = {**state.products[line.product], **state.stores[line.store]}
        row["department"] = row["category"].split(" > ")[0]
        inside = self.dates is None or self.dates[0] <= line.sold_on < self.dates[1]
        return inside and all(row[name] == wanted for name, wanted in self.filters)

    def _planned(self, department: str, month: date) -> bool:
        inside = self.dates is None or self.dates[0] <= month < self.dates[1]
        return inside and all(wanted == department for _, wanted in self.filters)


QUESTIONS = (
    Question("net_sales"),
    Question("net_sales", filters=(("department", "GROCERY"),)),
    Question("net_sales", dates=FEBRUARY, filters=(("category", "PRODUCE > FRUIT"), ("region", "North"))),
    Question("units", dates=FEBRUARY, filters=(("region", "North"),)),
    Question("baskets", filters=(("brand", "Ours"),)),
    Question("average_basket", filters=(("department", "GROCERY"),)),
    Question("attainment", dates=FEBRUARY, filters=(("department", "GROCERY"),)),
)


def shapley(players: Collection[int], worth: Any) -> list[Fraction]:
    """What each player adds on average, over every order of all of them."""
    count = len(players)
    shares = [Fraction(0)] * count
    orders = list(permutations(range(count)))
    for order in orders:
        there: frozenset[int] = frozenset()
        for player in order:
            shares[player] += worth(there | {player}) - worth(there)
            there |= {player}
    return [share / len(orders) for share in shares]
