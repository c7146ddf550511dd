"""What a dashboard is: saved views in an order that fills a grid of twelve columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from data.errors import InvalidDashboard, NotYourDashboard, StaleDashboard, UnknownDashboard
from data.models import Base
from data.saved.kinds import Kind, Saved
from data.saved.kinds import SavedVersion as Version
from data.saved.writing import check_texts

COLUMNS = 12
WIDTHS = (3, 4, 6, 8, 12)
HEIGHTS = (1, 2, 3)
MOST_ITEMS = 24
MOST_TITLE = 120


@dataclass(frozen=True)
class Item:
    """A saved view on the grid: how many of twelve columns wide, how tall, and under which title.

    Its place follows from the order: beside the one before where there is room, else in a row below. Without a title
    it has its view's name.
    """

    view_id: int
    width: int = 6
    height: int = 2
    title: str = ""


@dataclass(frozen=True)
class Content:
    """What is saved under a name: the items in their order."""

    name: str
    items: tuple[Item, ...] = ()
    description: str = ""
    folder: str = ""
    shared: bool = False


class SavedDashboard(Saved[Content]):
    """A dashboard's newest version, with whose it is and who saved it last (instants in UTC)."""

    @property
    def dashboard_id(self) -> int:
        """Its number."""
        return self.number

    @property
    def address(self) -> str:
        """The path and the words of its link."""
        return f"/dashboards?dashboard={self.number}"

    @property
    def view_ids(self) -> tuple[int, ...]:
        """The views that it shows, each once."""
        return tuple(dict.fromkeys(item.view_id for item in self.content.items))


SavedVersion = Version[Content]


def _tidy(content: Content) -> Content:
    if len(content.items) > MOST_ITEMS:
        raise InvalidDashboard(f"a dashboard has at most {MOST_ITEMS} views; got {len(content.items)}")
    for place, item in enumerate(content.items, 1):
        _check(item, f"view {place} of the dashboard")
    return content


def _check(item: Item, where: str) -> None:
    for name, allowed in (("width", WIDTHS), ("height", HEIGHTS)):
        if getattr(item, name) not in allowed:
            sizes = ", ".join(map(str, allowed))
            raise InvalidDashboard(f"the {name} of {where} must be one of {sizes}; got {getattr(item, name)!r}")
    check_texts(DASHBOARDS, {"title": item.title}, {"title": MOST_TITLE})


def _read(row: Any, _: Content | None) -> Content:
    items = tuple(Item(item["view"], item["width"], item["height"], item["title"]) for item in row.items)
    return Content(row.name, items, row.description, row.folder, row.shared)


def _written(content: Content) -> dict[str, object]:
    return {
        "items": [
            {"view": item.view_id, "width": item.width, "height": item.height, "title": item.title}
            for item in content.items
        ]
    }


DASHBOARDS: Kind[SavedDashboard, Content] = Kind(
    noun="dashboard",
    table=Base.metadata.tables["accounts.dashboards"],
    versions=Base.metadata.tables["accounts.dashboard_versions"],
    favourites=Base.metadata.tables["accounts.dashboard_favourites"],
    key="dashboard_id",
    make=SavedDashboard,
    read=_read,
    written=_written,
    tidy=_tidy,
    unknown=UnknownDashboard,
    not_yours=NotYourDashboard,
    invalid=InvalidDashboard,
    stale=StaleDashboard,
)
