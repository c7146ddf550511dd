"""The account that PostgreSQL runs under: the caller's own, or for root an existing one without privileges."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from data.errors import ServerError

UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Account:
    """A user of this machine, by number; `is_other` when it is not the one that runs this process."""

    uid: int
    gid: int
    is_other: bool = False

    def own(self, path: Path) -> None:
        """Hand `path`, which this program created, to the account."""
        if self.is_other:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_reach(self, folder: Path) -> bool:
        """Whether the account may pass through every folder on the way to `folder`, and through itself."""
        path = folder.resolve()
        return all(self._may_pass(part) for part in (path, *path.parents))

    def _may_pass(self, folder: Path) -> bool:
        try:
            found = folder.stat()
        except OSError:
            return False
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH) or not self.is_other


def server_account() -> Account:
    """The account for the server; PostgreSQL refuses to run as root, so root lends it to `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        found = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise ServerError(
            f"PostgreSQL does not run as root, and this machine has no account {UNPRIVILEGED!r} to run it under;"
            " start Daybook as an ordinary user or set DATABASE_URL"
        ) from None
    return Account(found.pw_uid, found.pw_gid, is_other=True)
