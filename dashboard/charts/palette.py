"""Colours: one accent, neutral greys, and the Okabe-Ito set for categories. Every mark has 3:1 on its ground.

The categories are Okabe and Ito's hues, darkened on white and lightened on black as far as that contrast asks for.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True)
class Palette:
    """The colours of one appearance; `up` and `down` are blue and orange, never green and red."""

    accent: str
    accent_soft: str
    text: str
    muted: str
    comparison: str
    grid: str
    ground: str
    border: str
    up: str
    down: str
    categories: tuple[str, ...]


LIGHT = Palette(
    accent="#0B62A8",
    accent_soft="#A9C6DF",
    text="#0F1722",
    muted="#5B6675",
    comparison="#8B94A0",
    grid="#E9ECF0",
    ground="#FFFFFF",
    border="#DDE1E7",
    up="#0B62A8",
    down="#B04A00",
    categories=("#0072B2", "#B87F00", "#008763", "#B5628F", "#3B8FC4", "#C45500", "#857C00", "#4A4A4A"),
)
DARK = Palette(
    accent="#5AA9E6",
    accent_soft="#33536F",
    text="#E6E9EE",
    muted="#9CA6B3",
    comparison="#77818E",
    grid="#262D37",
    ground="#11151B",
    border="#2B333E",
    up="#5AA9E6",
    down="#F0954A",
    categories=("#4FA3E0", "#E69F00", "#1FB58B", "#D896BC", "#8CCBF2", "#F0853D", "#F0E442", "#C9CED6"),
)


def palette(*, dark: bool) -> Palette:
    """The colours of the dark or the light appearance."""
    return DARK if dark else LIGHT


def member_colours(keys: Sequence[Hashable], colours: Palette) -> dict[Hashable, str]:
    """A colour for each member, the same on every page because it comes from its key alone.

    Where two members of one chart ask for the same colour, the later one takes the next that is free; those beyond the
    eighth, and the rest summed up, are grey.
    """
    count = len(colours.categories)
    taken: dict[int, Hashable] = {}
    for key in keys[:count]:
        wanted = int.from_bytes(blake2b(str(key).encode(), digest_size=4).digest()) % count
        place = next(at % count for at in range(wanted, wanted + count) if at % count not in taken)
        taken[place] = key
    found = {key: colours.categories[place] for place, key in taken.items()}
    return {key: found.get(key, colours.comparison) for key in keys}


def blend(colour: str, ground: str, share: float) -> str:
    """A colour with so much of itself, and the rest of the ground."""
    parts = zip(*(bytes.fromhex(text.removeprefix("#")) for text in (colour, ground)), strict=True)
    return "#" + bytes(round(one * share + other * (1 - share)) for one, other in parts).hex().upper()
