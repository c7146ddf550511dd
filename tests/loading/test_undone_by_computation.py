"""Whatever was loaded, restated and undone: the lines are those that plain sets of lines come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.changes.types import Editor
from data.changes.undoing import undo
from data.doctor import examine
from data.errors import CannotUndo, LoadError
from data.scope import Scope
from tests.conftest import clone
from tests.loading.conftest import Loader

MEG = Editor("meg", "manager", Scope.everything())
FIRST_DAY = date(2017, 3, 28)
Line = tuple[int, int, int, int]  # basket (which says the day), product, cents, and the load that brought it first

lines = st.dictionaries(st.tuples(st.integers(1, 6), st.sampled_from([10, 11])), st.integers(1, 3), min_size=1,
                        max_size=4)  # fmt: skip
events = st.one_of(
    st.tuples(st.just("load"), lines, st.none()),
    st.tuples(st.just("restate"), lines, st.tuples(st.integers(1, 4), st.integers(1, 4))),
    *[st.tuples(st.just("undo"), st.integers(1, 6), st.none())] * 2,
)


@dataclass
class Step:
    """A load or an undo: the lines it brought and ended, the baskets whose days it replaced, the file it stands for."""

    number: int
    added: frozenset[Line]
    ended: frozenset[Line]
    period: range | None
    file: object = None
    undoes: Step | None = None


@dataclass
class Model:
    """What happened, and the lines that there are."""

    steps: list[Step] = field(default_factory=list)
    live: frozenset[Line] = frozenset()

    def happened(self, step: Step) -> None:
        self.steps.append(step)
        self.live = (self.live - step.added - step.ended) | step.added

    def stands(self, step: Step) -> bool:
        return all(other.undoes is not step for other in self.steps)

    def may_undo(self, step: Step) -> bool:
        kept = {line[:2] for line in self.live - step.added}
        later = [other for other in self.steps if other.number > step.number and self.stands(other) and other.file]
        file = step.undoes.file if step.undoes else None
        return (
            self.stands(step)
            and step.added <= self.live
            and not kept & {line[:2] for line in step.ended}
            and not any(line[0] in (other.period or ()) for other in later for line in step.ended)
            and not (file and any(other.file == file and self.stands(other) for other in self.steps))
        )

    def undone(self, step: Step, number: int) -> Step:
        was = step.undoes
        return Step(number, step.ended, step.added, was.period if was else None, was.file if was else None, step)


def day(basket: int) -> date:
    return FIRST_DAY + timedelta(days=basket)


def load(loader: Loader, model: Model, wanted, between) -> None:
    """Load a file and let the model do so; what is loaded already is refused, and then nothing happens."""
    first, last = sorted(between) if between else (1, 6)
    rows = sorted((*key, cents) for key, cents in wanted.items() if first <= key[0] <= last)
    text = "".join(f"{b},{p},5,7,{day(b)} 10:00:00,1,0.0{cents},0,0,0\n" for b, p, cents in rows)
    try:
        done = loader.sales(text, period=(day(first), day(last + 1)) if between else None)
    except LoadError:
        return
    period = range(first, last + 1) if between else None
    ended = frozenset(line for line in model.live if period and line[0] in period)
    added = frozenset((*row, done.revision) for row in rows)
    model.happened(Step(done.revision, added, ended, period, (text, period)))


def take_back(loader: Loader, model: Model, back: int) -> None:
    """Undo an earlier load or undo, where the model says that it can be done, and only there."""
    if back > len(model.steps):
        return
    step = model.steps[-back]
    if not model.may_undo(step):
        with pytest.raises(CannotUndo):
            undo(loader.database, step.number, editor=MEG, reason="Undo it")
        return
    saved = undo(loader.database, step.number, editor=MEG, reason="Undo it")
    assert (saved.removed, saved.added) == (len(step.added), len(step.ended))
    model.happened(model.undone(step, saved.revision))


@pytest.mark.long
@pytest.mark.committing
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(events, min_size=3, max_size=12))
def test_lines_are_those_of_plain_sets(server_url, template, owner_login, tmp_path_factory, history):
    with clone(server_url, template, owner_login) as database:
        loader, model = Loader(database, tmp_path_factory.mktemp("files")), Model()
        for kind, what, between in history:
            if kind == "undo":
                take_back(loader, model, what)
            else:
                load(loader, model, what, between)
            found = loader.rows("select basket_id, product_id, net_cents from sales_lines")
            assert sorted(found) == sorted(line[:3] for line in model.live)
        assert [finding for finding in examine(database.owner) if not finding.ok] == []
