"""Files that were sent to be loaded, one after the other in the background; the request has long been answered."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dashboard.load import database
from data.errors import DataError
from data.loading.jobs import end_load_job, note_progress, note_waiting
from data.loading.load import load_file
from data.loading.options import Options
from data.loading.rejects import Rejected

NOTED_EVERY_S = 1.0
ALIVE_EVERY_S = 20.0
MOST_WAITING = 20
_log = logging.getLogger(__name__)


class Loads:
    """The queue of one process."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="daybook-load")
        self._lock = threading.Lock()
        self._open: set[int] = set()
        self._pulse: threading.Timer | None = None

    @property
    def is_full(self) -> bool:
        """Whether so many wait that no more are taken."""
        return len(self._open) >= MOST_WAITING

    def add(self, job_id: int, table: str, path: Path, options: Options) -> None:
        """Load the file in its turn, and delete it."""
        with self._lock:
            self._open.add(job_id)
            self._beat()
        self._worker.submit(self._run, job_id, table, path, options)

    def _run(self, job_id: int, table: str, path: Path, options: Options) -> None:
        try:
            told, failed = _loaded(job_id, table, path, options)
        finally:
            for left in (path, options.report):
                if left is not None:
                    left.unlink(missing_ok=True)
            with suppress(OSError):
                path.parent.rmdir()
        self._end(job_id, told, failed=failed)

    def _end(self, job_id: int, told: dict[str, Any], *, failed: bool) -> None:
        with self._lock:
            self._open.discard(job_id)
        try:
            with database().accounts() as conn:
                end_load_job(conn, job_id=job_id, told=told, failed=failed)
        except Exception:  # nobody waits for this thread: without a line in the log, the outcome would be lost
            _log.exception(
                "load job %s has ended (%s), but that could not be noted", job_id, "failed" if failed else "done"
            )

    def _beat(self) -> None:
        """Say now and then that this process lives, as long as something waits or runs."""
        if self._pulse is None and self._open:
            self._pulse = threading.Timer(ALIVE_EVERY_S, self._beaten)
            self._pulse.daemon = True
            self._pulse.start()

    def _beaten(self) -> None:
        with self._lock:
            waiting = sorted(self._open)
            self._pulse = None
            self._beat()
        try:
            with database().accounts() as conn:
                note_waiting(conn, job_ids=waiting)
        except Exception:  # the database may be away for a moment
            _log.warning("load jobs could not be noted as alive", exc_info=True)


def _loaded(job_id: int, table: str, path: Path, options: Options) -> tuple[dict[str, Any], bool]:
    """The outcome, or what was wrong, and whether it failed."""
    try:
        outcome = load_file(database(), table, path, options=options, progress=_Noting(job_id))
        return _plain(asdict(outcome)), False
    except Rejected as rejected:
        faults = [asdict(one) for one in rejected.first]
        detail = f"{rejected.file}: nothing was loaded, {rejected.count:,} faults found"
        return {"detail": detail, "faults": faults, "count": rejected.count}, True
    except DataError as error:
        return {"detail": str(error)}, True
    except Exception:
        _log.exception("load job %s failed", job_id)
        return {"detail": "the file could not be loaded; an administrator finds why in the log"}, True


class _Noting:
    """Notes how far a load is, at most once a second."""

    def __init__(self, job_id: int) -> None:
        self.job_id, self.noted, self.phase = job_id, 0.0, ""

    def __call__(self, rows: int, total: int | None, phase: str) -> None:
        now = time.monotonic()
        if phase == self.phase and now - self.noted < NOTED_EVERY_S:
            return
        self.noted, self.phase = now, phase
        with database().accounts() as conn:
            note_progress(conn, job_id=self.job_id, phase=phase, rows=rows, total=total)


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in told.items()}
