"""What a data folder says about its server, without a server running on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from data.errors import ServerError
from data.postgres.programs import Programs

_LINE = re.compile(r"^([^:]+):\s+(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class ControlData:
    """Whose write-ahead log a data folder goes on with: the server's number for life, and its line of history."""

    system: str
    timeline: int
    segment_bytes: int


def control_data(data: Path, programs: Programs) -> ControlData:
    """The control data of the folder; raises ServerError where it cannot be read."""
    run = programs.run("pg_controldata", data)
    found = dict(_LINE.findall(run.stdout))
    try:
        return ControlData(
            found["Database system identifier"],
            int(found["Latest checkpoint's TimeLineID"]),
            int(found["Bytes per WAL segment"]),
        )
    except (KeyError, ValueError):
        raise ServerError(f"the data folder {data} is damaged: its control file cannot be read") from None
