"""The folder of the server's socket: below the home folder, or a short private one where that path would not do."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

from data.errors import ServerError
from data.postgres.layout import Layout, create_private

# The shortest limit of the systems we run on is 103 bytes (macOS), for the folder and `/.s.PGSQL.5432`.
LONGEST_FOLDER = 103 - len("/.s.PGSQL.5432")


def socket_folder(layout: Layout) -> Path:
    """A folder that only the server's account (and root) can enter, with a path that clients can use."""
    folder = layout.place / "run"
    if _is_usable(folder):
        create_private(folder, layout.account)
        return folder
    record = layout.own / "socket-folder"
    known = _recorded(record, layout)
    if known is None:
        known = _new_folder(layout)
        record.write_text(str(known))
    return known


def remove_short_folder(layout: Layout) -> None:
    """Remove the private folder outside the home folder, if there is one."""
    record = layout.own / "socket-folder"
    known = _recorded(record, layout)
    if known is not None:
        shutil.rmtree(known, ignore_errors=True)
    record.unlink(missing_ok=True)


def _is_usable(folder: Path) -> bool:
    # The client library reads a comma as a list of hosts, and SQLAlchemy a colon as the start of a port.
    text = str(folder)
    return len(os.fsencode(folder)) <= LONGEST_FOLDER and not re.search(r"[,:]|[\ud800-\udfff]", text)


def _new_folder(layout: Layout) -> Path:
    for parent in dict.fromkeys((os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp")):  # noqa: S108
        base = Path(parent)
        fits = parent and _is_usable(base / "daybook-12345678")
        if fits and base.is_absolute() and layout.account.can_reach(base) and os.access(base, os.W_OK):
            folder = Path(tempfile.mkdtemp(prefix="daybook-", dir=base))
            layout.account.own(folder)
            return folder
    raise ServerError(
        f"the path {layout.place} is too long for the server's socket, and no folder for temporary files has a short"
        " path; set TMPDIR to one"
    )


def _recorded(record: Path, layout: Layout) -> Path | None:
    try:
        folder = Path(record.read_text())
        found = folder.lstat()
    except (OSError, ValueError):
        return None
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == layout.account.uid and stat.S_IMODE(found.st_mode) == 0o700
    return folder if ours and folder.name.startswith("daybook-") and _is_usable(folder) else None
