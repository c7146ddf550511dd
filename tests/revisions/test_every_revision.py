"""Figures as of every revision of a random history are what a model in plain Python adds up line by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.queries.metrics import metric_result
from data.scope import Scope
from data.semantic.question import Filter, Query
from data.semantic.types import Grain
from tests.revisions.happenings import a_shop, happen, happenings
from tests.revisions.model import QUESTIONS, Line, Question, State

EVERYTHING = Scope.everything()
SCOPES = (EVERYTHING, Scope.of_stores(1, 3))
YEAR = {"start": date(2017, 1, 1), "end": date(2018, 1, 1)}
Row = dict[str, Any]
MEMBER: dict[str, Callable[[State, Line], Any]] = {
    "category": lambda state, line: state.products[line.product]["category"],
    "department": lambda state, line: state.products[line.product]["category"].split(" > ")[0],
    "brand": lambda state, line: state.products[line.product]["brand"],
    "product": lambda state, line: line.product,
    "region": lambda state, line: state.stores[line.store]["region"],
    "store": lambda state, line: line.store,
    "period": lambda state, line: line.sold_on.replace(day=1),
}
METRICS: dict[str, Callable[[State, list[Line]], float]] = {
    "net_sales": lambda state, lines: sum(line.cents for line in lines),
    "lines": lambda state, lines: len(lines),
    "baskets": lambda state, lines: len({line.basket for line in lines}),
    "households": lambda state, lines: len({line.household for line in lines}),
    "units": lambda state, lines: sum(
        line.quantity for line in lines if state.products[line.product]["unit_of_measure"] == "piece"
    ),
    "average_basket": lambda state, lines: sum(line.cents for line in lines) / len({line.basket for line in lines}),
}
NAMES = tuple(METRICS)
GROUPED = (
    Query(NAMES, ("department",)),
    Query(NAMES, ("category", "region")),
    Query(NAMES, ("product", "store"), filters=(Filter("brand", ("National", "Ours")),)),
    Query(NAMES, ("brand",), Grain.MONTH, **YEAR),
    Query(NAMES, ("store",), Grain.MONTH, **YEAR, filters=(Filter("department", ("GROCERY",)),)),
)
TARGETS = Query(("target",), ("department",), Grain.MONTH, **YEAR)


@dataclass(frozen=True)
class Reader:
    """Reads figures as of a revision, or as they are now."""

    database: Any
    scope: Scope
    revision: int | None

    def frame(self, query: Query) -> pd.DataFrame:
        with self.database.reading(self.scope) as conn:
            return metric_result(conn, query, scope=self.scope, revision=self.revision).frame

    def rows(self, query: Query) -> dict[tuple[Any, ...], tuple[float, ...]]:
        frame = self.frame(query)
        if "period" in frame:
            frame["period"] = pd.to_datetime(frame["period"]).dt.date
        keys = frame[list(query.keys)].itertuples(index=False, name=None)
        return dict(zip(keys, frame[list(query.metrics)].itertuples(index=False, name=None), strict=True))

    def figure(self, question: Question) -> float | None:
        start, end = question.dates or (None, None)
        filters = tuple(Filter(name, (wanted,)) for name, wanted in question.filters)
        value = self.frame(Query((question.metric,), start=start, end=end, filters=filters))[question.metric].iloc[0]
        return None if pd.isna(value) else float(value)


def added_up(state: State, query: Query, scope: Scope) -> dict[tuple[Any, ...], tuple[float, ...]]:
    """Every combination of members that has lines, with its figures."""
    groups: dict[tuple[Any, ...], list[Line]] = defaultdict(list)
    for line in kept(state, query.filters, scope):
        groups[tuple(MEMBER[name](state, line) for name in query.keys)].append(line)
    return {key: tuple(METRICS[name](state, lines) for name in query.metrics) for key, lines in groups.items()}


def kept(state: State, filters: Iterable[Filter], scope: Scope) -> list[Line]:
    return [
        line
        for line in state.lines
        if (scope.stores is None or line.store in scope.stores)
        and all(MEMBER[item.dimension](state, line) in item.members for item in filters)
    ]


def is_close(found: float | None, known: Any) -> bool:
    """The same, but for what a division leaves in a float."""
    return found == known if known is None or found is None else abs(found - float(known)) <= 1e-9 * abs(float(known))


def check_state(database: Any, state: State, revision: int | None) -> None:
    for scope in SCOPES:
        reader = Reader(database, scope, revision)
        for query in GROUPED:
            rows, known = reader.rows(query), added_up(state, query, scope)
            found = {
                key: row for key, row in rows.items() if row[NAMES.index("lines")]
            }  # months without any are told too
            assert found.keys() == known.keys()
            assert all(map(is_close, found[key], known[key]) for key in known)
    reader = Reader(database, EVERYTHING, revision)
    targets = {(month, department): (row["cents"],) for (department, month), row in state.targets.items()}
    assert {key: row for key, row in reader.rows(TARGETS).items() if not pd.isna(row[0])} == targets
    for question in QUESTIONS:
        assert is_close(reader.figure(question), question.answer(state))


def check_every_revision(server_url, template, owner_login, folder, history) -> None:
    with a_shop(server_url, template, owner_login) as (database, model):
        for happening in history:
            happen(database, model, folder, happening)
            check_state(database, model.at(model.last), None)
        for revision in range(model.first, model.last + 1):
            check_state(database, model.at(revision), revision)


histories = st.lists(happenings, min_size=2, max_size=9)


@pytest.mark.committing
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories)
def test_figures_as_of_every_revision_are_the_model_s(server_url, template, owner_login, tmp_path_factory, history):
    check_every_revision(server_url, template, owner_login, tmp_path_factory.mktemp("files"), history)


@pytest.mark.full
@pytest.mark.committing
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(6))  # 300 histories in all, in parts that workers share
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories)
def test_figures_as_of_every_revision_are_the_model_s_at_length(
    server_url, template, owner_login, tmp_path_factory, part, history
):  # fmt: skip
    check_every_revision(server_url, template, owner_login, tmp_path_factory.mktemp("files"), history)
