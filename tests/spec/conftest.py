import pytest

from tests.spec.world import World


@pytest.fixture
def world(conn):
    return World(conn)
