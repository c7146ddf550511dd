"""Figures, dates and changes as people read them. Pure text: no frames, no Streamlit."""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from data.semantic.types import Grain, Unit

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
UNDEFINED = "\N{EM DASH}"
NOT_DEFINED = "not defined: it would divide by zero"
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_MONEY = frozenset({Unit.CENTS, Unit.CENTS_RATIO})
_STEPS = ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K"))
_NEARLY_ONE = Decimal("0.999995")  # rounds to 1.00
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def short(value: float | None, unit: Unit, currency: str = "USD") -> str:
    """The figure on tiles and axes: `$4.60M`, `11,795`, `17.2 %`; a dash where it is undefined."""
    if value is None or math.isnan(value):
        return UNDEFINED
    if unit is Unit.RATIO:
        return percent(value)
    if unit is Unit.NUMBER:
        return _signed(Decimal(str(value)), 2)
    if unit not in _MONEY:
        return _shortened(Decimal(str(value)), smallest=100_000, places=0)
    return _with_symbol(_shortened(Decimal(str(value)) / 100, smallest=1_000, places=2), currency)


def tick(value: float, unit: Unit, currency: str = "USD") -> str:
    """The figure beside a grid line: as on tiles, without decimals that say nothing (`$50K`, `$2.5M`)."""
    text = short(value, unit, currency)
    if unit is Unit.RATIO or "." not in text:
        return text
    letter = text[-1] if text[-1].isalpha() else ""
    return text.removesuffix(letter).rstrip("0").rstrip(".") + letter


def brief(value: float | None, unit: Unit) -> str:
    """The figure where there is hardly room: three digits and a letter, without its unit (`4.6M`, `463`, `31.2`)."""
    if value is None or math.isnan(value):
        return UNDEFINED
    if unit is Unit.RATIO:
        return percent(value)
    number = Decimal(str(value)) / (100 if unit in _MONEY else 1)
    for step, letter in _STEPS:
        if abs(number) >= step * Decimal("0.9995"):
            return _signed(number / step, 1 if abs(number) < 100 * step else 0) + letter
    whole = unit not in {Unit.NUMBER, Unit.CENTS_RATIO} or abs(number) >= 100
    return _signed(number, 0 if whole else 1)


def exact(value: float | None, unit: Unit) -> str:
    """The figure in tables and hovers: `4,596,039.58`, `11,795`, `17.2 %`; a dash where it is undefined."""
    if value is None or math.isnan(value):
        return UNDEFINED
    if unit is Unit.RATIO:
        return percent(value)
    number = Decimal(str(value))
    if unit in _MONEY:
        return _signed(number / 100, 2)
    return _signed(number, 2 if unit is Unit.NUMBER else 0)


def percent(share: float | None, *, sign: bool = False) -> str:
    """A share of 1 as `3.2 %`, with its plus where `sign` asks for it."""
    if share is None or math.isnan(share):
        return UNDEFINED
    text = _signed(Decimal(str(share)) * 100, 1)
    return f"{'+' if sign and text[0] != MINUS and text != '0.0' else ''}{text}{NARROW_SPACE}%"


def change(now: float | None, before: float | None) -> float | None:
    """How much `now` differs from `before`, as a share of it; None where that says nothing."""
    if now is None or before is None or math.isnan(now) or math.isnan(before) or before <= 0:
        return None
    return float(now) / float(before) - 1


def change_figure(now: float | None, before: float | None, unit: Unit = Unit.CENTS) -> str | None:
    """`+3.2 %`, or `+0.8 points` for shares; None where there is nothing to compare with."""
    if unit is not Unit.RATIO:
        moved = change(now, before)
        return None if moved is None else percent(moved, sign=True)
    if now is None or before is None or math.isnan(now + before):
        return None
    points = _signed(Decimal(str(now - before)) * 100, 1)
    return f"{'+' if points[0] != MINUS and points != '0.0' else ''}{points} points"


def change_in_words(now: float | None, before: float | None, *, of: str, unit: Unit = Unit.CENTS) -> str:
    """`+3.2 % on the previous 28 days`; that nothing moved, or that nothing was there, is said."""
    moved = change_figure(now, before, unit)
    if moved is None:
        return f"nothing to compare in {of}"
    return f"the same as {of}" if moved.startswith("0.0") else f"{moved} on {of}"


def day(value: date) -> str:
    """`23 Dec 2017`."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def day_of_year(value: date) -> str:
    """`23 Dec`, where the year stands elsewhere."""
    return f"{value.day} {_MONTHS[value.month - 1]}"


def days(first: date, last: date) -> str:
    """Both dates included: `18\N{EN DASH}24 Dec 2017`, `30 Dec 2016 \N{EN DASH} 2 Jan 2017`."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{DASH}{day(last)}"
    if first.year == last.year:
        return f"{first.day} {_MONTHS[first.month - 1]} {DASH} {day(last)}"
    return f"{day(first)} {DASH} {day(last)}"


def week(monday: date) -> str:
    """`W51 2017 (18\N{EN DASH}24 Dec)`, by the ISO year."""
    year, number, _ = monday.isocalendar()
    sunday = monday + timedelta(days=6)
    start = f"{monday.day}" if monday.month == sunday.month else f"{monday.day} {_MONTHS[monday.month - 1]} "
    end = f"{sunday.day} {_MONTHS[sunday.month - 1]}"
    joint = f"{DASH} " if start.endswith(" ") else DASH
    return f"W{number} {year} ({start}{joint}{end})"


def bucket(start: date, grain: Grain) -> str:
    """A time bucket by its first day: a date, a week, a month, a quarter or a year."""
    match grain:
        case Grain.DAY:
            return day(start)
        case Grain.WEEK:
            return week(start)
        case Grain.MONTH:
            return f"{_MONTHS[start.month - 1]} {start.year}"
        case Grain.QUARTER:
            return f"Q{(start.month + 2) // 3} {start.year}"
        case Grain.YEAR:
            return str(start.year)


def _shortened(number: Decimal, *, smallest: int, places: int) -> str:
    """Three digits or so and a letter; what rounds up to the next letter takes it (999,999 is 1.00M)."""
    for step, letter in _STEPS:
        if abs(number) >= smallest and abs(number) / step >= _NEARLY_ONE:
            return _signed(number / step, 2) + letter
    return _signed(number, places)


def _signed(number: Decimal, places: int) -> str:
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{abs(rounded):,.{places}f}"
    return f"{MINUS}{text}" if rounded < 0 else text


def _with_symbol(text: str, currency: str) -> str:
    sign, digits = (MINUS, text[1:]) if text.startswith(MINUS) else ("", text)
    return f"{sign}{SYMBOLS.get(currency, currency + ' ')}{digits}"
