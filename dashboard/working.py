"""Answers that take longer than a page may: worked out beside it, with their progress, also while one is away."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
import streamlit as st

from dashboard.load import charted, database
from data.scope import Scope

Progress = Callable[[int, int], None]
Run = Callable[[sa.Connection, Progress], Any]

MOST_KEPT = 64
PATIENCE_S = 600.0  # what nobody has asked after for so long is given up
_AT_ONCE_S, _LOOK_S = 0.3, 0.5
_AT_ONCE = threading.BoundedSemaphore(2)


@dataclass(eq=False)
class Work:
    """A question under way, or answered."""

    scope: Scope
    run: Run
    future: Future[Any] = field(default_factory=Future)
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


_kept: WeakKeyDictionary[sa.Engine, OrderedDict[tuple[Scope, Hashable], Work]] = WeakKeyDictionary()
_lock = threading.Lock()


def work_on(key: Hashable, run: Run, *, scope: Scope) -> Work:
    """The work on a question: the one that is known by its key, or one that begins now in a snapshot of its own.

    Equal keys must have equal answers for ever, for everybody with the same scope: what is read is of revisions.
    """
    with _lock:
        kept = _kept.setdefault(database().owner, OrderedDict())
        work = kept.get((scope, key))
        if work is None or (work.future.done() and work.future.exception() is not None):
            work = kept[scope, key] = Work(scope, run)
            threading.Thread(target=_run, args=(work,), name="daybook-work", daemon=True).start()
        work.wanted = monotonic()
        kept.move_to_end((scope, key))
        while len(kept) > MOST_KEPT:
            kept.popitem(last=False)
    return work


def settled(work: Work, *, within: float | None = None) -> bool:
    """Whether the answer is there; waits a moment for it."""
    return bool(wait([work.future], _AT_ONCE_S if within is None else within).done)


def answer(work: Work) -> Any:
    """The answer, or None while its progress is shown; the page is drawn again once it is there.

    Raises what the work raised.
    """
    if settled(work):
        return work.future.result()
    show_progress(work)
    return None


@st.fragment(run_every=_LOOK_S)
def show_progress(work: Work, doing: str = "Reading the revisions between") -> None:
    """How far the work is, and what it does where that is no count; the page is drawn again once it is done."""
    work.wanted = monotonic()
    if work.future.done():
        st.rerun()
    left = work.seconds_left
    words = f"Reading figure {work.done:,} of {work.of:,}" if work.of else doing
    time = "" if left is None else f", about {max(round(left), 1)} s left"
    st.progress(work.done / work.of if work.of else 0.0, text=f"{words}{time}. It goes on if you leave this page.")


def _run(work: Work) -> None:
    def heard(done: int, of: int) -> None:
        work.done, work.of = done, of
        if monotonic() - work.wanted > PATIENCE_S:
            raise GivenUp

    try:
        with _AT_ONCE:
            found = charted(work.scope, lambda conn: work.run(conn, heard))
    except BaseException as error:  # whatever it is, whoever waits is told
        work.future.set_exception(error)
    else:
        work.future.set_result(found)
