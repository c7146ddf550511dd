"""A dashboard as somebody is arranging it: kept until it is saved or discarded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count

import streamlit as st

from data.dashboards.reading import Content, Item, SavedDashboard

_DRAFTS = "dashboards.drafts"
_turns = count(1)


@dataclass(frozen=True)
class Piece:
    """An item of a draft, with a number that stays its own wherever it is moved."""

    number: int
    item: Item

    @property
    def width(self) -> int:
        """How many of twelve columns it takes up."""
        return self.item.width


@dataclass(frozen=True)
class Draft:
    """The arrangement so far; `saved` is what it began with, `turn` tells the widgets of one draft from another's."""

    saved: SavedDashboard
    content: Content
    pieces: tuple[Piece, ...]
    turn: int = field(default_factory=lambda: next(_turns))

    @classmethod
    def of(cls, saved: SavedDashboard, content: Content | None = None) -> Draft:
        """A draft of the dashboard as it was saved, or of other content that is to take its place."""
        content = content or saved.content
        return cls(saved, content, tuple(Piece(at, item) for at, item in enumerate(content.items, 1)))

    @property
    def whole(self) -> Content:
        """What would be saved."""
        return replace(self.content, items=tuple(piece.item for piece in self.pieces))

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to save."""
        return self.whole != self.saved.content

    def added(self, view_id: int) -> Draft:
        """With one more view at the end."""
        number = max((piece.number for piece in self.pieces), default=0) + 1
        return replace(self, pieces=(*self.pieces, Piece(number, Item(view_id))))

    def removed(self, number: int) -> Draft:
        """Without one of its items."""
        return replace(self, pieces=tuple(piece for piece in self.pieces if piece.number != number))

    def moved(self, number: int, to: int) -> Draft:
        """With an item at another place, from 1; the others close up."""
        piece = next(piece for piece in self.pieces if piece.number == number)
        rest = [other for other in self.pieces if other.number != number]
        return replace(self, pieces=(*rest[: to - 1], piece, *rest[to - 1 :]))

    def changed(self, number: int, change: Callable[[Item], Item]) -> Draft:
        """With one item changed."""
        pieces = (replace(p, item=change(p.item)) if p.number == number else p for p in self.pieces)
        return replace(self, pieces=tuple(pieces))


def draft_of(dashboard_id: int) -> Draft | None:
    """The draft that this person has begun in this tab."""
    return _drafts().get(dashboard_id)


def keep(draft: Draft) -> None:
    """Keep the draft until it is saved or discarded."""
    _drafts()[draft.saved.dashboard_id] = draft


def drop(dashboard_id: int) -> None:
    """Forget the draft."""
    _drafts().pop(dashboard_id, None)


def _drafts() -> dict[int, Draft]:
    drafts: dict[int, Draft] = st.session_state.setdefault(_DRAFTS, {})
    return drafts
