"""Watches looked at while Daybook runs: soon after every revision, by whichever replica comes first."""

from __future__ import annotations

import asyncio
import logging

from dashboard.load import database
from dashboard.watching.check import check_watches
from dashboard.watching.messages import send_pending
from data.config import load_settings

EVERY_S = 3.0
_log = logging.getLogger(__name__)


async def watch_forever() -> None:
    """Look and send now and then; a round that fails is told in the log, and the next one tries again."""
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            await asyncio.to_thread(_round)
        except Exception:  # the server may be away for a moment
            _log.exception("a round of watches failed")


def _round() -> None:
    check_watches(database())
    send_pending(database(), load_settings())
