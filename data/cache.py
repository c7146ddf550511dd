"""Results by question, scope, formulas and the revisions of the tables read: never stale, so without a time-to-live."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import NamedTuple

import pandas as pd
from cachetools import LRUCache

DEFAULT_BYTES = 256 * 1024 * 1024


class _Kept(NamedTuple):
    frame: pd.DataFrame
    size_bytes: int


class ResultCache:
    """Frames by key, the least recently used dropped first, bounded in bytes. Safe to share between threads.

    It counts the times that a key was there (`hits`) and that it was not (`misses`).
    """

    def __init__(self, max_bytes: int = DEFAULT_BYTES) -> None:
        self._frames: LRUCache[Hashable, _Kept] = LRUCache(max_bytes, getsizeof=lambda kept: kept.size_bytes)
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
        return None if found is None else found.frame.copy(deep=False)

    def put(self, key: Hashable, frame: pd.DataFrame) -> None:
        """Keep the frame; one that is larger than the whole cache is not kept."""
        kept = _Kept(frame.copy(deep=False), _size(frame))
        with self._lock:
            if kept.size_bytes <= self._frames.maxsize:
                self._frames[key] = kept

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
    """Column by column: the frame's own sum makes a frame of it, which takes longer than to read its rows."""
    columns = sum(column.memory_usage(index=False, deep=True) for _, column in frame.items())
    return int(columns + frame.index.memory_usage(deep=True)) + 1024
