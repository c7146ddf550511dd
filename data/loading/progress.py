"""How a long load says how far it is; commands draw it as bars, pages as progress elements."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told once when a phase begins, and again whenever rows of it are done."""

    def begin(self, phase: str, total: int | None) -> None:
        """A phase starts; `total` is its number of rows (or bytes) where it is known."""

    def advance(self, done: int) -> None:
        """So many more are done."""


class Silent:
    """Says nothing."""

    def begin(self, phase: str, total: int | None) -> None:
        """Nothing to say."""

    def advance(self, done: int) -> None:
        """Nothing to say."""
