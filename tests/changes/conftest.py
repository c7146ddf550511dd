"""A tiny shop that may commit, and the people who edit it."""

from __future__ import annotations

import pytest

from data.db import Database
from tests.changes.shop import LINES, PRODUCTS, STORES, TARGETS
from tests.spec.world import World


@pytest.fixture
def shop(database: Database) -> Database:
    """Three products of two departments, three stores in two regions, and a target."""
    with database.owner.begin() as conn:
        World(conn).products(PRODUCTS).stores(STORES).targets(TARGETS).lines(LINES)
    return database
