"""A pinned revision as the word of a link, and in the names of files. Pure: no widgets, no queries."""

from __future__ import annotations

PARAM = "revision"
NEWEST = "newest"
LAST_POSSIBLE = 2**63 - 1


def revision_in(word: str, newest: int, ignored: list[str]) -> int | None:
    """The revision that a link pins; one that is not there (yet) is told, and now is shown.

    `newest` as a word pins the revision that is the newest when the link is opened.
    """
    if word == NEWEST and 1 <= newest < LAST_POSSIBLE:
        return newest
    if word.isascii() and word.isdigit() and len(word) < 20 and 1 <= int(word) <= newest:
        return int(word)
    if word:
        ignored.append(f"revision {word}")
    return None


def file_suffix(revision: int | None) -> str:
    """What the name of a file says of the revision that it was made at; nothing for now."""
    return "" if revision is None else f"-revision-{revision}"


def plain(text: str) -> str:
    """Text of people for Markdown, with nothing in it that would be read as a sign."""
    return "".join(f"\\{character}" if character in "\\`*_{}[]()<>#+-.!|~:$" else character for character in text)
