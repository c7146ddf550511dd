"""Footfall: how many people came in, where and when."""

from __future__ import annotations

import sqlalchemy as sa

from data.models import Load, Region, Store
from data.models.footfall import Entrance, FootfallCount
from data.semantic.types import Aggregation, Detail, Dimension, Join, Measure, Metric, Subject, Unit

_ENTRANCE_LABEL = sa.func.coalesce(Entrance.name, sa.func.concat("Entrance ", Entrance.entrance_id))
_STORE_LABEL = sa.func.coalesce(Store.name, sa.func.concat("Store ", Store.store_id))

MEASURES = (
    Measure("visitors", Aggregation.SUM, FootfallCount.visitors),
    Measure("counted_hours", Aggregation.ROWS),
)

METRICS = (
    Metric("visitors", "Visitors", Unit.COUNT, "People who came in.", measure="visitors"),
    Metric(
        "visitors_per_hour",
        "Visitors per hour",
        Unit.NUMBER,
        "People who came in at an entrance, per hour counted there.",
        numerator="visitors",
        denominator="counted_hours",
    ),
)

DIMENSIONS = (
    Dimension(
        "region",
        "Region",
        "Region that the store belongs to.",
        key=Region.name,
        member=Region.region_id,
    ),
    Dimension(
        "store",
        "Store",
        "Store, by number.",
        key=Store.store_id,
        unit=Unit.INTEGER,
        member=Store.store_id,
        display=_STORE_LABEL,
        parent="region",
    ),
    Dimension(
        "entrance_type",
        "Type of entrance",
        "Street, parking or mall; Unknown where no file gave it.",
        key=Entrance.kind,
    ),
    Dimension(
        "entrance",
        "Entrance",
        "Entrance, by number.",
        key=Entrance.entrance_id,
        unit=Unit.INTEGER,
        member=Entrance.entrance_id,
        display=_ENTRANCE_LABEL,
        parent="entrance_type",
    ),
)

DETAILS = (
    Detail("counted_on", "Date", Unit.DATE, FootfallCount.counted_on, "Business date."),
    Detail("hour", "Hour", Unit.INSTANT, FootfallCount.counted_at, "Start of the hour."),
    Detail("store", "Store", Unit.TEXT, _STORE_LABEL),
    Detail("entrance", "Entrance", Unit.TEXT, _ENTRANCE_LABEL),
    Detail("visitors", "Visitors", Unit.COUNT, FootfallCount.visitors),
    Detail("loaded_by", "Revision", Unit.INTEGER, Load.revision, "Revision whose load brought the count."),
)

SUBJECT = Subject(
    name="footfall",
    label="Footfall",
    facts=FootfallCount.__table__,  # type: ignore[arg-type]
    business_date=FootfallCount.counted_on,
    scope_column=FootfallCount.store_id,
    joins=(
        Join(FootfallCount.store_id, Store.store_id),
        Join(FootfallCount.entrance_id, Entrance.entrance_id),
        Join(FootfallCount.load_id, Load.load_id),
    ),
    measures=MEASURES,
    metrics=METRICS,
    dimensions=DIMENSIONS,
    details=DETAILS,
)
