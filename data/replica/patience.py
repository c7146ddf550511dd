"""Answers that are not waited for longer than so many seconds, whatever holds them up: name server, network or disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_Answer = TypeVar("_Answer")


def within(seconds: float, ask: Callable[[], _Answer], *, give_back: Callable[[_Answer], object]) -> _Answer:
    """The answer, or TimeoutError; an answer that comes later is given back. Raises what `ask` raises.

    No timeout of the driver covers a server that was halted: its machine goes on acknowledging what it is sent.
    """
    future: Future[_Answer] = Future()
    threading.Thread(target=_answer, args=(future, ask), name="daybook-replica-ask", daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError:
        future.add_done_callback(lambda late: late.exception() is None and give_back(late.result()))
        raise


def _answer(future: Future[_Answer], ask: Callable[[], _Answer]) -> None:
    try:
        found = ask()
    except BaseException as error:  # whatever it is, whoever waits is told
        future.set_exception(error)
    else:
        future.set_result(found)
