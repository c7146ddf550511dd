"""The log, to standard error: lines for people, or with DAYBOOK_LOG_FORMAT=json one JSON object an event."""

from __future__ import annotations

import json
import logging
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from dashboard.observing.request_ids import current
from dashboard.observing.scrubbing import scrubbed

_log = logging.getLogger(__name__)
_MOST_FRAMES, _MOST_TEXT = 30, 4000


class TextLines(logging.Formatter):
    """A line as people read it, a traceback below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line without secrets, with the number of the request that it is about."""
        number = current.get()
        return scrubbed(super().format(record)) + (f" (request {number})" if number else "")


class JsonLines(logging.Formatter):
    """An object on one line: time, level, logger, event, and what else is known."""

    def format(self, record: logging.LogRecord) -> str:
        """The object without secrets; an error is told by its type, its message and where it came from."""
        event: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": scrubbed(record.getMessage())[:_MOST_TEXT],
        }
        if (number := current.get()) is not None:
            event["request_id"] = number
        told = getattr(record, "told", None)
        if isinstance(told, Mapping):
            event.update(told)
        if record.exc_info and record.exc_info[1] is not None:
            event["error"] = _error(record.exc_info[1], record.exc_info[2])
        return json.dumps(event, default=str)  # in ASCII, so that no character ends the line


def start_logging(format_: str) -> None:
    """Write what happens in this process; as JSON, also a line about each request."""
    as_json = format_ == "json"
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if as_json else TextLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # What is told to people by other means, or not at all: the start, and each request.
    logging.getLogger("daybook").setLevel(logging.INFO if as_json else logging.WARNING)
    logging.captureWarnings(as_json)
    threading.excepthook = _thread_failed


def own_every_logger() -> None:
    """Let the frameworks' loggers write through ours, whatever handlers they have brought."""
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_type is not SystemExit and failed.exc_value is not None:
        _log.error("a thread failed", exc_info=failed.exc_value)


def _error(error: BaseException, trace: TracebackType | None) -> dict[str, Any]:
    frames = traceback.extract_tb(trace)[-_MOST_FRAMES:]
    told: dict[str, Any] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "message": scrubbed(str(error))[:_MOST_TEXT],
        "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        told["cause"] = f"{type(cause).__module__}.{type(cause).__qualname__}"
    return told
