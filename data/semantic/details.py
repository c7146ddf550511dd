"""Compiles the single rows behind a figure: one SELECT over the facts in a period, filters and scope. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from data.errors import UsageError
from data.scope import Scope
from data.semantic.checked import CheckedSubject
from data.semantic.expressions import Source, Statement
from data.semantic.facts import FactRows
from data.semantic.question import Filter
from data.semantic.streams import Stream
from data.semantic.types import ColumnSpec

MOST_LINES = 100_000


@dataclass(frozen=True)
class Lines:
    """Which single facts: those of a subject in `[start, end)`, filtered; so many after so many."""

    subject: str
    start: date | None = None
    end: date | None = None
    filters: tuple[Filter, ...] = ()
    limit: int = 50
    offset: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MOST_LINES:
            raise UsageError(f"limit must be from 1 to {MOST_LINES:,}; got {self.limit}")
        if self.offset < 0:
            raise UsageError(f"offset must not be negative; got {self.offset}")


def detail_columns(subject: CheckedSubject) -> tuple[ColumnSpec, ...]:
    """What a single row of the subject shows; nullable, as facts may lack what is not a key."""
    details = subject.subject.details
    return tuple(ColumnSpec(d.name, d.label, d.unit, d.description, nullable=True) for d in details)


def lines_stmt(asked: Lines, subject: CheckedSubject, source: Source, scope: Scope) -> Statement:
    """The rows in the order of the business date and the facts' key; a row behind a bridge comes once."""
    rows = _rows(subject, source)
    columns = [rows.read(detail.expression).label(detail.name) for detail in subject.subject.details]
    if not columns:
        raise UsageError(f"{subject.subject.label} declares no details, so its single rows cannot be shown")
    conditions = rows.conditions(asked.start, asked.end, asked.filters, scope)
    key = [source(subject.subject.facts).c[column.name] for column in subject.subject.facts.primary_key]
    stmt = sa.select(*columns).select_from(rows.from_clause()).where(*conditions)
    return stmt.order_by(rows.day(), *key).limit(asked.limit).offset(asked.offset)


def line_count_stmt(asked: Lines, subject: CheckedSubject, source: Source, scope: Scope) -> sa.Select[Any]:
    """How many rows there are in all."""
    rows = _rows(subject, source)
    conditions = rows.conditions(asked.start, asked.end, asked.filters, scope)
    return sa.select(sa.func.count()).select_from(rows.from_clause()).where(*conditions)


def _rows(subject: CheckedSubject, source: Source) -> FactRows:
    return FactRows(Stream(subject, subject.graph, ()), source)
