"""Where things that have a name are explained."""

from __future__ import annotations

from urllib.parse import urlencode


def member_address(dimension: str, key: object) -> str:
    """The page of a member."""
    return f"/member?{urlencode({'dimension': dimension, 'key': key})}"


def word_address(name: str) -> str:
    """A word's entry in the glossary."""
    return f"/glossary?{urlencode({'word': name})}"
