"""What is told about a page to somebody who sees it for the first time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """A key, or keys after each other, and what it does."""

    keys: str
    does: str


@dataclass(frozen=True)
class Help:
    """A page explained: the question that it `answers`, what can be done on it, and the keys that it adds.

    `words` are those of the glossary that one needs to read it, `metrics` those that it shows whatever is chosen.
    """

    answers: str
    do: tuple[str, ...]
    keys: tuple[Key, ...] = ()
    words: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


ANYWHERE = (
    Key("/", "search everything that has a name; so do Ctrl K and ⌘ K"),
    Key("?", "open this help"),
    Key("Tab", "go to the next thing that can be used, Shift Tab back"),
    Key("Enter, Space", "press what has the focus"),
    Key("Esc", "close what is open"),
)
GRID = (
    Key("arrows", "move from cell to cell in a table that has the focus"),
    Key("Ctrl C", "copy the selected cells; Shift and arrows select more"),
)
