"""The passwords of the two logins: generated, and kept in files that only their owner can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def new_password() -> str:
    """A random password, of letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(32)


def read_password(path: Path) -> str | None:
    """The password in the file at `path`, or None where there is none."""
    try:
        return path.read_text().strip() or None
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def keep_password(path: Path, password: str) -> None:
    """Write the password to the file at `path`, as a whole and to the disk."""
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(password + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def kept_password(path: Path) -> str:
    """The password in the file at `path`, made on first use."""
    found = read_password(path)
    if found is None:
        found = new_password()
        keep_password(path, found)
    return found
