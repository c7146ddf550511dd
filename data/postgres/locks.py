"""Advisory file locks: the kernel drops them when their last holder ends, in whatever way.

A lock is released by closing the descriptor, never by unlocking it: a process forked from a holder shares the open
file, and an explicit unlock there would take the lock from its parent too.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FileLock:
    """An open lock file. It is not inherited by programs that this process starts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._fd: int | None = os.open(path, flags, 0o600)

    @classmethod
    def adopted(cls, fd: int, path: Path) -> FileLock:
        """The lock behind a descriptor that the starting process handed over on purpose."""
        os.set_inheritable(fd, False)
        lock = cls.__new__(cls)
        lock.path, lock._fd = path, fd
        return lock

    @property
    def fd(self) -> int:
        """The descriptor, while the file is open."""
        if self._fd is None:
            raise ValueError(f"the lock on {self.path} is closed")
        return self._fd

    def try_exclusive(self) -> bool:
        """Take the lock for this holder alone, without waiting; whether that worked."""
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Take the lock together with other shared holders, without waiting; whether that worked."""
        return self._try(fcntl.LOCK_SH)

    @property
    def is_in_place(self) -> bool:
        """Whether the open file is still the one at its path: a folder that was removed takes its locks along."""
        try:
            return os.path.samestat(os.fstat(self.fd), self.path.stat())
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Let go of the lock; a second call does nothing."""
        if self._fd is not None:
            fd, self._fd = self._fd, None
            os.close(fd)

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self.fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
