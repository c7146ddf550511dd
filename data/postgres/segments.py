"""The segments of the write-ahead log in an archive: gzip files, named as PostgreSQL names segments."""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data.errors import BackupError

SUFFIX = ".gz"
_NAME = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})")
# The first page of a segment: magic, flags, timeline, address, length of what is carried over, the system's number.
_HEADER = struct.Struct("=HHIQI4xQ")
_CHUNK = 1024 * 1024


@dataclass(frozen=True, order=True)
class Segment:
    """A segment by its line of history and its number in it."""

    timeline: int
    number: int
    path: Path

    @property
    def name(self) -> str:
        """The name that PostgreSQL gives it."""
        return self.path.name.removesuffix(SUFFIX)


def archived_segments(folder: Path, segment_bytes: int) -> list[Segment]:
    """Every segment in the archive, by timeline and number; other files are left out."""
    found = []
    for path in folder.iterdir():
        number = segment_number(path.name.removesuffix(SUFFIX), segment_bytes)
        if path.name.endswith(SUFFIX) and number is not None:
            found.append(Segment(int(path.name[:8], 16), number, path))
    return sorted(found)


def segment_number(name: str, segment_bytes: int) -> int | None:
    """The number of the segment that is named so; None for what names no segment."""
    found = _NAME.fullmatch(name)
    return None if found is None else int(found[2], 16) * _per_log(segment_bytes) + int(found[3], 16)


def segment_name(timeline: int, number: int, segment_bytes: int) -> str:
    """What PostgreSQL calls the segment."""
    log, part = divmod(number, _per_log(segment_bytes))
    return f"{timeline:08X}{log:08X}{part:08X}"


def segment_at(lsn: str, segment_bytes: int) -> int:
    """The number of the segment with what is just before a position in the log, such as `0/1A000060`."""
    high, low = lsn.split("/")
    return ((int(high, 16) << 32) + int(low, 16) - 1) // segment_bytes


def system_of(segment: Segment) -> str:
    """The number of the server that wrote the segment; raises BackupError where it cannot be read."""
    return str(_HEADER.unpack(next(_content(segment), b"").ljust(_HEADER.size, b"\0")[: _HEADER.size])[5])


def check_segment(segment: Segment, segment_bytes: int) -> None:
    """Read the segment to its end; raises BackupError where it is damaged."""
    length = sum(map(len, _content(segment)))
    if length != segment_bytes:
        raise BackupError(f"{segment.path} is damaged: it holds {length:,} bytes of {segment_bytes:,}")


def _content(segment: Segment) -> Iterator[bytes]:
    try:
        with gzip.open(segment.path) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except PermissionError:
        raise BackupError(f"{segment.path} may not be read") from None
    except (OSError, EOFError, zlib.error) as error:
        raise BackupError(f"{segment.path} is damaged: {error}") from None


def _per_log(segment_bytes: int) -> int:
    return 2**32 // segment_bytes
