"""What the supervisor tells those who wait for it: one small file, replaced as a whole."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import psutil

SUPERVISOR = "data.postgres.supervisor"
Phase = Literal["preparing", "starting", "recovering", "ready", "failed", "stopping"]


@dataclass(frozen=True)
class State:
    """The phase that the supervisor `pid` has reached; `socket_dir` is set once the server has one."""

    pid: int
    phase: Phase
    message: str = ""
    socket_dir: str = ""
    bin_dir: str = ""
    postmaster: int = 0

    @classmethod
    def of_this_process(cls) -> State:
        """The first state of a supervisor."""
        return cls(os.getpid(), "preparing")

    def write(self, path: Path) -> None:
        """Replace the file at `path`; readers see the old or the new state, never a part."""
        draft = path.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(self), file)
        draft.replace(path)

    @property
    def is_current(self) -> bool:
        """Whether the process that wrote this still runs; its start time would shift with the machine's clock."""
        try:
            process = psutil.Process(self.pid)
            return process.status() != psutil.STATUS_ZOMBIE and SUPERVISOR in process.cmdline()
        except psutil.Error:
            return False


def read_state(path: Path) -> State | None:
    """The state at `path`, or None where there is none or it cannot be understood."""
    try:
        found = json.loads(path.read_text())
        state = State(**found)
    except (OSError, ValueError, TypeError):
        return None
    numbers = isinstance(state.pid, int) and isinstance(state.postmaster, int)
    texts = all(isinstance(text, str) for text in (state.message, state.socket_dir, state.bin_dir))
    return state if numbers and texts and state.phase in get_args(Phase) else None


def forget_state(path: Path) -> None:
    """Remove the state of a supervisor that is gone."""
    with suppress(FileNotFoundError):
        path.unlink()
