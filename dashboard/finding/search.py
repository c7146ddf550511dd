"""A search over everything that has a name: by what was typed, or by the nearest words that somebody knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from dashboard import load
from dashboard.auth import User
from dashboard.finding.kinds import KINDS, Group, Searching
from data.search.members import MemberSearch
from data.search.words import Asked

MOST = 5


@dataclass(frozen=True)
class Found:
    """What was found, the best kind first; `mended` is what was looked for where nothing goes by what was typed."""

    groups: tuple[Group, ...]
    mended: str = ""

    @property
    def count(self) -> int:
        """How many there are in all."""
        return sum(group.count for group in self.groups)


def search(text: str, user: User, *, most: int = MOST, only: str = "") -> Found:
    """At most so many hits of each kind that the person may see, or of the one kind that is named.

    A slip of the finger is mended only where nothing at all was found, and is told.
    """
    asked = Asked.of(text)
    with load.reading(user.scope) as conn:
        members = MemberSearch(conn, scope=user.scope, cache=load.Resources.cache)
        searching = Searching(asked, user, members, most, only)
        groups = _groups(searching)
        if groups or not asked.words:
            return Found(groups)
        mended = asked.mend(searching.known_words())
        if not mended.mended:
            return Found(())
        return Found(_groups(replace(searching, asked=mended)), mended.phrase)


def more_address(text: str, group: Group) -> str:
    """The page with more of one kind."""
    return f"/search?{urlencode({'q': text, 'kind': group.name})}"


def _groups(searching: Searching) -> tuple[Group, ...]:
    """The kinds with the best hit first; of equals, as they are declared."""
    found = [group for kind in KINDS for group in kind(searching)]
    return tuple(sorted(found, key=lambda group: group.place)) if searching.asked.words else tuple(found)
