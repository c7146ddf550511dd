"""Numbers and money in files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.loading.checks import Checked, Mask, Reading, as_text, filled, is_text, one_by_one, rules, within, without

NEAR_A_CENT = 1e-6
_WIDE = pa.decimal128(38, 0)
_AMOUNT = pa.decimal128(38, 2)
_WHOLE_PATTERN = r"^[+-]?[0-9]{1,38}$"
_AMOUNT_PATTERN = r"^[+-]?([0-9]{1,30}(\.[0-9]{0,2}0{0,6})?|\.[0-9]{1,2}0{0,6})$"


@dataclass(frozen=True)
class Whole:
    """A whole number between two bounds, both included."""

    low: int
    high: int
    type: pa.DataType

    def check(self, column: pa.Array, reading: Reading) -> Checked:
        """Text, whole numbers, decimals and floats without a fraction are read."""
        numbers, malformed = _whole_numbers(column)
        outside = _outside(numbers, self.low, self.high)
        broken = {"must be a whole number": malformed, f"must lie between {self.low} and {self.high}": outside}
        return Checked(without(numbers, outside).cast(self.type), rules(broken))


@dataclass(frozen=True)
class Money:
    """An amount with at most two decimals, read as cents between two bounds, both included."""

    low: int
    high: int
    type: pa.DataType

    def check(self, column: pa.Array, reading: Reading) -> Checked:
        """Text and decimals are exact; floats must lie within a millionth of a cent."""
        decimal = reading.mapping.decimal
        cents, malformed = _cents(column, decimal)
        outside = _outside(cents, self.low, self.high)
        sign = f" and a decimal {'comma' if decimal == ',' else 'point'}" if is_text(column) else ""
        broken = {
            f"must be an amount with at most two decimals{sign}": malformed,
            f"must lie between {self.low / 100:.2f} and {self.high / 100:.2f}": outside,
        }
        return Checked(without(cents, outside).cast(self.type), rules(broken))


def _outside(numbers: pa.Array, low: int, high: int) -> Mask:
    kind = numbers.type
    bounds = [pa.scalar(bound, pa.int64()).cast(kind) for bound in (low, high)]
    return filled(pc.or_(pc.less(numbers, bounds[0]), pc.greater(numbers, bounds[1])))


def _none(column: pa.Array) -> Mask:
    return np.zeros(len(column), dtype=bool)


def _present(column: pa.Array) -> Mask:
    found: Mask = column.is_valid().to_numpy(zero_copy_only=False)
    return found


def _whole_numbers(column: pa.Array) -> tuple[pa.Array, Mask]:
    """The numbers (as int64, or as wide decimals where one is too large for that), and which texts are none."""
    if is_text(column):
        texts = column.cast(pa.string())
        if within(texts, "-", "9"):  # rules out hexadecimal, which the conversion would take
            try:
                return texts.cast(pa.int64()), _none(texts)
            except pa.ArrowInvalid:
                pass  # some value is empty, malformed or too large
        return one_by_one(texts, _WHOLE_PATTERN, lambda fitting: fitting.cast(_WIDE))
    if pa.types.is_integer(column.type):
        return column.cast(_WIDE if pa.types.is_uint64(column.type) else pa.int64()), _none(column)
    if pa.types.is_floating(column.type):
        return _whole_floats(column)
    if pa.types.is_decimal(column.type):
        return one_by_one(as_text(column), r"^-?[0-9]{1,38}(\.0*)?$", _without_fraction)
    return pa.nulls(len(column), pa.int64()), _present(column)


def _without_fraction(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(texts, r"\..*$", "").cast(_WIDE)


def _whole_floats(column: pa.Array) -> tuple[pa.Array, Mask]:
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        whole = (values == np.rint(values)) & (np.abs(values) < 2**53)
    return pa.array(np.where(whole, values, 0).astype(np.int64), mask=~whole), _present(column) & ~whole


def _cents(column: pa.Array, decimal: str) -> tuple[pa.Array, Mask]:
    if pa.types.is_floating(column.type):
        return _cents_of_floats(column)
    if pa.types.is_decimal(column.type) or pa.types.is_integer(column.type):
        return _cents_of_text(as_text(column))
    if not is_text(column):
        return pa.nulls(len(column), pa.int64()), _present(column)
    texts = column.cast(pa.string())
    if decimal == ",":
        pointed = pc.match_substring(texts, ".")
        texts = pc.if_else(pointed, "?", pc.replace_substring(texts, ",", "."))
    return _cents_of_text(texts)


def _cents_of_floats(column: pa.Array) -> tuple[pa.Array, Mask]:
    amounts = column.cast(pa.float64()).to_numpy(zero_copy_only=False) * 100
    with np.errstate(invalid="ignore"):
        cents = np.rint(amounts)
        near = (np.abs(amounts - cents) <= NEAR_A_CENT) & (np.abs(cents) < 2**53)
    return pa.array(np.where(near, cents, 0).astype(np.int64), mask=~near), _present(column) & ~near


def _cents_of_text(texts: pa.Array) -> tuple[pa.Array, Mask]:
    if within(texts, "-", "9"):  # rules out exponents
        try:
            return _hundredfold(texts.cast(pa.decimal128(18, 2))), _none(texts)
        except pa.ArrowInvalid:
            pass  # some value is empty, malformed, too fine or too large
    amounts, malformed = one_by_one(texts, _AMOUNT_PATTERN, lambda fitting: fitting.cast(_AMOUNT))
    wide: Any = pc.multiply(amounts.cast(pa.decimal128(34, 2)), pa.scalar(100, pa.decimal128(3, 0)))
    return wide.cast(_WIDE), malformed


def _hundredfold(amounts: pa.Array) -> pa.Array:
    """Decimals of scale 2 as the whole numbers they are kept as: the low half of each 16 bytes."""
    low = np.frombuffer(amounts.buffers()[1], dtype=np.int64)[::2][amounts.offset : amounts.offset + len(amounts)]
    return pa.array(low, mask=~amounts.is_valid().to_numpy(zero_copy_only=False))
