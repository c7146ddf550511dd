"""The pages of Daybook: where each stands in the navigation, what it is called, and who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dashboard.auth import User

PAGES = Path(__file__).parents[1] / "pages"


@dataclass(frozen=True)
class Entry:
    """A page; `file` is its script without the ending, `path` what its address says (the first page: nothing).

    `role` is the least that may see it. Pages that are not `listed` are reached by links alone.
    """

    file: str
    title: str
    icon: str
    path: str
    section: str = ""
    role: str = "analyst"
    listed: bool = True

    @property
    def script(self) -> Path:
        """The script that draws it."""
        return PAGES / f"{self.file}.py"

    @property
    def address(self) -> str:
        """Where it is."""
        return f"/{self.path}"

    def visibility(self, user: User | None) -> Literal["visible", "hidden"]:
        """Whether the person's navigation shows it; one that they may not see refuses by itself, too."""
        return "visible" if self.listed and user is not None and user.may(self.role) else "hidden"


_ANALYSES, _REFERENCE, _YOU, _ADMINISTRATION = "Analyses", "Reference", "You", "Administration"
ENTRIES = (
    Entry("home", "Home", "home", ""),
    Entry("overview", "Overview", "monitoring", "overview"),
    Entry("explore", "Explore", "travel_explore", "explore"),
    Entry("dashboards", "Dashboards", "dashboard", "dashboards"),
    Entry("explain", "Explain", "difference", "explain"),
    Entry("data_quality", "Data quality", "rule", "data-quality"),
    Entry("pinned", "Pinned", "push_pin", "pinned", listed=False),
    Entry("member", "Member", "label", "member", listed=False),
    Entry("search", "Search", "search", "search", listed=False),
    Entry("products", "Products", "sell", "products", _ANALYSES),
    Entry("stores", "Stores", "storefront", "stores", _ANALYSES),
    Entry("customers", "Customers", "groups", "customers", _ANALYSES),
    Entry("promotions", "Promotions", "campaign", "promotions", _ANALYSES),
    Entry("calendar", "Calendar", "calendar_month", "calendar", _ANALYSES),
    Entry("attainment", "Attainment", "target", "attainment", _ANALYSES),
    Entry("reference", "Reference data", "table_edit", "reference", _REFERENCE, role="manager"),
    Entry("targets", "Targets", "flag", "targets", _REFERENCE, role="manager"),
    Entry("review", "Drafts and review", "fact_check", "review", _REFERENCE, role="manager"),
    Entry("history", "History", "history", "history", _REFERENCE),
    Entry("glossary", "Glossary", "dictionary", "glossary", _REFERENCE),
    Entry("watches", "Watches", "notifications", "watches", _YOU),
    Entry("account", "Account", "person", "account", _YOU),
    Entry("accounts", "Accounts", "manage_accounts", "accounts", _ADMINISTRATION, role="admin"),
)


def sections() -> dict[str, list[Entry]]:
    """The pages by the heading that they stand under, in the order of the navigation."""
    found: dict[str, list[Entry]] = {}
    for entry in ENTRIES:
        found.setdefault(entry.section, []).append(entry)
    return found


def pages_for(user: User) -> list[Entry]:
    """The pages that the person's navigation shows."""
    return [entry for entry in ENTRIES if entry.visibility(user) == "visible"]


def entry_of(path: str) -> Entry | None:
    """The page at this path; None where none is."""
    return next((entry for entry in ENTRIES if entry.path == path.strip("/")), None)
