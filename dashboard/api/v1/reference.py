"""Reference data: its tables, their rows by page, and change sets with a dry run."""

from __future__ import annotations

import math
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from dashboard.api.callers import Editing, Reading
from dashboard.api.problems import Refused
from dashboard.load import Resources, database, reading
from data.changes.editable import EditableTable, editable_table, editable_tables
from data.changes.effect import AFTER, BEFORE, KEY, Effect, effects
from data.changes.listing import ROW, Asked, listed_rows
from data.changes.planning import fitting, plan_changes
from data.changes.saving import MOST_REASON, checked_reason, save_changes
from data.changes.types import Editor, RowChange
from data.drafts.reading import needs_approval
from data.drafts.writing import submit_changes
from data.errors import NothingToSave, UnknownName
from data.queries.revisions import current_revision
from data.semantic.types import Unit

router = APIRouter(tags=["reference data"])
MOST_CHANGES = 5000
_LARGEST = 2**31 - 1
TableName = Annotated[str, Path(max_length=100)]


class FieldInfo(BaseModel):
    """A value of a row: `key` ones are given when a row is added, `fixed` ones are kept by the database."""

    name: str
    label: str
    help: str
    key: bool
    fixed: bool
    required: bool
    names: str | None = Field(description="The table whose rows the value names.")


class TableInfo(BaseModel):
    """A table that people edit, and the least role that may."""

    name: str
    label: str
    help: str
    editors: str
    fields: list[FieldInfo]


class RowPage(BaseModel):
    """Rows by key, each with `row` (its id) and `version`, and after which row the next page begins."""

    rows: list[dict[str, Any]]
    revision: int
    next: str | None


class Change(BaseModel):
    """What is wanted of a row: `version` is that of the row as it was read, null adds a row."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1, max_length=200, description="The row's id; of a new row, any text of its own.")
    version: int | None = Field(None, ge=1, le=_LARGEST)
    set: dict[str, JsonValue] = Field(default_factory=dict, max_length=50)
    retired: bool | None = None
    removed: bool = Field(False, description="For tables whose rows are not retired.")

    def row_change(self) -> RowChange:
        """The change as the data layer knows it."""
        values = dict(self.set) if self.retired is None else {**self.set, "retired": self.retired}
        return RowChange(row=self.key, version=self.version, set=values, removed=self.removed)


class Changes(BaseModel):
    """Changes that become one revision, or none at all; a dry run says what they would do, and writes nothing."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "reason": "Gasoline is fuel",
                    "dry_run": True,
                    "changes": [{"key": "397896", "version": 1, "set": {"category": "FUEL > FUEL"}}],
                }
            ]
        },
    )

    reason: str = Field("", max_length=MOST_REASON)
    changes: list[Change] = Field(min_length=1, max_length=MOST_CHANGES)
    dry_run: bool = False
    base_revision: int | None = Field(
        None,
        ge=1,
        le=_LARGEST,
        description="As of when their effect was looked at; refused where it is another by now.",
    )


class MemberEffect(BaseModel):
    """A figure of a member before and after, in units of currency or counted."""

    metric: str
    dimension: str
    member: str
    before: float
    after: float


class Outcome(BaseModel):
    """What the changes did, or would do; `revision` is null where nothing was written."""

    revision: int | None
    added: int
    changed: int
    removed: int
    same: int
    effect: list[MemberEffect] | None = None


class Submitted(BaseModel):
    """The changes wait for a second manager, as this draft; `address` is its page."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"draft": 7, "address": "/review?draft=7", "rows": 1}]})

    draft: int
    address: str
    rows: int


_SUBMITTED: dict[int | str, dict[str, Any]] = {
    202: {"model": Submitted, "description": "The table asks for a second manager: the changes wait for approval."}
}


@router.get("/reference")
def list_tables(_: Reading) -> list[TableInfo]:
    """List the tables of reference data with their fields."""
    return [
        TableInfo(name=table.name, label=table.label, help=table.help, editors=table.editors, fields=_fields(table))
        for table in editable_tables().values()
    ]


@router.get("/reference/{table}")
def read_rows(
    table: TableName,
    found: Reading,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    after: Annotated[str, Query(max_length=200, description="The row that the page before ended with.")] = "",
    search: Annotated[str, Query(max_length=200)] = "",
) -> RowPage:
    """Read a table by pages, rows by key."""
    of, scope = _table(table), found.user.scope
    if "\0" in search + after:
        raise Refused(422, "a text cannot hold a zero character", field="search")
    with reading(scope) as conn:
        frame = listed_rows(conn, of, Asked(search=search), scope=scope, limit=limit + 1, after=after)
        revision = current_revision(conn)
    rows = [{str(name): _value(value) for name, value in row.items()} for row in frame.head(limit).to_dict("records")]
    return RowPage(rows=rows, revision=revision, next=rows[-1][ROW] if len(frame) > limit else None)


@router.patch("/reference/{table}", responses=_SUBMITTED, response_model=Outcome)
def change_rows(
    table: TableName,
    asked: Changes,
    found: Editing,
    if_match: Annotated[str | None, Header(max_length=50, description="The base revision, as an alternative.")] = None,
) -> Outcome | Response:
    """Change rows as one revision; 409 tells what somebody else saved meanwhile, field by field.

    Where the table asks for a second manager, the changes are submitted as a draft, and wait.
    """
    of, editor = _table(table), Editor(found.user.username, found.user.role, found.user.scope)
    changes, base = [change.row_change() for change in asked.changes], _base(asked.base_revision, if_match)
    if len({change.row for change in changes}) < len(changes):
        raise Refused(422, "a row can be named once in a change set", field="changes")
    if asked.dry_run:
        return _tried(of, changes, editor)
    try:
        if _waits(of):
            return _submitted(of, changes, editor, found.user.account_id, checked_reason(asked.reason))
        saved = save_changes(database(), of, changes, editor=editor, reason=checked_reason(asked.reason), seen=base)
    except NothingToSave:
        return Outcome(revision=None, added=0, changed=0, removed=0, same=len(changes))
    return Outcome(revision=saved.revision, added=saved.added, changed=saved.changed, removed=saved.removed,
                   same=saved.same)  # fmt: skip


def _tried(table: EditableTable, changes: list[RowChange], editor: Editor) -> Outcome:
    with reading(editor.scope) as conn:
        wanted = fitting(plan_changes(conn, table, changes, editor=editor))
        effect = effects(conn, wanted, scope=editor.scope, cache=Resources.cache)
    told = [line for one in effect for line in _lines(one)]
    return Outcome(revision=None, added=len(wanted.added), changed=len(wanted.changed), removed=len(wanted.removed),
                   same=wanted.same, effect=told)  # fmt: skip


def _lines(effect: Effect) -> list[MemberEffect]:
    units = 100 if effect.metric.unit is Unit.CENTS else 1
    return [
        MemberEffect(metric=effect.metric.name, dimension=effect.dimension.name, member=str(row[KEY]),
                     before=float(row[BEFORE]) / units, after=float(row[AFTER]) / units)
        for row in effect.frame.to_dict("records")
    ]  # fmt: skip


def draft_address(draft: int) -> str:
    """The page on which the draft is looked at and approved."""
    return f"/review?draft={draft}"


def _waits(table: EditableTable) -> bool:
    with database().accounts() as conn:
        return needs_approval(conn, table=table.name)


def _submitted(
    table: EditableTable, changes: list[RowChange], editor: Editor, account_id: int, reason: str
) -> Response:
    """Checked like what is saved at once: a second manager shall not find what could never be."""
    with reading(editor.scope) as conn:
        if not fitting(plan_changes(conn, table, changes, editor=editor)).rows:
            raise NothingToSave("the rows have these values already")
    with database().accounts() as conn:
        draft = submit_changes(conn, table=table.name, account_id=account_id, changes=changes, reason=reason)
    told = Submitted(draft=draft.draft_id, address=draft_address(draft.draft_id), rows=draft.rows)
    return JSONResponse(told.model_dump(), 202, {"Location": f"/api/v1/drafts/{draft.draft_id}"})


def _table(name: str) -> EditableTable:
    try:
        return editable_table(name)
    except UnknownName as error:
        raise Refused(404, str(error)) from None


def _fields(table: EditableTable) -> list[FieldInfo]:
    return [
        FieldInfo(name=one.name, label=one.label, help=one.help, key=one.key, fixed=one.fixed, required=one.required,
                  names=None if one.parent is None else one.parent.name)
        for one in table.fields
    ]  # fmt: skip


def _base(given: int | None, if_match: str | None) -> int | None:
    if if_match is None or given is not None:
        return given
    word = if_match.strip().strip('"')
    if not word.isascii() or not word.isdigit() or not 1 <= int(word) <= _LARGEST:
        raise Refused(422, 'If-Match must be a revision, as in "1042"', field="If-Match")
    return int(word)


def _value(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value
