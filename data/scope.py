"""Whose rows a caller may see. Required by every read of facts, never ambient."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """The stores a caller may see: all of them, or just those listed; an empty list sees nothing."""

    stores: frozenset[int] | None

    @classmethod
    def everything(cls) -> Scope:
        """The scope of a caller without a limit."""
        return cls(None)

    @classmethod
    def of_stores(cls, *stores: int) -> Scope:
        """The scope of a caller limited to `stores`."""
        return cls(frozenset(stores))

    def as_setting(self) -> str:
        """The scope as the database's row-level policies read it: `all`, or an array literal of store numbers."""
        if self.stores is None:
            return "all"
        return "{" + ",".join(str(store) for store in sorted(self.stores)) + "}"
