"""How fresh the figures of a page are, read once for every revision."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from dashboard.kept import kept
from data.queries.freshness import Freshness, freshness


def kept_freshness(conn: sa.Connection, *, facts: str = "sales_lines", revision: int | None = None) -> Freshness:
    """What `freshness` tells of the newest revision, or of `revision`."""
    read = partial(freshness, conn, facts=facts, revision=revision)
    return kept(conn, ("freshness", facts, revision), read)
