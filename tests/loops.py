"""An event loop for one answer, whatever else the thread of the tests is in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import anyio

Answer = TypeVar("Answer")


def run_apart(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """What `ask` answers, in a thread of its own: a browser that is open keeps a loop running in the tests' thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(anyio.run, ask).result()
