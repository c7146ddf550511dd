"""How a load tells how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called now and then with the rows done, the rows in all (None where nobody knows yet) and what is being done."""

    def __call__(self, rows: int, total: int | None, phase: str) -> None:
        """Show it."""


def silent(rows: int, total: int | None, phase: str) -> None:
    """The progress that nobody watches."""
