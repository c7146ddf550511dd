"""A comparison as plain values, for commands and programs: money in units of currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from data.revisions.asked import shown_in
from data.revisions.compare import Comparison, Part


def told(found: Comparison) -> dict[str, Any]:
    """`from`, `to`, `difference` and `parts`, each with its group, kind, revisions and contribution."""

    def plain(value: Decimal | None) -> float | None:
        return None if value is None else float(shown_in(found.metric.unit, value))

    def part_told(part: Part) -> dict[str, Any]:
        causes = {cause.revision: cause for cause in part.group.causes}
        revisions = [{"revision": c.revision, "author": c.author, "reason": c.reason} for c in causes.values()]
        shown: dict[str, Any] = {"group": part.group.label, "kind": str(part.group.kind), "revisions": revisions,
                                 "contribution": plain(part.contribution)}  # fmt: skip
        return shown if part.error is None else {**shown, "error": plain(part.error)}

    return {"from": plain(found.before), "to": plain(found.after), "difference": plain(found.difference),
            "parts": [part_told(part) for part in found.parts]}  # fmt: skip
