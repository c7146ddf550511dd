"""What somebody types into a search, and how well a text fits it. Pure: no queries."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

LONGEST = 200
_WORD = re.compile(r"[^\W_]+")
_SHORTEST_MENDED = 4
_TWO_SLIPS = 8


class Place(IntEnum):
    """How well a text fits, the best first: each place comes before every one below it."""

    EXACT = 0  # the key or the whole name
    START = 1  # the name begins so
    WORDS = 2  # each word begins a word of it
    WITHIN = 3  # each word is somewhere in it
    MENTIONED = 4  # what is said about it has them


@dataclass(frozen=True)
class Asked:
    """The words that are looked for: letters and digits, in any case, in any order.

    `mended` are those of them that stand for words nobody knows: (as typed, as known).
    """

    words: tuple[str, ...]
    mended: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, text: str) -> Asked:
        """What is asked by a text as it was typed; of a very long one, its beginning."""
        return cls(words_in(text[:LONGEST]))

    @cached_property
    def phrase(self) -> str:
        """The words one after the other."""
        return " ".join(self.words)

    def place(self, names: Iterable[str], mentions: Iterable[str] = ()) -> Place | None:
        """The best place of any of the names, or that the words are mentioned; None where they are nowhere."""
        if not self.words:
            return None
        best = min((self._place(f" {' '.join(words_in(name))}") for name in names), default=None)
        if best is not None and best <= Place.WITHIN:
            return best
        said = f" {' '.join(word for text in (*names, *mentions) for word in words_in(text))}"
        return Place.MENTIONED if all(f" {word}" in said for word in self.words) else None

    def _place(self, text: str) -> Place:
        if text == f" {self.phrase}":
            return Place.EXACT
        if text.startswith(f" {self.phrase}"):
            return Place.START
        if all(f" {word}" in text for word in self.words):
            return Place.WORDS
        return Place.WITHIN if all(word in text for word in self.words) else Place.MENTIONED

    def mend(self, known: Collection[str]) -> Asked:
        """The same with each word that is part of no known one replaced by the nearest; unchanged where none is near.

        One slip of the finger is forgiven in words of four letters and more, two from eight: a letter missing, too
        many, wrong, or changed places with its neighbour.
        """
        pairs = [(word, word if any(word in one for one in known) else _nearest(word, known)) for word in self.words]
        return replace(
            self,
            words=tuple(better for _, better in pairs),
            mended=tuple(pair for pair in pairs if pair[0] != pair[1]),
        )


def words_in(text: str) -> tuple[str, ...]:
    """The words of a text: runs of letters and digits, in lower case."""
    return tuple(_WORD.findall(text.casefold()))


def _nearest(word: str, known: Collection[str]) -> str:
    if len(word) < _SHORTEST_MENDED or not word.isalpha():
        return word
    slips = 2 if len(word) >= _TWO_SLIPS else 1
    found = process.extractOne(word, sorted(known), scorer=OSA.distance, score_cutoff=slips)
    return found[0] if found else word
