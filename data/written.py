"""A statement as text, for the driver to take as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import psycopg

from data.semantic.expressions import Statement

_DIALECT = psycopg.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Written:
    """The text of a statement, and the values of its parameters by name."""

    text: str
    values: Mapping[str, Any]


def written(stmt: Statement) -> Written:
    """The statement as the driver takes it."""
    compiled = stmt.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    values = dict(compiled.params)
    # Without values, the driver does not look for parameters, nor for the signs that mean there is none.
    return Written(str(compiled) if values else str(compiled).replace("%%", "%"), values)
