"""What is searched, read again as soon as it has changed, so that nobody who searches waits for it."""

from __future__ import annotations

import asyncio
import logging

from dashboard import load
from data.scope import Scope
from data.search.members import MemberSearch

EVERY_S = 5
_log = logging.getLogger(__name__)


async def read_forever() -> None:
    """Every few seconds; a round costs one statement where nothing has changed."""
    while True:
        try:
            await asyncio.to_thread(read_names)
        except Exception:  # the database may be away for a while; searches read what they need by themselves
            _log.warning("what is searched could not be read", exc_info=True)
        await asyncio.sleep(EVERY_S)


def read_names() -> None:
    """Read what has changed into the cache of this process."""
    if load.Resources.database is None or load.Resources.cache is None:
        return
    with load.reading(Scope.everything()) as conn:
        MemberSearch(conn, scope=Scope.everything(), cache=load.Resources.cache).words()
