"""Calendar events, for the marks on time series."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
import sqlalchemy as sa

from data.frames import read_frame
from data.models import CalendarEvent, Region, Store
from data.scope import Scope
from data.semantic.question import Filter, Match
from data.semantic.types import ColumnSpec, Unit

COLUMNS = (
    ColumnSpec("name", "Event", Unit.TEXT),
    ColumnSpec("kind", "Kind", Unit.TEXT),
    ColumnSpec("start_on", "From", Unit.DATE),
    ColumnSpec("end_on", "Until", Unit.DATE, "first date after it"),
    ColumnSpec("place", "Where", Unit.TEXT, "the store or region that it belongs to; empty for everywhere"),
)


def calendar_events(
    conn: sa.Connection, *, start: date, end: date, scope: Scope, filters: Sequence[Filter] = ()
) -> pd.DataFrame:
    """Events that touch `[start, end)` and concern what is shown, first to last.

    One row is an event; columns name, kind (str), start_on, end_on (datetime64, business dates, `end_on` exclusive)
    and place (str). An event of a store or region is left out where the caller's scope or a filter on stores or regions
    leaves no store of that place; filters on anything else say nothing about events. Empty where nothing happens.
    Retired events are left out. Sources: calendar_events, regions, stores.
    """
    place = sa.func.coalesce(
        Store.name, sa.literal("Store ") + sa.cast(CalendarEvent.store_id, sa.Text), Region.name, ""
    )
    stmt = (
        sa.select(CalendarEvent.name, CalendarEvent.kind, CalendarEvent.start_on, CalendarEvent.end_on,
                  place.label("place"))
        .outerjoin(Store, Store.store_id == CalendarEvent.store_id)
        .outerjoin(Region, Region.region_id == CalendarEvent.region_id)
        .where(CalendarEvent.start_on < end, CalendarEvent.end_on > start, ~CalendarEvent.retired)
        .order_by(CalendarEvent.start_on, CalendarEvent.name, CalendarEvent.event_id)
    )  # fmt: skip
    shown = _stores_shown(scope, filters)
    return read_frame(conn, stmt if shown is None else stmt.where(_concerns(shown)), COLUMNS)


def _stores_shown(scope: Scope, filters: Sequence[Filter]) -> sa.Select[int, int] | None:
    """The stores, with their regions, that figures are of; None for all of them."""
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.stores is not None:
        conditions.append(Store.store_id.in_(sorted(scope.stores)))
    for asked in filters:
        if asked.match is Match.IN and asked.dimension == "store":
            # a link may name any number; one that is too large for the column is just no store
            conditions.append(Store.store_id.in_([sa.literal(key, sa.BigInteger) for key in asked.members]))
        elif asked.match is Match.IN and asked.dimension == "region":
            conditions.append(Store.region_id.in_(sa.select(Region.region_id).where(Region.name.in_(asked.members))))
    return sa.select(Store.store_id, Store.region_id).where(*conditions) if conditions else None


def _concerns(shown: sa.Select[int, int]) -> sa.ColumnElement[bool]:
    """Whether an event is everywhere, or in one of the stores or their regions."""
    stores = shown.cte("shown")
    anywhere = sa.and_(CalendarEvent.store_id.is_(None), CalendarEvent.region_id.is_(None))
    in_region = sa.and_(CalendarEvent.store_id.is_(None), CalendarEvent.region_id.in_(sa.select(stores.c.region_id)))
    return sa.or_(anywhere, CalendarEvent.store_id.in_(sa.select(stores.c.store_id)), in_region)
