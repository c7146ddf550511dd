"""Instants, days and months in files.

A time without a zone is business time (or in the zone that the mapping names). A time that clocks skipped is refused.
A time that clocks showed twice is taken as the first of the two: nothing in the file says more, and the business date
is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.loading.checks import Checked, Mask, Reading, as_text, filled, is_text, rules, without

EARLIEST = date(1990, 1, 1)
_INSTANT = pa.timestamp("us", "UTC")
_LOCAL = pa.timestamp("us")
_DATE = pa.date32()
_ZONED = r"[0-9]{2}:[0-9]{2}.*([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)$"
_ISO = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}(:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?)?"
    r" ?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?)?$"
)
_DAY_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MONTH_PATTERN = r"^[0-9]{4}-[0-9]{2}(-01)?$"


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Instant:
    """An instant between 1990 and tomorrow."""

    type: pa.DataType = _INSTANT

    def check(self, column: pa.Array, reading: Reading) -> Checked:
        """Texts in ISO 8601 or the mapping's format, timestamps with or without a zone, and dates are read."""
        zone = reading.mapping.time_zone or reading.time_zone
        given = _given(column)
        if pa.types.is_timestamp(column.type) and column.type.tz:
            instants, skipped = column.cast(_INSTANT, safe=False), np.zeros(len(column), dtype=bool)
        elif pa.types.is_temporal(column.type) and not pa.types.is_time(column.type):
            instants, skipped = _in_zone(column.cast(_LOCAL, safe=False), zone)
        elif is_text(column):
            instants, skipped = _of_text(column.cast(pa.string()), reading.mapping.date_format, zone)
        else:
            instants, skipped = pa.nulls(len(column), _INSTANT), np.zeros(len(column), dtype=bool)
        unread = given & ~instants.is_valid().to_numpy(zero_copy_only=False) & ~skipped
        strange = _outside(instants)
        form = reading.mapping.date_format or "2017-03-12 14:30:00, with or without a zone"
        broken = {
            f"must be a time written as {form}": unread,
            f"is a time that does not exist in {zone}: clocks went forward": skipped,
            f"must lie between {EARLIEST} and tomorrow": strange,
        }
        return Checked(without(instants, strange), rules(broken))


@dataclass(frozen=True)
class Day:
    """A date."""

    type: pa.DataType = _DATE

    def check(self, column: pa.Array, reading: Reading) -> Checked:
        """Texts such as 2017-03-12 or in the mapping's format, dates and timestamps are read."""
        form = reading.mapping.date_format or "2017-03-12"
        days = _days(column, _DAY_PATTERN, reading.mapping.date_format)
        unread = _given(column) & ~days.is_valid().to_numpy(zero_copy_only=False)
        return Checked(days, rules({f"must be a date written as {form}": unread}))


@dataclass(frozen=True)
class LastDay(Day):
    """The last day of something, kept as the first day after it: people count it in, intervals here do not."""

    def check(self, column: pa.Array, reading: Reading) -> Checked:
        """Read like a date."""
        checked = super().check(column, reading)
        after = pc.add(checked.values.cast(pa.int32()), pa.scalar(1, pa.int32()))
        return Checked(after.cast(pa.date32()), checked.broken)


@dataclass(frozen=True)
class Month:
    """A month, kept as its first day."""

    type: pa.DataType = _DATE

    def check(self, column: pa.Array, reading: Reading) -> Checked:
        """Texts such as 2017-03 or 2017-03-01 and dates on the first day of a month are read."""
        days = _days(column, _MONTH_PATTERN, None)
        later = filled(pc.not_equal(pc.day(days), 1))
        unread = _given(column) & ~days.is_valid().to_numpy(zero_copy_only=False)
        return Checked(without(days, later), rules({"must be a month written as 2017-03": unread | later}))


def _given(column: pa.Array) -> Mask:
    if not is_text(column):
        valid: Mask = column.is_valid().to_numpy(zero_copy_only=False)
        return valid
    return filled(pc.not_equal(pc.utf8_trim_whitespace(column), ""))


def _outside(instants: pa.Array) -> Mask:
    first = datetime(EARLIEST.year, EARLIEST.month, EARLIEST.day, tzinfo=UTC)
    bounds = [pa.scalar(bound, _INSTANT) for bound in (first, now() + timedelta(days=1))]
    return filled(pc.or_(pc.less(instants, bounds[0]), pc.greater(instants, bounds[1])))


def _of_text(column: pa.Array, form: str | None, zone: str) -> tuple[pa.Array, Mask]:
    if form is None:
        try:
            return _in_zone(column.cast(_LOCAL), zone)
        except pa.ArrowInvalid:
            pass  # some value is empty or malformed
    texts = pc.utf8_trim_whitespace(column)
    has_zone = filled(pc.match_substring_regex(texts, _ZONED))
    if form is None:
        texts = pc.if_else(pc.match_substring_regex(texts, _ISO), texts, None)
    else:
        has_zone = np.full(len(texts), "%z" in form)
    zoned = _parsed(pc.if_else(pa.array(has_zone), texts, None), form or "ISO8601", utc=True)
    local, skipped = _in_zone(_parsed(pc.if_else(pa.array(has_zone), None, texts), form or "ISO8601", utc=False), zone)
    return pc.if_else(pa.array(has_zone), zoned, local), skipped


def _parsed(texts: pa.Array, form: str, *, utc: bool) -> pa.Array:
    """The texts as timestamps; null where they do not fit the format."""
    found = pd.to_datetime(pd.Series(texts.to_pylist(), dtype=object), format=form, errors="coerce", utc=utc)
    return pa.array(_microseconds(found), _INSTANT if utc else _LOCAL)


def _microseconds(times: pd.Series[Any]) -> np.ndarray[Any, Any]:
    bare = times.dt.tz_localize(None) if times.dt.tz is not None else times
    return bare.to_numpy().astype("datetime64[us]")


def _in_zone(local: pa.Array, zone: str) -> tuple[pa.Array, Mask]:
    """The instants of local times, the first of two; and which of them clocks skipped."""
    times = pd.Series(local.to_numpy(zero_copy_only=False).astype("datetime64[us]"))
    first = np.ones(len(times), dtype=bool)
    placed = times.dt.tz_localize(zone, ambiguous=first, nonexistent="NaT").dt.tz_convert("UTC")
    skipped: Mask = (placed.isna() & times.notna()).to_numpy()
    return pa.array(_microseconds(placed), _INSTANT), skipped


def _days(column: pa.Array, pattern: str, form: str | None) -> pa.Array:
    if pa.types.is_temporal(column.type) and not pa.types.is_time(column.type):
        return column.cast(pa.timestamp("us"), safe=False).cast(pa.date32(), safe=False)
    texts = pc.utf8_trim_whitespace(as_text(column))
    if form is None:
        texts = pc.if_else(pc.match_substring_regex(texts, pattern), texts, None)
    return _parsed(texts, form or "ISO8601", utc=False).cast(pa.date32(), safe=False)
