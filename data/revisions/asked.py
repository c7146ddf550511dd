"""A question of one figure, put to any state of the tables."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.cache import ResultCache
from data.queries.metrics import metric_result
from data.revisions.causes import Cause
from data.revisions.replay import Replay
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.compile import compile_query
from data.semantic.expressions import Source
from data.semantic.question import Query
from data.semantic.sources import current
from data.semantic.types import Unit

# Digits that values of each unit are compared and shown with, so that what is shown adds up. Cents, counts: whole.
DIGITS = {Unit.CENTS: 0, Unit.COUNT: 0, Unit.CENTS_RATIO: 2, Unit.RATIO: 5, Unit.NUMBER: 4}


class Asked:
    """A question of one figure, put to any state of the tables."""

    def __init__(self, conn: sa.Connection, query: Query, scope: Scope, cache: ResultCache | None) -> None:
        self.conn, self.query, self.scope, self.cache = conn, query, scope, cache
        self.subject = catalog().subject_of(query)
        self.metric = self.subject.metrics[query.metrics[0]]
        self.tables = compile_query(query, catalog=catalog(), source=current, scope=scope).tables

    def at(self, revision: int) -> Decimal | None:
        """The figure right after the revision; None where it is not defined."""
        result = metric_result(self.conn, self.query, scope=self.scope, cache=self.cache, revision=revision)
        return self.exact(result.frame[self.metric.name].iloc[0])

    def after(self, replay: Replay, chosen: Collection[Cause]) -> Decimal | None:
        """The figure, had only the chosen causes happened."""
        return self.over(replay.source(chosen), by_rollups=replay.by_rollups(self.subject))

    def over(self, source: Source, *, by_rollups: bool = False) -> Decimal | None:
        """The figure over the rows that `source` gives; of its rollups by day, too, where they are said to fit."""
        result = metric_result(
            self.conn, self.query, scope=self.scope, source=source, by_rollups=by_rollups, by_day=True
        )
        return self.exact(result.frame[self.metric.name].iloc[0])

    def exact(self, value: Any) -> Decimal | None:
        """A value as the whole number of the smallest steps it is told in, so that parts can add up."""
        return None if pd.isna(value) else Decimal(str(value)).quantize(self.step)

    @property
    def step(self) -> Decimal:
        """The smallest difference that is told."""
        return Decimal(1).scaleb(-DIGITS[self.metric.unit])


def shown_in(unit: Unit, value: Decimal) -> Decimal:
    """A value as it leaves the data layer: money in units of currency, with every digit that it was compared in."""
    if unit in {Unit.CENTS, Unit.CENTS_RATIO}:
        return value.scaleb(-2).quantize(Decimal(1).scaleb(-2 - DIGITS[unit]))
    return value
