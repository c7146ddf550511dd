"""What every versioned table shares: the revision that wrote a row, and the twin that keeps what it replaced."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base

ROLLUP_OF = "rollup_of"  # in a table's info: the facts that it adds up
REPEATS_OF = "repeats_of"  # the same of one that tells what a rollup holds in several rows


class Versioned:
    """A table whose rows carry the revision that wrote them; the database stamps it and keeps the history twin."""

    revision: Mapped[int] = mapped_column(
        sa.BigInteger,
        server_default=sa.FetchedValue(),
        index=True,
        sort_order=100,
        comment="revision that wrote this version; stamped by the database",
    )


class Retirable:
    """Reference rows are retired, never deleted: facts and old revisions still name them."""

    retired: Mapped[bool] = mapped_column(
        sa.Boolean, server_default=sa.false(), sort_order=90, comment="no longer offered for new data"
    )


class Inferable:
    """Members that a fact named before any reference file did."""

    inferred: Mapped[bool] = mapped_column(
        sa.Boolean, server_default=sa.false(), sort_order=91, comment="placeholder made because a fact named it"
    )


def history_of(table: sa.Table) -> sa.Table:
    """The history twin of a versioned table: superseded versions, each with the revision (or load) that ended it."""
    return Base.metadata.tables[f"history.{table.name}"]


def add_history_twin(table: sa.Table) -> sa.Table:
    """Declare the twin in the metadata, as the database's `history.track` makes it."""
    columns = [
        sa.Column(column.name, column.type, nullable=column.nullable, comment=column.comment)
        for column in table.columns
    ]
    keys = [column.name for column in table.primary_key.columns]
    if "revision" not in table.columns:  # facts carry a load, which `loads` maps to a revision
        ended = sa.Column("ended_by_load", sa.BigInteger, nullable=False)
        # A row of a rollup ends in parts, as its facts do.
        lasts = ["ended_by_load"] if ROLLUP_OF in table.info else ["load_id"]
        key = sa.PrimaryKeyConstraint(*keys, *lasts, name=f"pk_history_{table.name}")
        index = sa.Index(f"ix_history_{table.name}_ended_by_load", ended)
    else:
        ended = sa.Column("until_revision", sa.BigInteger, nullable=False)
        key = sa.PrimaryKeyConstraint(*keys, "revision", name=f"pk_history_{table.name}")
        index = sa.Index(f"ix_history_{table.name}_until_revision", ended)
    return sa.Table(table.name, Base.metadata, ended, *columns, key, index, schema="history", info=dict(table.info))
