"""The folder of a backup: there as a whole, or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import BackupError, UsageError


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A private folder beside `folder` that takes its name when the block has ended well, and is gone otherwise."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"the folder of a backup must be new or empty; {folder} is not")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise UsageError(f"the backup cannot be written to {folder}: {error.strerror}") from None
    try:
        yield draft
        draft.replace(folder)
    except OSError as error:
        raise BackupError(f"the backup could not be written to {folder}: {error.strerror}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
