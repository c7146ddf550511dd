"""Where the rows of a table come from."""

from __future__ import annotations

import sqlalchemy as sa


def current(table: sa.Table) -> sa.FromClause:
    """The table as it stands now."""
    return table
