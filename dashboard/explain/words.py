"""What Explain says: amounts with every digit that adds up, and the finding as a sentence. Pure text."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from dashboard import format as fmt
from data.revisions.asked import shown_in
from data.revisions.causes import Cause
from data.revisions.compare import Comparison, Method, Part
from data.semantic.types import Unit

METHOD_NAMES = {Method.TIMELINE: "In order of time", Method.SHAPLEY: "Whatever the order"}
METHOD_HELP = (
    "In order of time, each part is what it did when its turn came. Whatever the order: each part is what it did on "
    "average over all orders (the Shapley value); new, late and restated facts are one part each, and what was undone "
    "is one part with its undoing."
)


def amount(value: Decimal | None, unit: Unit, *, sign: bool = False) -> str:
    """The value with all the digits that parts are added up in: `54,449.62`, `+0.812 points`."""
    if value is None:
        return "not defined"
    share = unit is Unit.RATIO
    number = value * 100 if share else shown_in(unit, value)
    text = f"{abs(number):,f}" if not share else f"{abs(number):,.3f}"
    mark = fmt.MINUS if number < 0 else "+" if sign and number > 0 else ""
    ending = "" if not share else " points" if sign else f"{fmt.NARROW_SPACE}%"
    return f"{mark}{text}{ending}"


def headline(found: Comparison) -> str:
    """`Net sales rose by 54,449.62, from 329,594.45 to 384,044.07.`"""
    unit, label = found.metric.unit, found.metric.label
    before, after = amount(found.before, unit), amount(found.after, unit)
    if found.before is None or found.after is None:
        return f"{label} was {before} and is {after}."
    if not found.difference:
        return f"{label} is the same at both: {after}."
    verb = "rose" if found.difference > 0 else "fell"
    by = amount(abs(found.difference), unit, sign=unit is Unit.RATIO).removeprefix("+")
    return f"{label} {verb} by {by}, from {before} to {after}."


def main_part(found: Comparison) -> str:
    """`Most of it: revision 14, gasoline is fuel, by admin (+54,449.62).` Empty where nothing moved it."""
    moved = [part for part in found.parts if part.contribution]
    if not moved:
        return ""
    most = max(moved, key=lambda part: abs(part.contribution))
    unit = found.metric.unit
    if not found.difference:
        return f"Yet {len(moved)} parts moved it and cancel out; the largest is {_named(most, unit)}."
    if len(moved) == 1:
        return f"All of it is {_named(most, unit)}."
    return f"The largest of {len(moved)} parts is {_named(most, unit)}."


def check(found: Comparison) -> str:
    """`The parts add up to +54,449.62 exactly. 3 other revisions between touch nothing of it.`"""
    total = sum((part.contribution for part in found.parts), Decimal(0))
    unit = found.metric.unit
    if found.adds_up:
        text = f":material/check: The parts add up to {amount(total, unit, sign=True)} exactly."
    else:
        wanted = amount(found.difference, unit, sign=True)
        text = f":material/error: The parts add up to {amount(total, unit, sign=True)}, not to {wanted}: a fault."
    if found.other == 1:
        return f"{text} 1 other revision between touches nothing of it."
    return f"{text} {found.other:,} other revisions between touch nothing of it." if found.other else text


def told(part: Part) -> str:
    """What a hover says of a part: what it is, and by whom."""
    who = ", ".join(dict.fromkeys(cause.author for cause in part.group.causes))
    return f"{part.group.kind} by {who}"


def when(cause: Cause, zone: str) -> str:
    """`23 Dec 2017, 09:14` in the business's time zone."""
    return moment(cause.opened_at, zone)


def moment(at: datetime, zone: str) -> str:
    """An instant as people read it, in the business's time zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{fmt.day(local.date())}, {local:%H:%M}"


def _named(part: Part, unit: Unit) -> str:
    label = part.group.label
    who = ", ".join(dict.fromkeys(cause.author for cause in part.group.causes))
    named = f"{label[0].lower()}{label[1:]}"
    return f"{named}, by {who} ({amount(part.contribution, unit, sign=True)})"
