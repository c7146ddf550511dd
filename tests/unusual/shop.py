"""A shop of two stores over ten weeks, with a week of its own and a day that stands out."""

from datetime import date, datetime, timedelta

import numpy as np
import sqlalchemy as sa

from data.models import CalendarEvent
from tests.spec.world import World

FIRST = date(2017, 1, 2)  # a Monday
DAYS = 70
LAST = FIRST + timedelta(days=DAYS - 1)
ODD = FIRST + timedelta(days=60)  # a Friday
PRODUCTS = """
product  department  category  product_type
10       GROCERY     MILK      MILK
20       FLORAL      FLOWERS   ROSES
"""
_WEEK = (100, 90, 95, 90, 110, 150, 140)
_UNREST = np.random.default_rng(10).lognormal(0, 0.06, (DAYS, 2))


def amounts(day):
    """What store 1 sells of milk and store 2 of flowers, in units of money, with some unrest."""
    milk, flowers = _UNREST[(day - FIRST).days]
    return round(_WEEK[day.weekday()] * milk), round(40 * flowers)


def lines(changed=None, days=DAYS):
    """The lines as text; `changed` gives other amounts for a day."""
    rows = ["basket  product  store  household  sold_on  quantity  net"]
    for at in range(days):
        day = FIRST + timedelta(days=at)
        milk, flowers = (changed or {}).get(day, amounts(day))
        if milk:
            rows.append(f"{2 * at + 1}  10  1  7  {day}  1  {milk}.00")
        if flowers:
            rows.append(f"{2 * at + 2}  20  2  8  {day}  1  {flowers}.00")
    return "\n".join(rows)


def open_shop(conn, changed=None, days=DAYS, started_at: datetime | None = None):
    """Loads it through `conn`; on the odd day flowers sell ten times as well."""
    changed = {ODD: (amounts(ODD)[0], 400)} if changed is None else changed
    return World(conn).products(PRODUCTS).lines(lines(changed, days), started_at)


def event(conn, day, name="Fair", kind="event", days=1):
    """Puts an event into the calendar."""
    values = {"name": name, "kind": kind, "start_on": day, "end_on": day + timedelta(days=days)}
    conn.execute(sa.insert(CalendarEvent).values(values))
