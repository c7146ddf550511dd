"""Comparisons that take longer than a page may: worked out beside it, with their progress, also while one is away."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic

from dashboard.load import Resources, reading
from data.revisions.compare import Comparison, Method, comparison
from data.scope import Scope
from data.semantic.question import Query

MOST_KEPT = 64
PATIENCE_S = 600.0  # what nobody has asked after for so long is given up
_AT_ONCE = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Asked:
    """A comparison of two revisions, which never change: its answer may be kept for who sees the same rows."""

    scope: Scope
    query: Query
    old: int
    new: int
    method: Method


@dataclass(eq=False)
class Work:
    """A comparison under way, or done."""

    asked: Asked
    future: Future[Comparison] = field(default_factory=Future)
    began: float = field(default_factory=monotonic)
    done: int = 0
    of: int = 0
    wanted: float = field(default_factory=monotonic)

    @property
    def seconds_left(self) -> float | None:
        """About how long it will take yet; None while that cannot be told."""
        return (monotonic() - self.began) / self.done * (self.of - self.done) if self.done > 2 else None


class GivenUp(Exception):
    """Nobody has asked after the answer for a long time."""


_kept: OrderedDict[tuple[int, Asked], Work] = OrderedDict()
_lock = threading.Lock()


def work_on(asked: Asked) -> Work:
    """The work on a comparison: the one that is known, or one that begins now."""
    key = (id(Resources.database), asked)
    with _lock:
        work = _kept.get(key)
        if work is None or (work.future.done() and work.future.exception() is not None):
            work = _kept[key] = Work(asked)
            threading.Thread(target=_run, args=(work,), name="explain", daemon=True).start()
        work.wanted = monotonic()
        _kept.move_to_end(key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return work


def _run(work: Work) -> None:
    asked = work.asked

    def heard(done: int, of: int) -> None:
        work.done, work.of = done, of
        if monotonic() - work.wanted > PATIENCE_S:
            raise GivenUp

    try:
        with _AT_ONCE, reading(asked.scope) as conn:
            found = comparison(conn, asked.query, from_revision=asked.old, to_revision=asked.new, scope=asked.scope,
                               method=asked.method, cache=Resources.cache, progress=heard)  # fmt: skip
    except BaseException as error:  # whatever it is, whoever waits is told
        work.future.set_exception(error)
    else:
        work.future.set_result(found)
