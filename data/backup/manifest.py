"""What a backup says about itself, and whether its files are as they were written."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from data.backup.digests import TableDigest
from data.errors import BackupError

FORMAT = 1
DUMP, MANIFEST, SUMS = "daybook.dump", "manifest.json", "SHA256SUMS"
_SUM_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")


@dataclass(frozen=True)
class Manifest:
    """Of what the backup is. `roles` is what the names of the database's roles begin with, `login` who owned it.

    `head` is the end of the chain of revisions, as `daybook doctor` prints it.
    """

    format: int
    daybook: str
    made_at: str
    server: int
    roles: str
    login: str
    migration: str
    head: str
    tables: dict[str, TableDigest]

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables.values())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it beside the dump, and the digests of the two files (as `sha256sum --check` reads them)."""
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")
    write_sums(folder, (DUMP, MANIFEST))


def write_sums(folder: Path, names: Sequence[str]) -> None:
    """Write the digests of the files to a file beside them, as `sha256sum --check` reads it."""
    lines = [f"{_sha256(folder / name)}  {name}\n" for name in names]
    (folder / SUMS).write_text("".join(lines), encoding="ascii")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the backup in `folder`, every file of which is as written; raises BackupError naming the one."""
    check_sums(folder, (MANIFEST, DUMP))
    return _parsed(folder / MANIFEST)


def check_sums(folder: Path, names: Sequence[str]) -> None:
    """Raise BackupError naming the file that is missing or not as it was written."""
    for name in (SUMS, *names):
        if not (folder / name).is_file():
            raise BackupError(f"{folder} is no whole backup: {name} is missing")
    written = _sums(folder / SUMS)
    for name in names:
        found = _sha256(folder / name)
        if written.get(name) != found:
            raise BackupError(
                f"{folder / name} is damaged: its SHA-256 is {found}, {SUMS} says {written.get(name, 'nothing')};"
                " nothing was restored"
            )


def _parsed(path: Path) -> Manifest:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise BackupError(f"{path}: the format must be {FORMAT}; got {told['format']!r}, of another Daybook")
        tables = {name: TableDigest(**table) for name, table in told.pop("tables").items()}
        return Manifest(**told, tables=tables)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupError(f"{path} is no manifest of a backup ({type(error).__name__}: {error})") from None


def _sums(path: Path) -> dict[str, str]:
    found = (_SUM_LINE.fullmatch(line) for line in path.read_text(encoding="ascii", errors="replace").splitlines())
    return {line[2]: line[1] for line in found if line is not None}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
