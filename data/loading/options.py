"""What a load is asked to do, and what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from data.loading.content import Content
from data.loading.facts import Period
from data.loading.mapping import Mapping
from data.loading.progress import Progress
from data.loading.readers import Source


@dataclass(frozen=True)
class Options:
    """How to load a file.

    `period` replaces all facts in it; `time_zone` becomes the business time zone if this is the first load; `report`
    is where rejects go, beside the file where it is None.
    """

    mapping: Mapping = field(default_factory=Mapping)
    dry_run: bool = False
    period: Period | None = None
    allow_inferred: bool = False
    author: str | None = None
    reason: str | None = None
    time_zone: str = "America/New_York"
    report: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What was loaded; `revision` is None after a dry run, which wrote nothing.

    `rows` are the rows of the file; `removed` the lines that a restatement replaced; `added` and `changed` the rows of
    a reference table that are new or differ now; `members` the products, stores and households that were new by table,
    `inferred` those of them that are flagged; `parents` the new departments, categories and regions by table.
    """

    table: str
    source: str
    revision: int | None
    rows: int
    removed: int = 0
    added: int = 0
    changed: int = 0
    first_on: date | None = None
    last_on: date | None = None
    members: dict[str, int] = field(default_factory=dict)
    inferred: dict[str, int] = field(default_factory=dict)
    parents: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A file being loaded, and all that a load records about it."""

    source: Source
    content: Content
    options: Options
    show: Progress
    started_at: datetime
    report: Path
