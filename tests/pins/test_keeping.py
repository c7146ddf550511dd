"""Pins are kept exactly, found by nothing but their link, and bounded."""

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from data.errors import TooMuchToPin, UnknownPin
from data.pins.answers import MOST_ROWS, packed, unpacked
from data.pins.keeping import Content, find_pin, make_pin
from data.scope import Scope
from data.semantic.types import ColumnSpec, Unit
from tests.factories.accounts import AccountFactory

COLUMNS = (
    ColumnSpec("period", "Week", Unit.DATE, nullable=True),
    ColumnSpec("department", "Department", Unit.TEXT),
    ColumnSpec("net_sales", "Net sales", Unit.CENTS),
    ColumnSpec("average_basket", "Average basket", Unit.CENTS_RATIO, nullable=True),
)
FRAME = pd.DataFrame({
    "period": pd.Series(pd.to_datetime(["2017-12-04", None]), dtype="datetime64[s]"),
    "department": pd.Series(["DAIRY", "=FUEL \N{SNOWMAN}"], dtype="str"),
    "net_sales": pd.Series([2**53 + 1, -5], dtype="int64"),
    "average_basket": pd.Series([0.1 + 0.2, np.nan], dtype="float64"),
})  # fmt: skip


@pytest.fixture
def mia(database):
    with database.accounts() as conn:
        return AccountFactory(conn=conn, username="mia", display_name="Mia", role="analyst").account_id


def content(**changes):
    given = {"title": "Net sales", "link": "m=net_sales", "revision": 7, "catalog_digest": "d" * 64,
             "scope": Scope.everything(), "answer": {"table": packed(FRAME, COLUMNS)}, **changes}  # fmt: skip
    return Content(**given)


def kept(database, account_id, what):
    with database.accounts() as conn:
        token = make_pin(conn, what, account_id=account_id)
    with database.accounts() as conn:
        return find_pin(conn, token=token)


def test_every_value_comes_back_as_it_was(database, mia):
    pin = kept(database, mia, content())
    frame, columns = unpacked(pin.content.answer["table"])
    assert columns == COLUMNS
    pd.testing.assert_frame_equal(frame, FRAME, check_exact=True)
    assert (pin.made_by, pin.content) == ("Mia", content())


@pytest.mark.parametrize("scope", [Scope.everything(), Scope.of_stores(), Scope.of_stores(5, 6)])
def test_the_scope_is_kept(database, mia, scope):
    assert kept(database, mia, content(scope=scope)).content.scope == scope


def test_no_rows_are_an_answer_too():
    frame, _ = unpacked(packed(FRAME.head(0), COLUMNS))
    pd.testing.assert_frame_equal(frame, FRAME.head(0))


def test_too_much_is_refused_with_the_bound():
    long = pd.concat([FRAME] * (MOST_ROWS // 2 + 1), ignore_index=True)
    with pytest.raises(TooMuchToPin, match="at most 2,000 rows can be pinned; this has 2,002"):
        packed(long, COLUMNS)


@pytest.mark.parametrize("token", ["", "a" * 22, "a" * 21, "a" * 5000, "' or 1=1 --", "\x00" * 22])
def test_a_link_that_was_never_given_finds_nothing(database, mia, token):
    kept(database, mia, content())
    with database.accounts() as conn, pytest.raises(UnknownPin):
        find_pin(conn, token=token)


def test_a_pin_outlives_its_maker(database, mia):
    pin = kept(database, mia, content())
    with database.accounts() as conn:
        conn.execute(sa.text("delete from accounts.accounts"))
        assert find_pin(conn, token=pin.token).made_by == "somebody who has left"


def test_tokens_are_never_twice_the_same(database, mia):
    assert len({kept(database, mia, content()).token for _ in range(20)}) == 20
