"""What becomes of a change whose row somebody else saved meanwhile: a field that both changed is a conflict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]


def conflicting(base: Row, now: Row, wanted: Row) -> tuple[str, ...]:
    """The columns that both sides changed since `base`, to different values."""
    return tuple(name for name, value in wanted.items() if now[name] != base[name] and value != now[name])


def merged(base: Row, now: Row, wanted: Row) -> tuple[str, ...]:
    """The columns that only the other side changed."""
    others = (name for name in now if name in base and name not in wanted and name != "revision")
    return tuple(name for name in others if now[name] != base[name])
