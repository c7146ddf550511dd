"""Why a figure changed: on random histories, against a model in plain Python that knows every line and assignment."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.revisions.causes import Cause, Kind
from data.revisions.compare import Comparison, Method, comparison
from data.revisions.groups import Group
from data.scope import Scope
from data.semantic.question import Filter, Query
from tests.revisions.happenings import a_shop, happen, happenings
from tests.revisions.model import QUESTIONS, Deed, Model, Question, State, shapley

EVERYTHING = Scope.everything()
MOST_PLAYERS = 6


def query_of(question: Question) -> Query:
    start, end = question.dates or (None, None)
    filters = tuple(Filter(name, (wanted,)) for name, wanted in question.filters)
    return Query((question.metric,), start=start, end=end, filters=filters)


def asked(database, question: Question, first: int, last: int, method: Method = Method.TIMELINE) -> Comparison:
    with database.reading(EVERYTHING) as conn:
        return comparison(
            conn, query_of(question), from_revision=first, to_revision=last, scope=EVERYTHING, method=method
        )


def close(found: Decimal | None, known: Fraction | None, *, within: float) -> bool:
    return abs(float(found or 0) - float(known or 0)) <= within


def steps_of(question: Question) -> float:
    return {"average_basket": 0.01, "attainment": 1e-5}.get(question.metric, 0)


def done(model: Model, first: int, causes: list[Cause]) -> State:
    """The state at `first` with these causes, each the deed or the part of the deed that it stands for."""
    state = model.at(first)
    for cause in sorted(causes, key=lambda cause: (cause.revision, cause.kind != Kind.NEW)):
        deed = model.deed(cause.revision)
        if cause.kind in {Kind.NEW, Kind.LATE} and cause.load is not None:
            deed.apply(state, since=cause.load.since, before=cause.load.before)
        else:
            deed.apply(state)
    return state


def check_timeline(model: Model, question: Question, found: Comparison) -> None:
    within, first = steps_of(question), found.from_revision
    assert found.adds_up
    assert close(found.before, question.answer(model.at(first)), within=within)
    assert close(found.after, question.answer(model.at(found.to_revision)), within=within)
    so_far: list[Cause] = []
    value = question.answer(model.at(first)) or Fraction(0)
    for part in found.parts:
        so_far += part.group.causes
        state = model.at(part.group.revisions[-1]) if _is_whole(part.group, found) else _partly(model, part.group)
        then = question.answer(state) or Fraction(0)
        assert close(part.contribution, then - value, within=2 * within)
        value = then
    told = {number for part in found.parts for number in part.group.revisions}
    for number in range(first + 1, found.to_revision + 1):
        if number not in told:
            assert question.answer(model.at(number)) == question.answer(model.at(number - 1))


def _is_whole(group: Group, found: Comparison) -> bool:
    """Whether no other part of the same revision comes after the group."""
    kinds = [part.group for part in found.parts if part.group.revisions[-1] == group.revisions[-1]]
    return kinds[-1] == group


def _partly(model: Model, group: Group) -> State:
    cause = group.causes[-1]
    return done(model, cause.revision - 1, [cause])


def check_order_free(model: Model, question: Question, found: Comparison) -> None:
    assert found.adds_up
    groups = [part.group for part in found.parts]
    if not 1 <= len(groups) <= MOST_PLAYERS:
        return

    def worth(chosen: frozenset[int]) -> Fraction:
        causes = [cause for at in chosen for cause in groups[at].causes]
        return question.answer(done(model, found.from_revision, causes)) or Fraction(0)

    step = steps_of(question) or 1
    for part, share in zip(found.parts, shapley(range(len(groups)), worth), strict=True):
        assert close(part.contribution, share, within=2 * step)


def check_history(database, model: Model, first: int, last: int, question: Question) -> None:
    found = asked(database, question, first, last)
    check_timeline(model, question, found)
    back = asked(database, question, last, first)
    assert back.adds_up
    assert [part.contribution for part in back.parts] == [-part.contribution for part in found.parts][::-1]
    check_order_free(model, question, asked(database, question, first, last, Method.SHAPLEY))


def run(server_url, template, owner_login, folder, history, draw) -> None:
    with a_shop(server_url, template, owner_login) as (database, model):
        for happening in history:
            happen(database, model, folder, happening)
        for question in QUESTIONS:
            first = draw.draw(st.integers(model.first, model.last))
            last = draw.draw(st.integers(first, model.last))
            check_history(database, model, first, last, question)


histories = st.lists(happenings, min_size=2, max_size=8)


@pytest.mark.long
@pytest.mark.committing
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories, draw=st.data())
def test_parts_are_what_plain_python_says(server_url, template, owner_login, tmp_path_factory, history, draw):
    run(server_url, template, owner_login, tmp_path_factory.mktemp("files"), history, draw)


def test_lines_that_came_back_go_with_the_load_they_are_of(server_url, template, owner_login, tmp_path):
    """Loaded, restated, the restatement undone, and then the load: its lines carry another load's number by then."""
    day = date(2017, 2, 3)
    with a_shop(server_url, template, owner_login) as (database, model):
        for happening in (
            ("load", None, [(day, 10, 1, 2, 500), (date(2017, 2, 25), 20, 2, 1, 300)]),
            ("restate", day, [(day, 30, 3, 1, 700)]),
            ("undo", 1, None),
            ("undo", 3, None),
            ("product", 10, {"brand": "Ours"}),
        ):
            happen(database, model, tmp_path, happening)
        assert len(model.deeds) == 5
        assert model.at(model.last).lines == model.base.lines
        for question in QUESTIONS:
            for first in range(model.first, model.last):
                check_history(database, model, first, model.last, question)


@pytest.mark.full
@pytest.mark.committing
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(6))  # 300 histories in all, in parts that workers share
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories, draw=st.data())
def test_parts_are_what_plain_python_says_at_length(
    server_url, template, owner_login, tmp_path_factory, part, history, draw
):  # fmt: skip
    run(server_url, template, owner_login, tmp_path_factory.mktemp("files"), history, draw)


def test_a_deed_of_the_model_does_nothing_to_an_absent_row():
    state = State()
    Deed(1, "stores", 1, (("region", "North"),)).apply(state)
    assert state.stores == {}
