"""What people open in the morning, asked for as soon as a revision has changed it: who comes first does not wait.

The answers go into the results of this process, under what they rest on, so an answer from here is never stale.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable
from itertools import islice

import sqlalchemy as sa

from dashboard import load
from dashboard.dashboards.page import EACH_OWN
from dashboard.dashboards.shown import Reader
from dashboard.overview import kept_overview
from dashboard.selection import Filters
from data.dashboards.reading import SavedDashboard, dashboards_for, views_shown
from data.queries.freshness import freshness
from data.queries.revisions import current_revision
from data.scope import Scope

EVERY_S = 4.0
MOST_DASHBOARDS = 20
_NOBODY = 0  # an account that owns nothing, and sees what is shared
_log = logging.getLogger(__name__)


async def ask_forever() -> None:
    """Ask again once a change is there, and none has followed it for a round: edits often come in a row."""
    asked = waiting = None
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            found = await asyncio.to_thread(what_there_is)
            if found == waiting and found != asked:
                await asyncio.to_thread(ask_ahead)
                asked = found
            waiting = found
        except Exception:  # the database may be away for a while; pages ask what they need by themselves
            _log.warning("what people open first could not be asked for", exc_info=True)


def what_there_is() -> Hashable:
    """What changes whenever a shared dashboard would look different."""
    with load.reading(Scope.everything()) as conn:
        newest = current_revision(conn)
    return newest, tuple((board.dashboard_id, board.version) for board in _shared())


def ask_ahead() -> int:
    """Ask for the overview and the shared dashboards as they open; returns how many figures that were on the latter.

    For everything: who sees a part of the stores has answers of their own.
    """
    return load.charted(Scope.everything(), _ask_ahead)


def _ask_ahead(conn: sa.Connection) -> int:
    scope, figures = Scope.everything(), 0
    newest, fresh = current_revision(conn), freshness(conn)
    if fresh.first_business_date is None:
        return 0
    kept_overview(conn, Filters(), fresh, scope=scope)
    for board in islice(_shared(), MOST_DASHBOARDS):
        with load.database().accounts() as accounts:
            found = views_shown(accounts, board.content.items, account_id=_NOBODY)
        reader = Reader(conn, scope, EACH_OWN, None, found, newest)
        # A table's figures are asked for when they are looked at.
        figures += sum(not reader.shown(item).is_empty for item in board.content.items)
    return figures


def _shared() -> list[SavedDashboard]:
    with load.database().accounts() as conn:
        return dashboards_for(conn, account_id=_NOBODY)
