"""The business date of each row, and whether it lies in the period that the file replaces."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from data.loading.checks import filled
from data.loading.facts import Period, business_dates
from data.loading.parse import Parsed, rejected


def with_date(parsed: Parsed, dated: str, instant: str, zone: str) -> Parsed:
    """The rows with the business date of their `instant` as the column `dated`."""
    dates = business_dates(parsed.rows[instant].combine_chunks(), zone)
    return Parsed(parsed.rows.append_column(dated, dates), parsed.rejects)


def in_period(parsed: Parsed, period: Period | None, dated: str, header: str) -> Parsed:
    """The rows whose date lies in the period, if there is one; the others are rejects of the column `header`."""
    if period is None:
        return parsed
    dates = parsed.rows[dated].combine_chunks()
    bounds = [pa.scalar(bound, pa.date32()) for bound in (period.start, period.end)]
    outside = filled(pc.or_(pc.less(dates, bounds[0]), pc.greater_equal(dates, bounds[1])))
    if not outside.any():
        return parsed
    rule = f"must lie in the replaced period, from {period.start} until before {period.end}"
    late = rejected(parsed.rows["row"].to_numpy(), outside, header, rule, dates)
    return Parsed(parsed.rows.filter(pa.array(~outside)), pa.concat_tables([parsed.rejects, late]))
