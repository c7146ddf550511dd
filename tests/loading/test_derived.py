"""What a file looks like is read off the model; a table without a declaration of its own is loaded by its model."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from data.errors import CatalogError
from data.loading.columns import file_column, header_of, in_files
from data.loading.instants import Day, Instant
from data.loading.lines import SALES_COLUMNS
from data.loading.numbers import Money, Whole
from data.loading.texts import Flag, Text
from data.models import SalesLine


def table(*columns):
    return sa.Table("things", sa.MetaData(), *columns)


def test_the_columns_of_sales_are_those_of_the_model():
    derived = [file_column(column) for column in SalesLine.__table__.columns if in_files(column)]
    assert sorted(derived, key=lambda column: column.name) == sorted(SALES_COLUMNS, key=lambda column: column.name)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (sa.Column("visitors", sa.Integer), Whole(-(2**31), 2**31 - 1, sa.Integer)),
        (sa.Column("visitors", sa.SmallInteger, info={"least": 0, "most": 9}), Whole(0, 9, sa.SmallInteger)),
        (sa.Column("entrance_id", sa.BigInteger), Whole(1, 2**63 - 1, sa.BigInteger)),
        (sa.Column("rent_cents", sa.Integer), Money(-(2**31) + 1, 2**31 - 1, sa.Integer)),
        (sa.Column("name", sa.Text), Text()),
        (sa.Column("code", sa.String(8)), Text(longest=8)),
        (sa.Column("open", sa.Boolean), Flag()),
        (sa.Column("counted_on", sa.Date), Day()),
        (sa.Column("counted_at", sa.DateTime(timezone=True)), Instant()),
    ],
)
def test_what_a_value_must_be_follows_from_the_column(column, kind):
    table(column)
    derived = file_column(column).kind
    assert type(derived) is type(kind)
    assert {**vars(derived), "type": None} == {**vars(kind), "type": None}


def test_headers_are_short_unless_the_model_gives_one():
    columns = [
        sa.Column("store_id", sa.Integer),
        sa.Column("rent_cents", sa.Integer),
        sa.Column("end_on", sa.Date),
        sa.Column("coupon_upc", sa.BigInteger, info={"header": "coupon"}),
        sa.Column("badge_id", sa.Integer, info={"header": "badge_id"}),
    ]
    assert [header_of(column) for column in table(*columns).columns] == [
        "store", "rent", "last_day", "coupon", "badge_id"
    ]  # fmt: skip


def test_a_column_may_be_missing_where_the_table_has_something_to_put_there():
    note, kind = sa.Column("note", sa.Text), sa.Column("kind", sa.Text, server_default="Unknown", nullable=False)
    table(note, kind)
    assert (file_column(note).required, file_column(note).nullable, file_column(note).default) == (False, True, None)
    assert (file_column(kind).required, file_column(kind).nullable, file_column(kind).default) == (
        False, False, "Unknown"
    )  # fmt: skip


def test_a_type_that_files_cannot_fill_is_named():
    warm = sa.Column("temperature", sa.Double)
    table(warm)
    with pytest.raises(CatalogError, match=r"things.temperature: a column that files fill must be .*got DOUBLE"):
        file_column(warm)
