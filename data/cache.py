"""Results by question, scope, formulas and the revisions of the tables read: never stale, so without a time-to-live."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock

import pandas as pd
from cachetools import LRUCache

DEFAULT_BYTES = 256 * 1024 * 1024


class ResultCache:
    """Frames by key, the least recently used dropped first, bounded in bytes. Safe to share between threads.

    It counts the times that a key was there (`hits`) and that it was not (`misses`).
    """

    def __init__(self, max_bytes: int = DEFAULT_BYTES) -> None:
        self._frames: LRUCache[Hashable, pd.DataFrame] = LRUCache(max_bytes, getsizeof=_size)
        self._lock = Lock()
        self.hits = self.misses = 0

    def get(self, key: Hashable) -> pd.DataFrame | None:
        """The frame under `key`; a copy on write, so that no reader can change it for another."""
        with self._lock:
            found = self._frames.get(key)
            if found is None:
                self.misses += 1
            else:
                self.hits += 1
        return None if found is None else found.copy(deep=False)

    def put(self, key: Hashable, frame: pd.DataFrame) -> None:
        """Keep the frame; one that is larger than the whole cache is not kept."""
        with self._lock:
            if _size(frame) <= self._frames.maxsize:
                self._frames[key] = frame.copy(deep=False)

    @property
    def size_bytes(self) -> int:
        """The bytes that are kept."""
        return int(self._frames.currsize)

    @property
    def max_bytes(self) -> int:
        """The most bytes that are kept."""
        return int(self._frames.maxsize)

    def __len__(self) -> int:
        return len(self._frames)


def _size(frame: pd.DataFrame) -> int:
    return int(frame.memory_usage(deep=True).sum()) + 1024
