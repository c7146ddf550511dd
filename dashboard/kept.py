"""What was made of figures, kept for whoever asks the same next: in any session, as long as nothing was saved since."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from cachetools import LRUCache

from data.queries.revisions import current_revision
from data.semantic.catalog import catalog

MOST_KEPT = 256  # some 0.2 MB each, where it is all of an overview
_Made = TypeVar("_Made")

_kept: WeakKeyDictionary[sa.Pool, LRUCache[Hashable, Future[Any]]] = WeakKeyDictionary()
_lock = Lock()


def kept(conn: sa.Connection, key: Hashable, make: Callable[[], _Made]) -> _Made:
    """What `make` gives for `key` at the newest revision that `conn` sees; made once, to be read only by everybody.

    Who asks while it is being made waits for it, and gets the error if there is one, which is not kept. So `make` must
    not wait for another connection. Nothing is kept of a transaction that may write: it sees what nobody else does.

    The key names all that it rests on besides the sales model: whose rows may be seen (the scope), the filters, the
    past revision that is shown. What is read of accounts, sessions or names of revisions must not go into it.
    """
    if conn.get_execution_options().get("isolation_level") != "REPEATABLE READ":
        return make()
    whole = (catalog().digest, current_revision(conn), key)
    with _lock:
        made = _kept.setdefault(conn.engine.pool, LRUCache(MOST_KEPT))  # of one database
        found = made.get(whole)
        if found is None:
            mine = made[whole] = Future[_Made]()
    if found is not None:
        return cast("_Made", found.result())
    try:
        mine.set_result(make())
    except BaseException as error:
        with _lock:
            made.pop(whole, None)
        mine.set_exception(error)
        raise
    return mine.result()


def forget() -> None:
    """Make everything anew from now on, as a measurement needs it."""
    with _lock:
        _kept.clear()


def kept_with(made_from: object, key: Hashable, make: Callable[[], _Made]) -> _Made:
    """What `make` gives of an object that is itself kept and never changes, made once and as long-lived as that."""
    held: dict[Hashable, Any] = vars(made_from).setdefault("_kept_with", {})
    if key not in held:
        held[key] = make()
    return cast("_Made", held[key])
