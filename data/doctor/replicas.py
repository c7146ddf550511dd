"""Whether the read replica is as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from time import sleep

from data.db import Database
from data.doctor.findings import Finding
from data.errors import SchemaError
from data.replica import State

_LOOKS, _PAUSE_S = 10, 0.3


def replica_findings(database: Database) -> Iterator[Finding]:
    """Whether there is a replica as there should be; of a database without a schema, that is told already."""
    if database.replica is None:
        return
    try:
        standing = database.replica.look()
        for _ in range(_LOOKS):  # what was written just now takes a moment to get there
            if standing.state is not State.BEHIND:
                break
            sleep(_PAUSE_S)
            standing = database.replica.look()
    except SchemaError:
        return
    detail = f"{standing.detail} ({standing.cause})" if standing.cause else standing.detail
    yield Finding("replica", standing.state is State.UP, detail)
