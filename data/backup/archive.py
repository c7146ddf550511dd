"""The archive that a base backup goes on with: whether it is the right one, whole, and unbroken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.backup.base_manifest import BaseManifest
from data.errors import BackupError
from data.loading.progress import Progress
from data.postgres.account import Account
from data.postgres.archiving import check_readable
from data.postgres.segments import Segment, archived_segments, check_segment, segment_name, system_of

_MB = 1_000_000


@dataclass(frozen=True)
class Archive:
    """The segments of one server's log without a gap: `numbers`, from the one in which the base ended.

    `beyond` is the number of the newest one behind a gap; None where nothing is missing.
    """

    folder: Path
    timeline: int
    segment_bytes: int
    numbers: range
    beyond: int | None

    @property
    def first(self) -> int:
        """The segment in which the base ended."""
        return self.numbers[0]

    @property
    def last(self) -> int:
        """The last segment before the end, or before a gap."""
        return self.numbers[-1]

    @property
    def end(self) -> str:
        """Where the archive ends, in words."""
        if self.beyond is None:
            return f"the archive {self.folder} ends with the segment {self.name(self.last)}"
        return (
            f"the segment {self.name(self.last + 1)} is missing in the archive {self.folder}, which goes on to"
            f" {self.name(self.beyond)}"
        )

    def name(self, number: int) -> str:
        """What PostgreSQL calls a segment."""
        return segment_name(self.timeline, number, self.segment_bytes)


def checked_archive(folder: Path, base: BaseManifest, account: Account, progress: Progress) -> Archive:
    """The archive that the base goes on with, every segment of which is of its server and can be read to its end.

    Raises BackupError naming the segment that is missing where the base ends, damaged, or of another server.
    """
    if not folder.is_dir():
        raise BackupError(f"there is no archive {folder}")
    check_readable(folder, account)
    found = archived_segments(folder, base.segment_bytes)
    needed = {one.number: one for one in found if one.timeline == base.timeline and one.number >= base.stop_segment}
    _check_owner(folder, found, base)
    if base.stop_segment not in needed:
        raise BackupError(
            f"the segment {base.first_needed}, in which the base ended, is missing in the archive {folder}"
        )
    end = next(number for number in range(base.stop_segment, max(needed) + 2) if number not in needed)
    numbers = range(base.stop_segment, end)
    _read_all([needed[number] for number in numbers], base, progress)
    beyond = max(needed) if max(needed) >= end else None
    return Archive(folder, base.timeline, base.segment_bytes, numbers, beyond)


def _check_owner(folder: Path, found: list[Segment], base: BaseManifest) -> None:
    if not found:
        raise BackupError(f"the archive {folder} holds no segment of a write-ahead log")
    for segment in found[:: max(len(found) - 1, 1)]:  # the first and the last; each that is read is asked again
        _check_system(segment, base)
    if base.timeline not in {segment.timeline for segment in found}:
        raise BackupError(
            f"the archive {folder} is of timeline {found[-1].timeline}, after a restore; the base is of {base.timeline}"
        )


def _check_system(segment: Segment, base: BaseManifest) -> None:
    system = system_of(segment)
    if system != base.system:
        raise BackupError(f"{segment.path} is of another server: system {system}; the base is of {base.system}")


def _read_all(segments: list[Segment], base: BaseManifest, progress: Progress) -> None:
    total = len(segments) * base.segment_bytes // _MB
    for at, segment in enumerate(segments):
        progress(at * base.segment_bytes // _MB, total, "checking the archive")
        check_segment(segment, base.segment_bytes)
        _check_system(segment, base)
    progress(total, total, "checking the archive")
