"""The last stage: wider measures, names, figures and their changes, in the order that was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from data.errors import UsageError
from data.semantic.buckets import BUCKET
from data.semantic.expressions import Statement
from data.semantic.grouping import same_key
from data.semantic.levels import LEVEL, LevelRows, figure, key_column, ratio
from data.semantic.members import join_names, name_columns
from data.semantic.question import Order, Versus
from data.semantic.streams import Stream
from data.semantic.types import PERIOD, ColumnSpec, Metric, Unit

MEMBER, OTHERS, TOTAL = "member", "others", "total"
_KIND = "member; others: all beyond the top; total: whatever the member"


class Result:
    """Gives the rows of every level their names and figures."""

    def __init__(self, rows: LevelRows) -> None:
        self.rows = rows
        self.query = rows.query
        self.folded = {top.dimension for top in self.query.top}
        self.before = len(rows.sides) > 1
        self.target = self.query.compare is not None and self.query.compare.to is Versus.TARGET

    def statement(self) -> Statement:
        """The statement of the result, its columns as `columns` says."""
        found, joined = self._joined()
        columns: dict[str, sa.ColumnElement[Any]] = {}
        if self.query.grain:
            columns |= self._period(found)
        for dimension in self.rows.dimensions:
            grouped_by = found.c[key_column(dimension.name)]
            graph, source = self.rows.subject.graph, self.rows.source
            outer = self._nullable(dimension.name)
            joined, names = join_names(dimension, grouped_by, joined, graph, source, outer=outer)
            columns |= {name.name: name for name in names}
            if outer:
                columns[f"{dimension.name}_kind"] = self._kind(dimension.name, found)
        if self.query.grain and self.before and self.rows.buckets is not None:
            buckets = self.rows.buckets
            joined = joined.join(buckets, buckets.c[BUCKET] == found.c[BUCKET], isouter=True)
        for metric in self.rows.metrics:
            columns |= self._figures(metric, found)
        labelled = [column.label(name) for name, column in columns.items()]
        return self._sorted(sa.select(*labelled).select_from(joined), columns, found).limit(self.query.limit)

    def columns(self) -> tuple[ColumnSpec, ...]:
        """What the columns of the result are."""
        specs: list[ColumnSpec] = []
        if self.query.grain:
            specs.append(ColumnSpec(PERIOD, str(self.query.grain).capitalize(), Unit.DATE))
            if self.before:
                specs.append(ColumnSpec(f"{PERIOD}_before", "Compared with", Unit.DATE))
            if self._nullable(PERIOD):
                specs.append(ColumnSpec(f"{PERIOD}_kind", "Kind of period", Unit.TEXT, _KIND))
        for dimension in self.rows.dimensions:
            nullable = self._nullable(dimension.name)
            specs += name_columns(dimension, nullable=nullable)
            if nullable:
                label = f"Kind of {dimension.label.lower()}"
                specs.append(ColumnSpec(f"{dimension.name}_kind", label, Unit.TEXT, _KIND))
        for metric in self.rows.metrics:
            specs += self._specs(metric)
        return tuple(specs)

    def _joined(self) -> tuple[sa.FromClause, sa.FromClause]:
        found = self.rows.rows
        joined: sa.FromClause = found
        self._wide: dict[str, sa.FromClause] = {}
        for stream in self.rows.wider:
            wide = self.rows.wide(stream)
            joined = joined.join(wide, sa.and_(*self._same(found, wide, stream)), isouter=True)
            self._wide |= {measure.name: wide for measure in stream.measures}
        return found, joined

    def _same(self, found: sa.FromClause, wide: sa.FromClause, stream: Stream) -> list[sa.ColumnElement[bool]]:
        same = [wide.c[LEVEL] == found.c[LEVEL]]
        for key in self.query.keys:
            if stream.keeps(key):
                left, right = found.c[key_column(key)], wide.c[key_column(key)]
                same.append(same_key(left, right) if self._nullable(key) else left == right)
        return same

    def _nullable(self, key: str) -> bool:
        """Whether some rows have no member here: they are of the others, or a total."""
        return key in self.folded or any(key not in level for level in self.query.totals)

    def _period(self, found: sa.FromClause) -> dict[str, sa.ColumnElement[Any]]:
        buckets = self.rows.buckets
        if self.before and buckets is not None:
            columns: dict[str, sa.ColumnElement[Any]] = {
                PERIOD: buckets.c[PERIOD],
                f"{PERIOD}_before": buckets.c[f"{PERIOD}_before"],
            }
        else:
            columns = {PERIOD: found.c[BUCKET]}
        if self._nullable(PERIOD):
            columns[f"{PERIOD}_kind"] = self._kind(PERIOD, found)
        return columns

    def _kind(self, key: str, found: sa.FromClause) -> sa.ColumnElement[Any]:
        without = [at for at, level in enumerate(self.rows.levels) if key not in level]
        cases: list[Any] = [(found.c[LEVEL].in_(without), _word(TOTAL))] if without else []
        if key in self.folded:
            cases.append((found.c[key_column(key)].is_(None), _word(OTHERS)))
        return sa.case(*cases, else_=_word(MEMBER))

    def _figures(self, metric: Metric, found: sa.FromClause) -> dict[str, sa.ColumnElement[Any]]:
        """The metric, and beside it what it is compared with and how far it is from that."""
        now = self._value(metric, found, "")
        name = metric.name
        if self.before:
            held, ending = self._value(metric, found, "_before"), "_before"
        elif self.target:
            target = self.rows.subject.metrics[metric.target] if metric.target else None
            held, ending = self._undefined(metric) if target is None else self._value(target, found, ""), "_target"
        else:
            return {name: now}
        rate = sa.case((held > 0, ratio(now, held) - 1))
        return {name: now, f"{name}{ending}": held, f"{name}_change": now - held, f"{name}_change_rate": rate}

    def _value(self, metric: Metric, found: sa.FromClause, ending: str) -> sa.ColumnElement[Any]:
        if any(self.rows.reasons[measure] for measure in metric.measures):
            return self._undefined(metric)
        if not self._wide.keys() & set(metric.measures):
            return figure(metric, found, ending)
        parts = [self._measure(name, found, ending) for name in metric.measures]
        if metric.measure:
            return parts[0]
        return ratio(*parts)

    def _measure(self, name: str, found: sa.FromClause, ending: str) -> sa.ColumnElement[Any]:
        if name in self._wide:
            return sa.func.coalesce(self._wide[name].c[f"{name}{ending}"], 0)
        return found.c[f"{name}{ending}"]

    @staticmethod
    def _undefined(metric: Metric) -> sa.ColumnElement[Any]:
        return sa.cast(sa.null(), sa.BigInteger if metric.kind == "simple" else sa.Double)

    def _specs(self, metric: Metric) -> list[ColumnSpec]:
        reason = self._reason(metric)
        nullable = bool(reason) or self._planned(metric)
        own = ColumnSpec(metric.name, metric.label, metric.unit, metric.description, nullable, reason)
        if self.before:
            held = replace(own, name=f"{metric.name}_before", label=f"{metric.label} before")
        elif self.target:
            target = self.rows.subject.metrics[metric.target] if metric.target else None
            why = f"{metric.label} has no target." if target is None else self._reason(target)
            label = f"{metric.label} target" if target is None else target.label
            held = replace(own, name=f"{metric.name}_target", label=label, nullable=True, reason=reason or why)
        else:
            return [own]
        change = replace(held, name=f"{metric.name}_change", label=f"{metric.label} change", description="")
        rate = ColumnSpec(
            f"{metric.name}_change_rate", f"{metric.label} change, %", Unit.RATIO,
            "Undefined where there was nothing before.", reason=held.reason,
        )  # fmt: skip
        return [own, held, change, rate]

    def _reason(self, metric: Metric) -> str:
        return next((self.rows.reasons[name] for name in metric.measures if self.rows.reasons[name]), "")

    def _planned(self, metric: Metric) -> bool:
        return any(self.rows.subject.measures[name].plan for name in metric.measures)

    def _sorted(self, stmt: Statement, named: dict[str, Any], found: sa.FromClause) -> Statement:
        """Totals and others last, then as asked, and then by the keys, so that equal rows keep one order."""
        if self.query.totals:
            stmt = stmt.order_by(found.c[LEVEL])
        for name in self.query.dimensions:
            if name in self.folded:
                stmt = stmt.order_by(found.c[key_column(name)].is_(None))
        asked = [order.by for order in self.query.order_by]
        for order in [*self.query.order_by, *(Order(key) for key in self.query.keys if key not in asked)]:
            if order.by not in named:
                raise UsageError(f"order must be by a column of the result ({', '.join(named)}); got {order.by!r}")
            columns = [named[order.by]]
            if order.by == PERIOD and f"{PERIOD}_before" in named:  # where the one compared with is longer
                columns.append(named[f"{PERIOD}_before"])
            for column in columns:
                stmt = stmt.order_by(column.desc().nulls_last() if order.descending else column.asc().nulls_last())
        return stmt


def _word(text: str) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{text}'", sa.Text)
