"""What was read at a revision is what reading as of that revision gives later, facts and reference data together."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data.changes.undoing import undo
from data.errors import CannotUndo, DataError, NothingToSave, UnknownName
from data.loading.facts import Period
from data.loading.load import load_file
from data.loading.options import Options
from data.queries.metrics import metric_result
from data.queries.revisions import check_revision, current_revision
from data.scope import Scope
from data.semantic.question import Filter, Query
from data.semantic.types import Grain
from tests.changes.shop import EVERYTHING, MANAGER, add, edit, target_row
from tests.conftest import clone
from tests.spec.world import World

YEAR = {"start": date(2017, 1, 1), "end": date(2018, 1, 1)}
QUESTIONS = (
    Query(("net_sales", "baskets", "households", "units"), ("department",), totals=((),)),
    Query(("net_sales", "lines"), ("category", "region"), grain=Grain.MONTH, **YEAR),
    Query(("net_sales", "target", "attainment"), ("department",), grain=Grain.MONTH, **YEAR),
    Query(("net_sales", "penetration"), ("store",), filters=(Filter("brand", ("National", "Ours")),)),
    Query(("net_sales",), ("product",)),
)
HEADER = "basket,product,store,household,sold_at,quantity,net,retail_discount,coupon_discount,coupon_match\n"
_files = count()

days = st.integers(0, 40).map(lambda n: date(2017, 2, 1) + timedelta(days=n))
events = st.one_of(
    st.tuples(st.just("edit"), st.sampled_from(["10", "20", "30"]),
              st.sampled_from([{"category": "GROCERY > BREAD"}, {"category": "PRODUCE > FRUIT"}, {"brand": "Ours"},
                               {"unit_of_measure": "thousandth"}, {"retired": True}])),
    st.tuples(st.just("store"), st.sampled_from(["1", "2", "3"]), st.sampled_from(["North", "South"])),
    st.tuples(st.just("target"), st.sampled_from(["2017-02", "2017-03"]), st.integers(0, 500)),
    st.tuples(st.just("load"), days, st.lists(st.tuples(st.sampled_from([10, 20, 30]), st.sampled_from([1, 2, 3]),
                                                       st.integers(1, 4), st.integers(0, 900)), min_size=1, max_size=4)),
    st.tuples(st.just("restate"), days, st.integers(1, 900)),
    *[st.tuples(st.just("undo"), st.integers(1, 6), st.none())] * 2,
)  # fmt: skip


def answers(conn, scope: Scope, revision: int | None = None) -> list[pd.DataFrame]:
    return [metric_result(conn, query, scope=scope, revision=revision).frame for query in QUESTIONS]


def happen(database, folder, event) -> None:
    """Let one thing happen; what cannot be done at this moment is left out."""
    kind, what, how = event
    try:
        if kind == "edit":
            edit(database, "products", what, **how)
        elif kind == "store":
            edit(database, "stores", what, region=how)
        elif kind == "target":
            _set_target(database, what, how)
        elif kind == "undo":
            with database.owner.connect() as conn:
                number = current_revision(conn) - what + 1
            undo(database, number, editor=MANAGER, reason="Undo it")
        else:
            _load(database, folder, kind, what, how)
    except (NothingToSave, CannotUndo, UnknownName):
        pass


def _set_target(database, month: str, cents: int) -> None:
    row = f"{target_row(database).split(',')[0]},{month}-01"
    amount = f"{cents // 100}.{cents % 100:02d}"
    try:
        edit(database, "targets", row, net=amount)
    except LookupError:
        add(database, "targets", department="GROCERY", month=month, net=amount)


def _load(database, folder, kind: str, day: date, rows) -> None:
    """New lines of a day, or the day's lines replaced by one."""
    number = next(_files)
    path = folder / f"sales-{number}.csv"
    lines = rows if kind == "load" else [(10, 1, 1, rows)]
    text = [f"{1000 + number * 10 + at},{product},{store},7,{day} 12:00,{quantity},{cents / 100:.2f},0,0,0\n"
            for at, (product, store, quantity, cents) in enumerate(lines)]  # fmt: skip
    path.write_text(HEADER + "".join(text))
    period = Period(day, day + timedelta(days=1)) if kind == "restate" else None
    load_file(database, "sales", path, options=Options(period=period))


LINES = [(10, 1, 2, 300), (20, 3, 1, 100)]
DAY = date(2017, 2, 5)
# Each undo is of the revision that many back: the restatement, the load, the undo of that, the undo of the restatement.
UNDONE = [("load", DAY, LINES), ("restate", DAY, 700), ("undo", 1, None), ("undo", 3, None), ("undo", 1, None),
          ("undo", 3, None)]  # fmt: skip


@pytest.mark.long
@pytest.mark.committing
@example(history=UNDONE)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(events, min_size=3, max_size=9))
def test_every_revision_reads_later_as_it_read_then(server_url, template, owner_login, tmp_path_factory, history):
    folder = tmp_path_factory.mktemp("files")
    limited = Scope.of_stores(1, 3)
    with clone(server_url, template, owner_login) as database:
        with database.owner.begin() as conn:
            world = World(conn).products("product  department  category  brand\n10  GROCERY  MILK  National\n"
                                         "20  GROCERY  BREAD  Private\n30  PRODUCE  FRUIT  National")  # fmt: skip
            world.stores("store  region\n1  North\n2  North\n3  South").targets(
                "department  month  net\nGROCERY  2017-02-01  9.00"
            )
        seen: dict[int, tuple[list[pd.DataFrame], list[pd.DataFrame]]] = {}
        for event in history:
            happen(database, folder, event)
            with database.reading(EVERYTHING) as conn:
                number, everything = current_revision(conn), answers(conn, EVERYTHING)
            with database.reading(limited) as conn:
                seen[number] = everything, answers(conn, limited)
        assert history != UNDONE or len(seen) == len(UNDONE)  # none of it was refused
        for number, (everything, some) in seen.items():
            for scope, then in ((EVERYTHING, everything), (limited, some)):
                with database.reading(scope) as conn:
                    for now, before in zip(answers(conn, scope, number), then, strict=True):
                        pd.testing.assert_frame_equal(now, before)


def test_a_revision_that_is_not_there_is_told(database):
    with database.owner.begin() as conn:
        World(conn).products("product  department  category\n10  GROCERY  MILK")
    with database.reading(EVERYTHING) as conn:
        newest = current_revision(conn)
        check_revision(conn, revision=newest)
        for number in (0, -1, newest + 1, 2**70):
            with pytest.raises(UnknownName, match="no such revision"):
                check_revision(conn, revision=number)
    assert issubclass(UnknownName, DataError)
