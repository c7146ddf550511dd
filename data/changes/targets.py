"""Targets as people set them: departments by months, a year spread over its months, and what has been attained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pandas as pd
import sqlalchemy as sa

from data.changes.names import row_id
from data.changes.types import RowChange
from data.models import Department, Target
from data.queries.metrics import metric_result
from data.scope import Scope
from data.semantic.question import Query
from data.semantic.types import Grain

Cell = tuple[str, date]


@dataclass(frozen=True)
class TargetGrid:
    """The targets of a year: `cents` by department and month, and the row and version of each that is kept."""

    year: int
    departments: tuple[str, ...]
    cents: Mapping[Cell, int]
    kept: Mapping[Cell, tuple[str, int]]

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of the year's months."""
        return months_of(self.year)


def months_of(year: int) -> tuple[date, ...]:
    """The first days of the months of a year."""
    return tuple(date(year, month, 1) for month in range(1, 13))


def target_years(conn: sa.Connection) -> list[int]:
    """The years that have targets, in order."""
    year = sa.cast(sa.func.date_part("year", Target.month), sa.Integer)
    return list(conn.scalars(sa.select(year).distinct().order_by(year)))


def target_grid(conn: sa.Connection, *, year: int) -> TargetGrid:
    """The targets of the year, for every department that is not retired or has one. Sources: departments, targets."""
    start, end = date(year, 1, 1), date(year + 1, 1, 1)
    in_year = sa.and_(Target.department_id == Department.department_id, Target.month >= start, Target.month < end)
    stmt = (
        sa.select(Department.name, Target.department_id, Target.month, Target.net_cents, Target.revision)
        .outerjoin(Target, in_year)
        .where(sa.or_(~Department.retired, Target.month.is_not(None)))
        .order_by(Department.name, Target.month)
    )
    rows = conn.execute(stmt).all()
    there = [row for row in rows if row.month is not None]
    return TargetGrid(
        year,
        tuple(dict.fromkeys(row.name for row in rows)),
        {(row.name, row.month): row.net_cents for row in there},
        {(row.name, row.month): (row_id((row.department_id, row.month)), row.revision) for row in there},
    )


def changes_for(grid: TargetGrid, wanted: Mapping[Cell, int | None]) -> list[RowChange]:
    """What makes the cells as wanted, in cents; None takes a target away. Cells that are so already give nothing."""
    changes = []
    for (department, month), cents in wanted.items():
        if grid.cents.get((department, month)) == cents:
            continue
        row, version = grid.kept.get((department, month), (new_row(department, month), None))
        given: dict[str, Any] = {} if cents is None else {"net": f"{Decimal(cents).scaleb(-2):.2f}"}
        if version is None:
            given = {"department": department, "month": f"{month:%Y-%m}", **given}
        changes.append(RowChange(row=row, version=version, set=given, removed=cents is None))
    return changes


def new_row(department: str, month: date) -> str:
    """The name that a draft has for a target which is not there yet: the same cell is the same row."""
    return f"new {month:%Y-%m} {uuid5(NAMESPACE_OID, department)}"


def seasonality(conn: sa.Connection, *, year: int, scope: Scope) -> dict[Cell, int]:
    """Net sales in cents of each department in each month of the year; a department without sales may be missing."""
    query = Query(("net_sales",), ("department",), grain=Grain.MONTH, start=date(year, 1, 1), end=date(year + 1, 1, 1))
    frame = metric_result(conn, query, scope=scope).frame
    rows = frame.dropna(subset=["department"])[["department", "period", "net_sales"]].itertuples(index=False)
    return {(str(name), period.date()): int(cents) for name, period, cents in rows}


def spread(total_cents: int, weights: Sequence[int]) -> list[int]:
    """The total over the weights, in whole cents that add up to it; evenly where no weight is above zero."""
    given = [max(weight, 0) for weight in weights]
    if not any(given):
        given = [1] * len(given)
    whole = sum(given)
    shares = [total_cents * weight // whole for weight in given]
    rests = [(-(total_cents * weight % whole), at) for at, weight in enumerate(given)]
    for _, at in sorted(rests)[: total_cents - sum(shares)]:
        shares[at] += 1
    return shares


def attainment(targets: Mapping[Cell, int], sold: Mapping[Cell, int]) -> pd.DataFrame:
    """What was sold beside what is wanted, by the rule of the catalog's attainment: all net sales over the target.

    One row is a department that has either; columns department (str), target and net_sales (int64, cents), attainment
    (float64, a share; NaN without a target or with one of zero). By name; empty where there is neither.
    """
    names = sorted({name for name, _ in [*targets, *sold]})
    target = [sum(cents for (name, _), cents in targets.items() if name == wanted) for wanted in names]
    net = [sum(cents for (name, _), cents in sold.items() if name == wanted) for wanted in names]
    frame = pd.DataFrame({"department": pd.Series(names, dtype="str"), "target": target, "net_sales": net})
    frame = frame.astype({"target": "int64", "net_sales": "int64"})
    return frame.assign(attainment=frame["net_sales"] / frame["target"].where(frame["target"] > 0))
