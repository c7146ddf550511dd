"""A tiny shop as frames, and every question about it answered row by row in plain pandas, from the words alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pandas as pd

from data.scope import Scope
from data.semantic.question import Filter, Match, Query, Top, Versus

OTHERS, TOTAL = "~others", "~total"
FIRST = date(2017, 1, 25)
DEPARTMENTS = {1: ("GROCERY", "MILK"), 2: ("GROCERY", "BREAD"), 3: ("PRODUCE", "FRUIT"), 4: ("FUEL", "FUEL")}
BRANDS = {1: "National", 2: "Private", 3: "National", 4: "National"}
REGIONS = {1: "North", 2: "North", 3: "South"}
TARGETS = {("GROCERY", date(2017, 1, 1)): 100_001, ("GROCERY", date(2017, 2, 1)): 77_777,
           ("PRODUCE", date(2017, 2, 1)): 5_000, ("BAKERY", date(2017, 2, 1)): 1_000}  # fmt: skip
CAMPAIGNS = {
    1: (date(2017, 1, 20), date(2017, 2, 10), (1, 2)),
    2: (date(2017, 2, 1), date(2017, 3, 1), (2, 3)),
    3: (date(2017, 2, 5), date(2017, 2, 6), (5,)),
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
RULES = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}
IGNORED = {"department", "category", "product", "brand", "campaign", "weekday", "hour"}
NAMES = ("basket", "product", "household", "quantity", "net", "retail_discount", "coupon_match")
OF_TARGETS = {"target", "attainment"}


def random_lines(seed: int) -> pd.DataFrame:
    """Baskets of one to four lines over forty days, three stores and five households."""
    draw = Random(seed)
    rows = []
    for basket in range(1, 41):
        day = FIRST + timedelta(days=draw.randrange(40))
        store, household, hour = draw.choice(list(REGIONS)), draw.randrange(1, 6), draw.choice((7, 8, 23))
        for product in draw.sample(list(DEPARTMENTS), draw.randrange(1, 5)):
            money = (draw.randrange(0, 2000), draw.randrange(0, 300), draw.randrange(90))
            rows.append((basket, product, store, household, day, f"{hour:02d}:15", draw.randrange(0, 5), *money))
    names = ["basket", "product", "store", "household", "sold_on", "time", "quantity", "net", "retail_discount",
             "coupon_match"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def with_dimensions(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines with a column for every dimension; `campaign` holds a tuple."""
    return lines.assign(
        department=lines["product"].map(lambda number: DEPARTMENTS[number][0]),
        category=lines["product"].map(lambda number: " > ".join(DEPARTMENTS[number])),
        brand=lines["product"].map(BRANDS),
        region=lines["store"].map(REGIONS),
        weekday=lines["sold_on"].map(date.isoweekday),
        hour=lines["time"].map(lambda text: int(text[:2])),
        campaign=[
            tuple(
                n for n, (start, end, sent) in CAMPAIGNS.items() if start <= row.sold_on < end and row.household in sent
            )
            for row in lines.itertuples()
        ],
    )


def label_of(dimension: str, key: Any) -> str:
    labels = {
        "product": lambda: f"Unnamed product, no. {key}",
        "category": lambda: str(key).split(" > ")[1],
        "store": lambda: f"Store {key}",
        "weekday": lambda: WEEKDAYS[key - 1],
        "hour": lambda: f"{key:02d}:00",
        "campaign": lambda: f"Campaign {key}, Type A",
    }
    return labels[dimension]() if dimension in labels else str(key)


def keeps(item: Filter, key: Any) -> bool:
    match item.match:
        case Match.RANGE:
            first, last = item.members
            return (first is None or key >= first) and (last is None or key <= last)
        case Match.SEARCH:
            wanted = item.members[0].lower()
            return wanted in str(key).lower() or wanted in label_of(item.dimension, key).lower()
    return (key in item.members) == (item.match is Match.IN)


@dataclass(frozen=True)
class Side:
    """The lines of one period, and the planned days; each with the place of its bucket."""

    lines: pd.DataFrame
    wider: pd.DataFrame
    targets: pd.DataFrame | None
    places: list[date]


class BruteForce:
    """Answers one query: rows by key, each with every metric, and `before`."""

    def __init__(self, lines: pd.DataFrame, query: Query, scope: Scope) -> None:
        self.query = query
        self.scope = scope
        self.all_lines = lines
        self.with_targets = bool(OF_TARGETS & set(query.metrics)) or bool(
            query.compare and query.compare.to is Versus.TARGET and "net_sales" in query.metrics
        )
        asked = {*query.dimensions, *(item.dimension for item in query.filters)}
        self.targets_known = asked <= {"department"} and scope.stores is None
        self.of_targets_alone = set(query.metrics) == {"target"} and self.targets_known and not query.top
        self.own = self._side(query.start, query.end)
        before = self._compared()
        self.before = None if before is None else self._side(*before)
        self.tops = {top.dimension: self._top(top) for top in query.top}

    def answer(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        rows = {}
        for level in (self.query.keys, *self.query.totals):
            sides = {"now": self._groups(self.own, level)}
            if self.before is not None:
                sides["before"] = self._groups(self.before, level)
            told = (2,) if self.of_targets_alone else (0, 2)
            for key in self._keys(level, [found[at] for found in sides.values() for at in told]):
                named = tuple(key[level.index(name)] if name in level else TOTAL for name in self.query.keys)
                rows[named] = {name: self._figures(groups, level, key) for name, groups in sides.items()}
        return rows

    def _compared(self) -> tuple[date, date] | None:
        compare, start, end = self.query.compare, self.query.start, self.query.end
        if compare is None or compare.to is Versus.TARGET:
            return None
        if compare.to is Versus.PREVIOUS:
            return start - (end - start), start
        if compare.to is Versus.SAME_WEEKS_LAST_YEAR:
            return start - timedelta(days=364), end - timedelta(days=364)
        return compare.start, compare.end

    def _side(self, start: date | None, end: date | None) -> Side:
        lines = self.all_lines
        if self.scope.stores is not None:
            lines = lines[lines["store"].isin(self.scope.stores)]
        lines = where(lines, [(not start or day >= start) and (not end or day < end) for day in lines["sold_on"]])
        widely = [item for item in self.query.filters if item.dimension not in IGNORED]
        wider = where(lines, [self._kept(row, widely) for row in rows_of(lines)])
        kept = where(lines, [self._kept(row, self.query.filters) for row in rows_of(lines)])
        targets = self._planned(start, end) if self.with_targets and self.targets_known else None
        sold = [] if self.of_targets_alone else kept["sold_on"]  # an open period reaches as far as what is asked for
        days = [*sold, *([] if targets is None else targets["sold_on"])]
        return Side(self._placed(kept), self._placed(wider), self._placed(targets), self._places(start, end, days))

    def _placed(self, frame: pd.DataFrame | None) -> pd.DataFrame | None:
        if frame is None or self.query.grain is None:
            return frame
        return frame.assign(period=[bucket(day, self.query.grain) for day in frame["sold_on"]])

    def _places(self, start: date | None, end: date | None, days: list[date]) -> list[date]:
        grain = self.query.grain
        if grain is None or (not days and (start is None or end is None)):
            return []
        first, last = start or min(days), end - timedelta(days=1) if end else max(days)
        every = pd.period_range(pd.Period(first, RULES[grain]), pd.Period(last, RULES[grain]), freq=RULES[grain])
        return [period.start_time.date() for period in every]

    def _kept(self, row: Any, filters: Any) -> bool:
        for item in filters:
            if item.dimension != "campaign":
                if not keeps(item, getattr(row, item.dimension)):
                    return False
            elif "campaign" in self.query.dimensions:
                continue  # decided with the key
            elif item.match is Match.NOT_IN:
                if any(number in item.members for number in row.campaign):
                    return False
            elif not any(keeps(item, number) for number in row.campaign):
                return False
        return (
            "campaign" not in self.query.dimensions or filters is not self.query.filters or bool(self._campaigns(row))
        )

    def _campaigns(self, row: Any) -> list[int]:
        filters = [item for item in self.query.filters if item.dimension == "campaign"]
        return [number for number in row.campaign if all(keeps(item, number) for item in filters)]

    def _planned(self, start: date | None, end: date | None) -> pd.DataFrame:
        """Each target, in whole cents a day: what is due until the evening less what was due in the morning."""
        rows = []
        for (department, month), cents in TARGETS.items():
            days = [month + timedelta(days=n) for n in range(31) if (month + timedelta(days=n)).month == month.month]
            due = [cents * n // len(days) for n in range(len(days) + 1)]
            for day, (before, after) in zip(days, pairwise(due), strict=True):
                if (not start or day >= start) and (not end or day < end):
                    rows.append((department, day, after - before))
        frame = pd.DataFrame(rows, columns=["department", "sold_on", "cents"])
        return where(frame, [all(keeps(item, name) for item in self.query.filters) for name in frame["department"]])

    def _top(self, top: Top) -> set[Any]:
        ranked = []
        for member, group in self.own.lines.groupby(top.dimension):
            value = float(figures(group, group, None)[top.by])
            ranked.append(
                (np.isnan(value), value if top.ascending else -value, self._rank(top.dimension, member), member)
            )
        return {member for *_, member in sorted(ranked)[: top.count]}

    @staticmethod
    def _rank(dimension: str, member: Any) -> Any:
        """Equal members are ranked by their number in the tables: departments and categories in the order made."""
        if dimension == "department":
            return [place[0] for place in DEPARTMENTS.values()].index(member)
        if dimension == "category":
            return [" > ".join(place) for place in DEPARTMENTS.values()].index(member)
        return list(dict.fromkeys(REGIONS.values())).index(member) if dimension == "region" else member

    def _members(self, row: Any, key: str) -> list[Any]:
        """What the row counts as under a key."""
        if key == "campaign":
            return self._campaigns(row)
        member = getattr(row, key)
        return [member if key not in self.tops or member in self.tops[key] else OTHERS]

    def _groups(self, side: Side, level: tuple[str, ...]) -> list[dict[tuple[Any, ...], pd.DataFrame]]:
        """The lines, the wider lines and the planned days under each key of the level."""
        wide = tuple(name for name in level if name not in IGNORED)
        frames = ((side.lines, level), (side.wider, wide), (side.targets, level))
        return [self._grouped(frame, names, side.places) for frame, names in frames]

    def _grouped(
        self, frame: pd.DataFrame | None, names: tuple[str, ...], places: list[date]
    ) -> dict[Any, pd.DataFrame]:
        found: dict[tuple[Any, ...], list[int]] = {}
        for at, row in enumerate([] if frame is None else rows_of(frame)):
            keys: list[tuple[Any, ...]] = [()]
            for name in names:
                members = self._members(row, name) if name != "period" else place_in(places, row.period)
                keys = [(*key, member) for key in keys for member in members]
            for key in keys:
                found.setdefault(key, []).append(at)
        return {key: frame.iloc[rows] for key, rows in found.items()}

    def _keys(self, level: tuple[str, ...], groups: list[dict[tuple[Any, ...], Any]]) -> set[tuple[Any, ...]]:
        """Every key that some line or plan is under, in every bucket of the period."""
        keys = {key for found in groups for key in found}
        if "period" not in level:
            return keys or (set() if level else {()})
        sides = [side for side in (self.own, self.before) if side is not None]
        members = {key[1:] for key in keys} if len(level) > 1 else {()}
        return {(place, *rest) for place in range(max(len(side.places) for side in sides)) for rest in members}

    def _figures(
        self, groups: list[dict[Any, pd.DataFrame]], level: tuple[str, ...], key: tuple[Any, ...]
    ) -> dict[str, Any]:
        lines, wider, targets = groups
        wide_key = tuple(member for name, member in zip(level, key, strict=True) if name not in IGNORED)
        return figures(lines.get(key), wider.get(wide_key), targets.get(key))


def place_in(places: list[date], day: date) -> list[int]:
    return [places.index(day)] if day in places else []


def where(frame: pd.DataFrame, kept: list[bool]) -> pd.DataFrame:
    return frame[np.array(kept, dtype=bool)]


def rows_of(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))


def bucket(day: date, grain: str) -> date:
    return pd.Period(day, RULES[grain]).start_time.date()


def figures(lines: pd.DataFrame | None, wider: pd.DataFrame | None, targets: pd.DataFrame | None) -> dict[str, Any]:
    """Every metric of some lines, from its definition in words; None where it cannot be known."""
    column = {name: [] if lines is None else lines[name].tolist() for name in NAMES}
    pieces = [number != 4 for number in column["product"]]
    net, discount = sum(column["net"]), sum(column["retail_discount"]) + sum(column["coupon_match"])
    baskets, households = len(set(column["basket"])), len(set(column["household"]))
    units = sum(quantity for quantity, counted in zip(column["quantity"], pieces, strict=True) if counted)
    net_of_pieces = sum(cents for cents, counted in zip(column["net"], pieces, strict=True) if counted)
    target = None if targets is None or targets.empty else int(targets["cents"].sum())
    return {
        "net_sales": net,
        "gross_sales": net + discount,
        "discount": discount,
        "coupon_discount": 0,
        "discount_rate": ratio(discount, net + discount),
        "units": units,
        "net_sales_in_pieces": net_of_pieces,
        "baskets": baskets,
        "households": households,
        "lines": len(column["net"]),
        "average_basket": ratio(net, baskets),
        "units_per_basket": ratio(units, baskets),
        "average_price": ratio(net_of_pieces, units),
        "penetration": ratio(households, 0 if wider is None else wider["household"].nunique()),
        "target": target,
        "attainment": np.nan if target is None else ratio(net, target),
    }


def ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom else np.nan
