"""Logs that stay small: each is a file and one older part of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

LARGEST = 10 * 1024 * 1024


def bound(path: Path, largest: int = LARGEST) -> None:
    """Move what is in a log that has grown beyond `largest` bytes to `<name>.1`; whoever appends to it goes on."""
    try:
        if path.stat().st_size <= largest:
            return
    except FileNotFoundError:
        return
    shutil.copyfile(path, path.with_name(path.name + ".1"))
    os.truncate(path, 0)


def open_log(path: Path) -> int:
    """A descriptor that appends to the log at `path`, which only its owner may read."""
    bound(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def since(path: Path, offset: int, most: int = 65536) -> str:
    """The text of the log from `offset` on, at most the last `most` bytes of it."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(min(offset, end), end - most))
            return file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
