"""One clear line for each way in which PostgreSQL may refuse to start."""

from __future__ import annotations

import re

REASONS = (
    (r"No space left on device|Disk quota exceeded", "the disk is full; free some space and start again"),
    (r"Read-only file system", "the disk is read-only"),
    (r"lock file .* already exists|pre-existing shared memory", "the data folder is in use by another server"),
    (r"database files are incompatible", "the data folder is damaged, or of another build of PostgreSQL"),
    (
        r"invalid permissions|wrong ownership|Permission denied",
        "the data folder cannot be read by the server's account",
    ),
    (
        r"could not find .*(postgresql\.conf|pg_hba\.conf)|could not access the server configuration",
        "a file is missing",
    ),
    (
        r"could not locate .*checkpoint|invalid .*checkpoint|incorrect checksum|invalid page|could not open file"
        r"|not a database cluster directory|pg_control",
        "the data folder is damaged; restore a backup",
    ),
    (
        r"could not map anonymous shared memory|Cannot allocate memory|out of memory",
        "the machine has too little memory",
    ),
)
GRAVE = re.compile(r"\b(PANIC|FATAL|ERROR|error):\s*(.+)")
# What clients that come too early or too late are told.
NOISE = ("the database system is", "terminating connection")


def explain(log: str, what: str) -> str:
    """`what`, the reason in words, and the line of `log` that says so."""
    said = [text for _, text in GRAVE.findall(log) if not text.startswith(NOISE)]
    for line in (*reversed(said), log):
        for pattern, reason in REASONS:
            if re.search(pattern, line):
                return f"{what}: {reason} ({_last(said, line)})"
    return f"{what}: {_last(said, log)}"


def _last(said: list[str], otherwise: str) -> str:
    return said[-1] if said else (otherwise.strip().splitlines() or ["it said nothing"])[-1]
