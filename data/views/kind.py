"""What a saved view is: a page, and what stands after the question mark of its link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from data.errors import InvalidView, NotYourView, StaleView, UnknownView
from data.models import Base
from data.saved.kinds import Kind, Saved
from data.saved.kinds import SavedVersion as Version
from data.saved.writing import check_texts

_PAGE = re.compile(r"[a-z0-9_-]{0,50}\Z")
_MOST_LINK = 8192


@dataclass(frozen=True)
class Content:
    """What is saved under a name: which page, and what stands after the question mark of its link."""

    page: str
    link: str
    name: str
    description: str = ""
    folder: str = ""
    shared: bool = False


class SavedView(Saved[Content]):
    """A view's newest version, with whose it is and who saved it last (instants in UTC)."""

    @property
    def view_id(self) -> int:
        """Its number."""
        return self.number

    @property
    def address(self) -> str:
        """The path and the words of its link, and which view it is."""
        words = f"{self.content.link}&" if self.content.link else ""
        return f"/{self.content.page}?{words}view={self.view_id}"


SavedVersion = Version[Content]


def _tidy(content: Content) -> Content:
    if not _PAGE.match(content.page):
        raise InvalidView(f"the page of a view must be the path of a page, such as explore; got {content.page!r}")
    check_texts(VIEWS, {"link": content.link}, {"link": _MOST_LINK})
    return content


def _read(row: Any, newest: Content | None) -> Content:
    page = row.page if newest is None else newest.page
    return Content(page, row.link, row.name, row.description, row.folder, row.shared)


VIEWS: Kind[SavedView, Content] = Kind(
    noun="view",
    table=Base.metadata.tables["accounts.views"],
    versions=Base.metadata.tables["accounts.view_versions"],
    favourites=Base.metadata.tables["accounts.view_favourites"],
    key="view_id",
    make=SavedView,
    read=_read,
    written=lambda content: {"link": content.link},
    fixed=lambda content: {"page": content.page},
    tidy=_tidy,
    unknown=UnknownView,
    not_yours=NotYourView,
    invalid=InvalidView,
    stale=StaleView,
)
