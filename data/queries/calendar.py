"""Calendar events, for the marks on time series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import sqlalchemy as sa

from data.frames import read_frame
from data.measured import timed
from data.models import Base, CalendarEvent, Region, Store
from data.scope import Scope
from data.semantic.question import Filter, Match
from data.semantic.sources import rows_at
from data.semantic.types import ColumnSpec, Unit

COLUMNS = (
    ColumnSpec("name", "Event", Unit.TEXT),
    ColumnSpec("kind", "Kind", Unit.TEXT),
    ColumnSpec("start_on", "From", Unit.DATE),
    ColumnSpec("end_on", "Until", Unit.DATE, "first date after it"),
    ColumnSpec("place", "Where", Unit.TEXT, "the store or region that it belongs to; empty for everywhere"),
)


@dataclass(frozen=True)
class _Rows:
    """The tables that events are read from."""

    events: sa.FromClause
    stores: sa.FromClause
    regions: sa.FromClause

    @classmethod
    def at(cls, revision: int | None) -> _Rows:
        rows, tables = rows_at(revision), Base.metadata.tables
        return cls(*(rows(tables[model.__tablename__]) for model in (CalendarEvent, Store, Region)))


@timed("calendar")
def calendar_events(
    conn: sa.Connection,
    *,
    start: date,
    end: date,
    scope: Scope,
    filters: Sequence[Filter] = (),
    revision: int | None = None,
) -> pd.DataFrame:
    """Events that touch `[start, end)` and concern what is shown, first to last; now, or as of `revision`.

    One row is an event; columns name, kind (str), start_on, end_on (datetime64, business dates, `end_on` exclusive)
    and place (str). An event of a store or region is left out where the caller's scope or a filter on stores or regions
    leaves no store of that place; filters on anything else say nothing about events. Empty where nothing happens.
    Retired events are left out. Sources: calendar_events, regions, stores.
    """
    rows = _Rows.at(revision)
    event, store, region = rows.events.c, rows.stores.c, rows.regions.c
    place = sa.func.coalesce(store.name, sa.literal("Store ") + sa.cast(event.store_id, sa.Text), region.name, "")
    stmt = (
        sa.select(event.name, event.kind, event.start_on, event.end_on, place.label("place"))
        .select_from(
            rows.events.outerjoin(rows.stores, store.store_id == event.store_id).outerjoin(
                rows.regions, region.region_id == event.region_id
            )
        )
        .where(event.start_on < end, event.end_on > start, ~event.retired)
        .order_by(event.start_on, event.name, event.event_id)
    )
    shown = _stores_shown(rows, scope, filters)
    return read_frame(conn, stmt if shown is None else stmt.where(_concerns(rows, shown)), COLUMNS)


def _stores_shown(rows: _Rows, scope: Scope, filters: Sequence[Filter]) -> sa.Select[int, int] | None:
    """The stores, with their regions, that figures are of; None for all of them."""
    store, region = rows.stores.alias("shown_stores").c, rows.regions.alias("shown_regions").c
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.stores is not None:
        conditions.append(store.store_id.in_(sorted(scope.stores)))
    for asked in filters:
        if asked.match is Match.IN and asked.dimension == "store":
            # a link may name any number; one that is too large for the column is just no store
            conditions.append(store.store_id.in_([sa.literal(key, sa.BigInteger) for key in asked.members]))
        elif asked.match is Match.IN and asked.dimension == "region":
            conditions.append(store.region_id.in_(sa.select(region.region_id).where(region.name.in_(asked.members))))
    return sa.select(store.store_id, store.region_id).where(*conditions) if conditions else None


def _concerns(rows: _Rows, shown: sa.Select[int, int]) -> sa.ColumnElement[bool]:
    """Whether an event is everywhere, or in one of the stores or their regions."""
    event, stores = rows.events.c, shown.cte("shown")
    anywhere = sa.and_(event.store_id.is_(None), event.region_id.is_(None))
    in_region = sa.and_(event.store_id.is_(None), event.region_id.in_(sa.select(stores.c.region_id)))
    return sa.or_(anywhere, event.store_id.in_(sa.select(stores.c.store_id)), in_region)
