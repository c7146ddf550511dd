"""A pin as it is shown: the figures that were kept, beside what they are now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import sqlalchemy as sa

from dashboard.explore.explored import Explored, explored_of, is_drawn
from dashboard.explore.links import from_link
from dashboard.explore.names import ids_of, kinds_of, names_of
from dashboard.explore.questions import chart_query, table_query
from dashboard.explore.state import State
from dashboard.load import result
from data.errors import UnknownPin
from data.pins.answers import unpacked
from data.pins.keeping import Pin
from data.queries.metrics import Result
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.compile import compile_query
from data.semantic.question import Query
from data.semantic.result import TOTAL
from data.semantic.sources import current

THEN, NOW, MOVED, WHO = "then", "now", "moved", "who"


@dataclass(frozen=True, eq=False)
class Shown:
    """A pin's figures for one reader.

    `is_whole` says that the reader may see all that its maker saw, and so sees what was kept; otherwise the figures are
    computed for their part. `redefined` says that today's formulas give other figures for the same revision.
    """

    pin: Pin
    state: State
    then: Explored
    now: Result
    is_whole: bool
    redefined: bool

    @property
    def changes(self) -> pd.DataFrame:
        """What each row of the table was and is: who (str), then, now and moved, in the unit of the drawn metric.

        Rows as they were, new ones last, the total at the end; undefined figures are NaN.
        """
        return _changes(self.state, self.then.tidy.frame, self.now.frame)

    @property
    def has_moved(self) -> bool:
        """Whether any figure is another now."""
        return not _same(self.then.tidy.frame, self.now.frame)


def show_pin(conn: sa.Connection, pin: Pin, *, scope: Scope) -> Shown:
    """The pin as `scope` may see it today; raises UnknownPin where its metric or dimension is gone."""
    state, ignored = from_link(pin.content.link)
    if ignored or state.dates is None:
        raise UnknownPin(f"{pin.content.title} cannot be shown any more: {', '.join(ignored)} is not declared now")
    first, last = state.dates
    span = state.span(first, last)
    table, chart = table_query(state, span), chart_query(state, span) if is_drawn(state) else None
    currency = str(pin.content.answer["currency"])
    is_whole = scope == pin.content.scope
    again = [None if query is None else result(conn, query, scope, state.revision) for query in (table, chart)]
    kept = [_kept(pin, name, query) for name, query in (("table", table), ("chart", chart))] if is_whole else again
    tidy = kept[0] or result(conn, table, scope, state.revision)
    then = replace(explored_of(state, span, lambda: tidy, kept[1], currency=currency), shown_at=pin.content.revision)
    redefined = is_whole and again[0] is not None and not _same(tidy.frame, again[0].frame)
    return Shown(pin, state, then, result(conn, table, scope), is_whole, redefined)


def _kept(pin: Pin, name: str, query: Query | None) -> Result | None:
    if query is None or name not in pin.content.answer:
        return None
    frame, columns = unpacked(pin.content.answer[name])
    compiled = compile_query(query, catalog=catalog(), source=current, scope=pin.content.scope)
    return Result(frame, columns, lambda: compiled.statement)


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return list(one.columns) == list(other.columns) and one.equals(other)


def _changes(state: State, then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    was, is_ = (_figures(state, frame) for frame in (then, now))
    both = was.add_suffix("_then").join(is_.add_suffix("_now"), how="outer")
    order = [*was.index, *(key for key in is_.index if key not in was.index)]
    both = both.loc[order]
    last = (both["total_then"].eq(True) | both["total_now"].eq(True)).to_numpy()
    both = pd.concat([both[~last], both[last]])
    before, after = both["value_then"], both["value_now"]
    # A member that one side lacks had nothing there; a figure in all that is not defined has no difference.
    moved = after.fillna(0) - before.fillna(0) if state.keys else after - before
    who = both["name_then"].where(both["name_then"].notna(), both["name_now"])
    return pd.DataFrame({WHO: who, THEN: before, NOW: after, MOVED: moved}).reset_index(drop=True)


def _figures(state: State, frame: pd.DataFrame) -> pd.DataFrame:
    """By what tells rows apart: a name for people, the value, and whether it is the total of all."""
    keys = list(state.keys)
    names = [names_of(frame, key, state.grain) for key in keys]
    index = [" ".join(parts) for parts in zip(*(ids_of(frame, key) for key in keys), strict=True)] if keys else [""]
    words: Any = [" \N{MIDDLE DOT} ".join(parts) for parts in zip(*names, strict=True)] if keys else ["In all"]
    totals = [kinds_of(frame, key) == TOTAL for key in keys]
    is_total = pd.concat(totals, axis=1).all(axis=1).to_numpy() if keys else [True]
    values = frame[state.metric].astype("float64").to_numpy()
    return pd.DataFrame({"name": words, "value": values, "total": is_total}, index=pd.Index(index[: len(frame)]))
