"""What a base backup says about itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from data.backup.manifest import MANIFEST, check_sums, write_sums
from data.errors import BackupError
from data.postgres.segments import segment_name

FORMAT = 1
KIND = "base"
BASE = "base"
FILES = f"{BASE}/backup_manifest"


@dataclass(frozen=True)
class BaseManifest:
    """Of which server the files are, and where its write-ahead log goes on.

    `revision` was the newest when the backup began: it and all before it are in the files. `stop_segment` is the number
    of the segment in which the backup ended; a restore needs the archive from there on.
    """

    format: int
    kind: str
    daybook: str
    made_at: str
    server: int
    is_embedded: bool
    system: str
    timeline: int
    segment_bytes: int
    stop_segment: int
    migration: str
    revision: int
    archive: str

    @property
    def first_needed(self) -> str:
        """The name of the segment from which on a restore needs the archive."""
        return segment_name(self.timeline, self.stop_segment, self.segment_bytes)


def is_base(folder: Path) -> bool:
    """Whether there is a base backup in the folder, rather than a dump."""
    return (folder / BASE).is_dir()


def write_base_manifest(folder: Path, manifest: BaseManifest) -> None:
    """Write it beside the files, and its digest and that of their list."""
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")
    write_sums(folder, (MANIFEST, FILES))


def read_base_manifest(folder: Path) -> BaseManifest:
    """The manifest of the base backup in `folder`; raises BackupError where it or the list of files is damaged."""
    check_sums(folder, (MANIFEST, FILES))
    path = folder / MANIFEST
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        found = BaseManifest(**told)
    except (ValueError, TypeError) as error:
        raise BackupError(f"{path} is no manifest of a base backup ({type(error).__name__}: {error})") from None
    if (found.format, found.kind) != (FORMAT, KIND):
        raise BackupError(f"{path}: the format must be {FORMAT} of a {KIND}; got {found.format!r} of {found.kind!r}")
    return found
