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

    def can_read(self, path: Path) -> bool:
        """Whether the account may read the file, or list and pass through the folder."""
        return self._may(path, stat.S_IRUSR | (stat.S_IXUSR if path.is_dir() else 0))

    def can_write(self, folder: Path) -> bool:
        """Whether the account may make files in the folder."""
        return self._may(folder, stat.S_IWUSR | stat.S_IXUSR)

    @property
    def name(self) -> str:
        """What the machine calls it."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    def _may(self, path: Path, bits: int) -> bool:
        if not self.is_other:
            kinds = ((stat.S_IRUSR, os.R_OK), (stat.S_IWUSR, os.W_OK), (stat.S_IXUSR, os.X_OK))
            return os.access(path, sum(kind for bit, kind in kinds if bits & bit))
        found = path.stat()
        wanted = bits if found.st_uid == self.uid else bits >> 3 if found.st_gid == self.gid else bits >> 6
        return self.can_reach(path.parent) and found.st_mode & wanted == wanted

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
