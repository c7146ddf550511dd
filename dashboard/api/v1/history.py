"""Revisions: every load and every edit, newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from dashboard.api.callers import Reading
from dashboard.api.problems import Refused
from dashboard.load import reading
from data.errors import UnknownName
from data.queries.revisions import revision_detail, revision_list

router = APIRouter(tags=["revisions"])
_LARGEST = 2**31 - 1


class RevisionInfo(BaseModel):
    """A load or an edit; `opened_at` is UTC, rows are counted over all tables."""

    revision: int
    opened_at: datetime
    kind: str
    author: str
    reason: str
    rows_added: int
    rows_changed: int
    rows_removed: int
    tables: list[str]


class RevisionPage(BaseModel):
    """Revisions, newest first, and below which number the next page begins."""

    revisions: list[RevisionInfo]
    next: int | None


class TableChange(BaseModel):
    """What a revision did to a table."""

    table: str
    rows_added: int
    rows_changed: int
    rows_removed: int


class RevisionDetail(RevisionInfo):
    """A revision with its place in the chain of hashes, and the revision that it undoes."""

    hash: str = Field(description="SHA-256 in hexadecimal, over this revision and the hash of the one before.")
    reverts: int | None
    changes: list[TableChange]


@router.get("/revisions")
def list_revisions(
    found: Reading,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    before: Annotated[int | None, Query(ge=1, le=_LARGEST, description="Only those below this number.")] = None,
) -> RevisionPage:
    """List revisions, newest first."""
    with reading(found.user.scope) as conn:
        frame = revision_list(conn, limit=limit + 1, before=before)
    listed = [_info(row) for row in frame.head(limit).to_dict("records")]
    return RevisionPage(revisions=listed, next=listed[-1].revision if len(frame) > limit else None)


@router.get("/revisions/{number}")
def show_revision(number: Annotated[int, Path(ge=1, le=_LARGEST)], found: Reading) -> RevisionDetail:
    """Show one revision, and what it did to each table."""
    try:
        with reading(found.user.scope) as conn:
            row, tables = revision_detail(conn, revision=number)
    except UnknownName as error:
        raise Refused(404, str(error)) from None
    changes = [
        TableChange(table=one["table_name"], rows_added=one["rows_added"], rows_changed=one["rows_changed"],
                    rows_removed=one["rows_removed"])
        for one in tables.to_dict("records")
    ]  # fmt: skip
    return RevisionDetail(**_info(row).model_dump(), hash=row["hash"].hex(), reverts=row["reverts"], changes=changes)


def _info(row: dict[Any, Any]) -> RevisionInfo:
    known = {name: row[name] for name in RevisionInfo.model_fields if name != "tables"}
    return RevisionInfo(**known, tables=[name for name in str(row["tables"]).split(", ") if name])
