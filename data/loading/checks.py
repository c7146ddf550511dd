"""What the values of a column must be: each kind reads a whole column at once and says which rows break which rule.

The common case is decided by one conversion of the column. Only where that fails is every value looked at by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.loading.mapping import Mapping

Mask = np.ndarray[Any, np.dtype[np.bool_]]
EMPTY = "must not be empty"


@dataclass(frozen=True)
class Reading:
    """How values are written: the file's mapping and the business time zone."""

    mapping: Mapping
    time_zone: str


@dataclass(frozen=True)
class Checked:
    """A column's values (null where empty or broken) and the rules that rows broke."""

    values: pa.Array
    broken: tuple[tuple[str, Mask], ...] = ()


class Kind(Protocol):
    """What a column holds."""

    @property
    def type(self) -> pa.DataType:
        """The type its values are read as."""

    def check(self, column: pa.Array, reading: Reading) -> Checked:
        """The values of `column` and the rules that its rows broke; empty values are null and break none."""


def is_text(column: pa.Array) -> bool:
    """Whether the column holds texts, of any of pyarrow's types for them."""
    kind = column.type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def as_text(column: pa.Array) -> pa.Array:
    """The column as texts."""
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())


def rules(broken: dict[str, Mask]) -> tuple[tuple[str, Mask], ...]:
    """Only the rules that some row broke."""
    return tuple((rule, rows) for rule, rows in broken.items() if rows.any())


def filled(mask: pa.Array) -> Mask:
    """The mask with null as false."""
    found: Mask = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
    return found


def without(values: pa.Array, broken: Mask) -> pa.Array:
    """The values, null where they broke a rule."""
    return pc.if_else(pa.array(~broken), values, None) if broken.any() else values


def within(column: pa.Array, low: str, high: str) -> bool:
    """Whether every byte of the column's texts lies between two characters, both included."""
    buffer = column.buffers()[2]
    if buffer is None or len(column) == 0:
        return True
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int32)
    used = np.frombuffer(buffer, dtype=np.uint8)[offsets[column.offset] : offsets[column.offset + len(column)]]
    return len(used) == 0 or (used.min() >= ord(low) and used.max() <= ord(high))


def one_by_one(column: pa.Array, pattern: str, convert: Callable[[pa.Array], pa.Array]) -> tuple[pa.Array, Mask]:
    """The trimmed texts that match, converted; the others are broken unless they are empty."""
    texts = pc.utf8_trim_whitespace(column)
    empty = filled(pc.equal(texts, "")) | ~texts.is_valid().to_numpy(zero_copy_only=False)
    fits = pc.match_substring_regex(texts, pattern)
    return convert(pc.if_else(fits, texts, None)), ~filled(fits) & ~empty
