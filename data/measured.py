"""How long queries take, told to whoever listens: the data layer keeps no figures about itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

Listener = Callable[[str, str, float, bool], None]


class _Told:
    """Who is told; nobody until a process that serves says so."""

    listener: Listener | None = None


def listen(listener: Listener | None) -> None:
    """Tell `listener` the name of each query, its subject ("" where it has none), its seconds and whether it failed."""
    _Told.listener = listener


@contextmanager
def timed(query: str, subject: str = "") -> Iterator[None]:
    """Time the block, or the function that this decorates, under the name `query`."""
    began, failed = perf_counter(), True
    try:
        yield
        failed = False
    finally:
        if _Told.listener is not None:
            _Told.listener(query, subject, perf_counter() - began, failed)
