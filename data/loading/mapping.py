"""How a file differs from what is expected: other headers, another delimiter, decimal comma, dates, time zone.

A mapping is a TOML file:

    delimiter = ";"
    decimal = ","
    date_format = "%d.%m.%Y %H:%M"
    time_zone = "Europe/Berlin"
    sheet = "January"
    ignore = ["Kasse"]

    [columns]
    basket = "Bon-Nr"
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from zoneinfo import available_timezones

from data.errors import LoadError, UsageError

DELIMITERS = (",", ";", "\t")
_CHOICES = {"delimiter": DELIMITERS, "decimal": (".", ",")}
_TEXTS = ("delimiter", "decimal", "date_format", "time_zone", "sheet")


@dataclass(frozen=True)
class Mapping:
    """Where a file's columns are and how it writes numbers and times; the defaults are what is expected."""

    columns: dict[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    decimal: str = "."
    date_format: str | None = None
    time_zone: str | None = None
    sheet: str | None = None
    ignore: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Self:
        """The mapping in a TOML file; raises UsageError naming file, key and rule."""
        try:
            text = path.read_text(encoding="utf-8-sig")
            given = tomllib.loads(text)
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"{path.name}: not a TOML file: {error}") from error
        try:
            return cls.of(given)
        except UsageError as error:
            raise UsageError(f"{path.name}: {error}") from error

    @classmethod
    def of(cls, given: dict[str, Any]) -> Self:
        """The mapping that a parsed TOML document describes."""
        allowed = (*_TEXTS, "ignore", "columns")
        unknown = sorted(set(given) - set(allowed))
        if unknown:
            raise UsageError(f"keys must be among {', '.join(allowed)}; got {', '.join(unknown)}")
        for key in _TEXTS:
            _check_text(key, given.get(key))
        columns, ignore = given.get("columns", {}), given.get("ignore", [])
        if not isinstance(columns, dict) or not all(isinstance(header, str) for header in columns.values()):
            raise UsageError('[columns] must give a header for each column, as in basket = "Bon-Nr"')
        if not isinstance(ignore, list) or not all(isinstance(header, str) for header in ignore):
            raise UsageError('ignore must be a list of headers, as in ignore = ["Kasse"]')
        texts = {key: given[key] for key in _TEXTS if key in given}
        return cls(columns=columns, ignore=tuple(ignore), **texts)

    def places(
        self, file: str, headers: Sequence[str], required: Sequence[str], optional: Sequence[str]
    ) -> dict[str, int]:
        """The position of each expected column among `headers`; raises LoadError naming all that does not fit."""
        expected = [*required, *optional]
        strange = sorted(set(self.columns) - set(expected))
        if strange:
            raise UsageError(f"[columns] must name columns among {', '.join(expected)}; got {', '.join(strange)}")
        found = [header.strip() for header in headers]
        wanted = {column: self.columns.get(column, column) for column in expected}
        missing = [column for column in (*required, *self.columns) if wanted[column] not in found]
        known = {*wanted.values(), *self.ignore}
        unknown = [header for header in found if header not in known]
        twice = [header for header, count in Counter(found).items() if count > 1]
        if missing or unknown or twice:
            raise LoadError(_misfit(file, wanted, required, found, _problems(wanted, missing, unknown, twice)))
        return {column: found.index(header) for column, header in wanted.items() if header in found}


def _check_text(key: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, str) or not value:
        raise UsageError(f"{key} must be a text; got {value!r}")
    if key in _CHOICES and value not in _CHOICES[key]:
        raise UsageError(f"{key} must be one of {', '.join(map(repr, _CHOICES[key]))}; got {value!r}")
    if key == "time_zone" and value not in available_timezones():
        raise UsageError(f"time_zone must be an IANA time zone such as Europe/Berlin; got {value!r}")


def _problems(wanted: dict[str, str], missing: Sequence[str], unknown: Sequence[str], twice: Sequence[str]) -> str:
    lists = {
        "missing": list(dict.fromkeys(wanted[column] for column in missing)),
        "unknown": [header or "(empty)" for header in unknown],
        "given twice": twice,
    }
    return "; ".join(f"{problem}: {', '.join(headers)}" for problem, headers in lists.items() if headers)


def _misfit(file: str, wanted: dict[str, str], required: Sequence[str], found: Sequence[str], problems: str) -> str:
    needed = ", ".join(wanted[column] for column in required)
    optional = ", ".join(header for column, header in wanted.items() if column not in required)
    expected = needed + (f"; optional {optional}" if optional else "")
    return (
        f"{file}, row 1: the headers do not fit ({problems})\n"
        f"expected: {expected}\nfound: {', '.join(found)}\n"
        "a mapping file (--map) can name other headers and ignore some"
    )
