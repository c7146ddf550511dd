"""An unusual day as the home page tells it: what each metric was against the usual, and whom that comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from typing import Any

from dashboard import format as fmt
from dashboard.anchors import anchor
from dashboard.charts.palette import Palette
from dashboard.explore.address import address_of
from dashboard.explore.state import State
from dashboard.periods import Comparison, Period
from data.semantic.types import Metric, Unit
from data.unusual.contributors import Contributors

_MEMBERS = 3
_PLURALS = {"department": "Departments", "category": "Categories", "store": "Stores"}
_STYLE = """<style>
.unusual {{ display: flex; flex-direction: column; gap: .9rem; }}
.unusual p {{ margin: 0; padding: 0; }}
.unusual p.day {{ font-weight: 600; }}
.unusual .day span, .unusual dt {{ color: {muted}; font-weight: 400; }}
.unusual a {{ color: {accent}; }}
.unusual .up {{ color: {up}; }} .unusual .down {{ color: {down}; }}
.unusual dl {{ display: grid; grid-template-columns: 5.5rem 1fr; gap: .1rem .5rem; margin: .2rem 0 .3rem;
  font-size: .8125rem; line-height: 1.45; font-variant-numeric: tabular-nums; }}
.unusual dd {{ margin: 0; }}
.unusual dd span {{ white-space: nowrap; }}
</style>"""


@dataclass(frozen=True, eq=False)
class Found:
    """An unusual day of a metric: its row, whom it comes from, and a day like it to hold it against."""

    metric: Metric
    row: Any
    parts: Sequence[Contributors]
    like: date | None
    revision: int | None

    @property
    def day(self) -> date:
        """The day."""
        day: date = self.row.period.date()
        return day


def days_html(days: Sequence[Sequence[Found]], look: Palette, currency: str) -> str:
    """The days as a list; those of one day stand together."""
    items = "".join(_day_html(found, currency) for found in days)
    style = _STYLE.format(muted=look.muted, accent=look.accent, up=look.up, down=look.down)
    return f"{style}<div class='unusual' role='list' aria-label='Unusual values'>{items}</div>"


def _day_html(found: Sequence[Found], currency: str) -> str:
    first = found[0]
    near = f" <span>· {escape(first.row.near)}</span>" if first.row.near else ""
    day = f"<p class='day'>{first.row.period:%a} {fmt.day(first.day)}{near}</p>"
    return f"<div role='listitem'>{day}{''.join(_metric_html(one, currency) for one in found)}</div>"


def _metric_html(one: Found, currency: str) -> str:
    unit, row = one.metric.unit, one.row
    figure = anchor(f"{one.metric.label} {fmt.short(row.value, unit, currency)}", address(one))
    way, arrow, where = ("up", "\u25b2", "above") if row.value > row.high else ("down", "\u25bc", "below")
    usual = f"{fmt.short(row.low, unit, currency)} to {fmt.short(row.high, unit, currency)}"
    said = f"<p>{figure} <span class='{way}'>{arrow}</span> {where} the usual {escape(usual)}</p>"
    rows = [f"<dt>{_PLURALS[part.dimension]}</dt><dd>{_parts_html(part, unit, currency)}</dd>" for part in one.parts]
    return f"{said}<dl>{''.join(rows)}</dl>" if rows else said


def _parts_html(part: Contributors, unit: Unit, currency: str) -> str:
    """`GROCERY +$4.54K, DRUG GM +$1.73K, 22 others +$3.5K`; a name and its figure stay on one line."""
    named = part.most(_MEMBERS)
    names = named["key"] if part.dimension == "category" else named["label"]  # other departments have such ones, too
    said = [(str(name), value) for name, value in zip(names, named["difference"], strict=True)]
    count, rest = part.others(_MEMBERS)
    if count:
        said.append((f"{count} other{'s' if count > 1 else ''}", rest))
    return ", ".join(f"{escape(name)} <span>{escape(_signed(value, unit, currency))}</span>" for name, value in said)


def _signed(value: int, unit: Unit, currency: str) -> str:
    text = fmt.short(value, unit, currency)
    return f"+{text}" if value > 0 else text


def address(one: Found) -> str:
    """Explore on that day, by the first dimension that it is broken down by, against the last day like it."""
    rows = tuple(part.dimension for part in one.parts[:1])
    state = State((one.metric.name,), rows, period=Period.CUSTOM, dates=(one.day, one.day), revision=one.revision)
    if one.like is not None:
        state = replace(state, comparison=Comparison.CUSTOM, against=(one.like, one.like))
    return address_of(state)
