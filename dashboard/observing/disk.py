"""The disk that the embedded server writes to; another server's is not Daybook's to watch."""

from __future__ import annotations

import shutil

from data.config import Settings

LEAST_BYTES = 256 * 1024 * 1024  # below it, PostgreSQL may stop at any moment


def free_bytes(settings: Settings) -> int | None:
    """Free bytes at the home folder; None where the server is another's, or the folder cannot be seen."""
    if not settings.is_embedded:
        return None
    there = next((folder for folder in (settings.home, *settings.home.parents) if folder.exists()), None)
    return None if there is None else shutil.disk_usage(there).free
