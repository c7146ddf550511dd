"""Running PostgreSQL's programs under the server's account, so that they end with the supervisor."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from data.postgres.account import Account

SET_PARENT_DEATH_SIGNAL = 1


@dataclass(frozen=True)
class Programs:
    """The folder of the programs and the account that they run under."""

    folder: Path
    account: Account

    def run(self, name: str, *arguments: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program to its end, with `text` as its input."""
        return subprocess.run(  # noqa: S603
            [self.folder / name, *arguments],
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            **self._manner(signal.SIGTERM),
        )

    def start(self, name: str, arguments: Sequence[str | Path], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a program as a child of the calling thread, which must live as long as the program is to."""
        return subprocess.Popen(  # noqa: S603
            [self.folder / name, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **self._manner(signal.SIGINT),
        )

    def _manner(self, at_parents_death: signal.Signals) -> dict[str, Any]:
        manner: dict[str, Any] = {
            "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            "cwd": "/",
            "umask": 0o077,
            "preexec_fn": _end_with_parent(at_parents_death),
        }
        if self.account.is_other:
            manner |= {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        return manner


def _end_with_parent(signal_number: signal.Signals) -> Callable[[], None] | None:
    # Runs between fork and exec, after the change of user (which clears the setting). The supervisor has one thread.
    if not sys.platform.startswith("linux"):
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def arrange() -> None:
        libc.prctl(SET_PARENT_DEATH_SIGNAL, int(signal_number))
        if os.getppid() != parent:
            os._exit(1)

    return arrange
