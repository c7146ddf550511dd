"""Why an amount differs between two periods: price, volume and mix, by member, with new and lost members.

Of members sold in both periods, at quantities q and amounts a before, q' and a' after, and all of their quantities Q
and Q': volume is what a would have become with every quantity at Q'/Q; mix is what the member's own q'/q adds to that;
price is the rest, a' less a at q'/q. What was sold in one period only is new or lost, and what has no quantity, or none
to divide by, is told apart. All of it adds up to the cent, by member and in all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.cache import ResultCache
from data.errors import UsageError
from data.queries.metrics import metric_result
from data.revisions.shapley import whole_shares
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.question import Compare, Filter, Query, Versus
from data.semantic.types import PriceVolume

PRICE, VOLUME, MIX, NEW, LOST, OTHER = "price", "volume", "mix", "new", "lost", "other"
COMPONENTS = (VOLUME, MIX, PRICE, NEW, LOST, OTHER)
KEY, LABEL, BEFORE, AFTER = "key", "label", "before", "after"


@dataclass(frozen=True, eq=False)
class PriceVolumeMix:
    """The amount before and after in cents, what each component adds, and the same by member.

    One row of `frame` is a member: key, label (str), before, after and each of COMPONENTS (int64, cents), largest
    change first. Components add up to after less before in each row, and over the rows.
    """

    before: int
    after: int
    frame: pd.DataFrame

    @property
    def totals(self) -> dict[str, int]:
        """What each component adds over all members."""
        return {name: int(self.frame[name].sum()) for name in COMPONENTS}


def price_volume_mix(
    conn: sa.Connection,
    *,
    subject: str,
    dimension: str,
    periods: tuple[tuple[date, date], tuple[date, date]],
    scope: Scope,
    filters: Sequence[Filter] = (),
    cache: ResultCache | None = None,
    revision: int | None = None,
) -> PriceVolumeMix:
    """What price, volume and mix add from the first of two periods `[start, end)` to the second, by a dimension.

    Sources: the subject's facts and reference tables, now or as of `revision`. Raises UsageError where the subject
    declares no quantity to tell price from volume by.
    """
    declared = declared_for(subject)
    asked = Query(
        (declared.amount, declared.priced, declared.quantity),
        (dimension,),
        start=periods[1][0],
        end=periods[1][1],
        filters=tuple(filters),
        compare=Compare(Versus.RANGE, *periods[0]),
    )
    frame = metric_result(conn, asked, scope=scope, cache=cache, revision=revision).frame
    rows = [_Member.of(row, dimension, declared) for row in frame.to_dict("records")]
    return PriceVolumeMix(sum(row.amounts[0] for row in rows), sum(row.amounts[1] for row in rows), _told(rows))


def declared_for(subject: str) -> PriceVolume:
    """The metrics that tell price from volume; raises UsageError where the subject declares none."""
    declared = catalog().subject(subject).subject.price_volume
    if declared is None:
        raise UsageError(f"{subject} declares no quantity to tell price from volume by")
    return declared


@dataclass(frozen=True)
class _Member:
    """A member's amounts before and after in cents, the part of them that has quantities, and these."""

    key: Any
    label: str
    amounts: tuple[int, int]
    priced: tuple[int, int]
    quantities: tuple[int, int]

    @classmethod
    def of(cls, row: Mapping[Any, Any], dimension: str, declared: PriceVolume) -> _Member:
        def pair(name: str) -> tuple[int, int]:
            return int(row[f"{name}_before"]), int(row[name])

        label = str(row.get(f"{dimension}_label", row[dimension]))
        return cls(row[dimension], label, pair(declared.amount), pair(declared.priced), pair(declared.quantity))

    @property
    def comparable(self) -> bool:
        """Whether it was sold in both periods, so that its price can be compared."""
        return min(self.quantities) > 0

    def components(self, growth: Fraction) -> dict[str, int]:
        """What each component adds, in whole cents; `growth` is what all quantities grew by."""
        (a0, a1), (p0, p1), (q0, q1) = self.amounts, self.priced, self.quantities
        found = dict.fromkeys(COMPONENTS, 0)
        if self.comparable:
            own, usual = p0 * Fraction(q1, q0), p0 * growth
            parts = [usual - p0, own - usual, p1 - own]
            found |= zip((VOLUME, MIX, PRICE), whole_shares(parts), strict=True)
        elif p0 == 0 and q0 == 0:
            found[NEW] = p1
        elif p1 == 0 and q1 == 0:
            found[LOST] = -p0
        else:
            found[OTHER] = p1 - p0
        found[OTHER] += (a1 - p1) - (a0 - p0)
        return found


def _told(rows: Sequence[_Member]) -> pd.DataFrame:
    both = [row for row in rows if row.comparable]
    was, is_ = (sum(row.quantities[at] for row in both) for at in (0, 1))
    growth = Fraction(is_, was) if was else Fraction(1)
    told = [
        {KEY: row.key, LABEL: row.label, BEFORE: row.amounts[0], AFTER: row.amounts[1], **row.components(growth)}
        for row in rows
    ]
    columns = [KEY, LABEL, BEFORE, AFTER, *COMPONENTS]
    frame = pd.DataFrame(told, columns=columns).astype(dict.fromkeys(columns[2:], "int64"))
    order = (frame[AFTER] - frame[BEFORE]).abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)
