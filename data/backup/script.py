"""The statements that a dump holds, line by line, with the rows that go by."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from data.errors import BackupError
from data.postgres.clients import client_program

_COPY = re.compile(rb'COPY ("?)([^".]+)\1\.("?)([^" ]+)\3 .*FROM stdin;\n')
_END = b"\\.\n"


@dataclass
class Script:
    """A dump being read; `rows` holds those of each table that went by so far."""

    dump: Path
    rows: dict[str, int] = field(default_factory=dict)
    seen: int = 0

    def lines(self) -> Iterator[tuple[bytes, bool]]:
        """Each line, and whether it is a row; raises BackupError where the dump cannot be read to its end."""
        program = client_program("pg_restore")
        with tempfile.TemporaryFile() as said:
            command = [program, "--file=-", str(self.dump)]
            english = {**os.environ, "LC_ALL": "C"}
            reading = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=english)  # noqa: S603
            assert reading.stdout is not None  # noqa: S101  it is a pipe
            try:
                with reading.stdout:
                    yield from self._counted(reading.stdout)
                failed = reading.wait() != 0
            finally:
                if reading.poll() is None:
                    reading.kill()
                    reading.wait()
            if failed:
                said.seek(0)
                raise BackupError(f"{self.dump} cannot be read: {last_line(said.read())}")

    def _counted(self, lines: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
        table, count = None, 0
        for line in lines:
            if table is None:
                found = _COPY.fullmatch(line)
                if found is not None:
                    table, count = f"{found[2].decode()}.{found[4].decode()}", 0
                yield line, False
            elif line == _END:
                self.rows[table], table = count, None
                yield line, False
            else:
                count += 1
                self.seen += 1
                yield line, True


def last_line(said: bytes) -> str:
    """What a program said last; its first error, where it names one."""
    lines = said.decode(errors="replace").strip().splitlines()
    errors = [line for line in lines if "ERROR" in line or "error:" in line]
    return (errors or lines[-1:] or ["it said nothing"])[0]
