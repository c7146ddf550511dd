"""Calendar events, for the marks on time series."""

from __future__ import annotations

from datetime import date

import pandas as pd
import sqlalchemy as sa

from data.frames import read_frame
from data.models import CalendarEvent
from data.semantic.types import ColumnSpec, Unit

COLUMNS = (
    ColumnSpec("name", "Event", Unit.TEXT),
    ColumnSpec("kind", "Kind", Unit.TEXT),
    ColumnSpec("start_on", "From", Unit.DATE),
    ColumnSpec("end_on", "Until", Unit.DATE, "first date after it"),
)


def calendar_events(conn: sa.Connection, *, start: date, end: date) -> pd.DataFrame:
    """Events that touch `[start, end)`, first to last.

    One row is an event; columns name, kind (str), start_on, end_on (datetime64, business dates, `end_on` exclusive).
    Empty where nothing happens. Retired events are left out. Source: calendar_events.
    """
    stmt = (
        sa.select(CalendarEvent.name, CalendarEvent.kind, CalendarEvent.start_on, CalendarEvent.end_on)
        .where(CalendarEvent.start_on < end, CalendarEvent.end_on > start, ~CalendarEvent.retired)
        .order_by(CalendarEvent.start_on, CalendarEvent.name)
    )
    return read_frame(conn, stmt, COLUMNS)
