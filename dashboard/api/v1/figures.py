"""What can be asked for, the answers to questions, and why a figure differs between two revisions."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from dashboard.api.callers import Caller, Reading
from dashboard.api.v1.answers import Answer, Form, Written, WrittenCache, accepted, is_known, tag_of, written
from dashboard.api.v1.asking import Metric, Question, Slice
from dashboard.load import Resources, charted, database, result
from data.accounts.audit import Actor, Kind, note
from data.accounts.user import User
from data.cache import ResultCache
from data.queries.metrics import answer_key
from data.queries.revisions import check_revision, current_revision
from data.revisions.compare import Method, comparison
from data.revisions.told import told
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.question import Query

router = APIRouter(tags=["figures"])
MOST_LOOKED_AT = 1000  # rows of JSON, what a question gets that names no limit
_LARGEST = 2**31 - 1
Asked = tuple[Form, Scope, str]  # by whom it may be seen, and what: the key of an answer that is written
_FORMS: dict[int | str, dict[str, Any]] = {
    200: {"model": Answer, "content": {str(form): {} for form in Form if form is not Form.JSON}},
    304: {"description": "The answer is still what the ETag stands for."},
}


class MetricInfo(BaseModel):
    """A figure with a name."""

    name: str
    label: str
    unit: str
    kind: str
    description: str
    subject: str


class DimensionInfo(BaseModel):
    """What figures can be broken down by."""

    name: str
    label: str
    unit: str
    description: str
    parent: str | None
    subjects: list[str]


class CatalogInfo(BaseModel):
    """Everything that can be asked for; the digest changes with every formula."""

    digest: str
    metrics: list[MetricInfo]
    dimensions: list[DimensionInfo]
    grains: list[str] = ["day", "week", "month", "quarter", "year"]


class CompareQuestion(Slice):
    """One metric over a slice of the facts, and two revisions."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"metric": "net_sales", "from_revision": 13, "to_revision": 14, "filters": {"department": ["FUEL"]}}
            ]
        }
    )

    metric: Metric
    from_revision: int = Field(ge=1, le=_LARGEST)
    to_revision: int = Field(ge=1, le=_LARGEST)
    method: Literal["timeline", "shapley"] = "timeline"


class RevisionPart(BaseModel):
    """A revision that had a part in it."""

    revision: int
    author: str
    reason: str


class Part(BaseModel):
    """What a group of revisions contributed."""

    group: str
    kind: str
    revisions: list[RevisionPart]
    contribution: float
    error: float | None = None


class Compared(BaseModel):
    """The figure at both revisions and what its difference is made of, exactly."""

    from_: float | None = Field(alias="from")
    to: float | None
    difference: float
    parts: list[Part]


@router.get("/catalog")
def read_catalog(_: Reading) -> CatalogInfo:
    """List every metric and dimension."""
    found = catalog()
    metrics = [
        MetricInfo(name=one.name, label=one.label, unit=str(one.unit), kind=one.kind, description=one.description,
                   subject=checked.subject.name)
        for checked in found.subjects for one in checked.metrics.values()
    ]  # fmt: skip
    dimensions = []
    for one in found.dimensions.values():
        subjects = [checked.subject.name for checked in found.subjects if one.name in checked.dimensions]
        dimensions.append(DimensionInfo(name=one.name, label=one.label, unit=str(one.unit), parent=one.parent,
                                        description=one.description, subjects=subjects))  # fmt: skip
    return CatalogInfo(digest=found.digest, metrics=metrics, dimensions=dimensions)


@router.post("/query", responses=_FORMS, response_model=Answer)
async def query(asked: Question, found: Reading, request: Request) -> Response:
    """Answer a question as JSON, CSV, an Arrow stream or Parquet, as `Accept` says."""
    form, kept = accepted(request), _kept_for(Resources.cache)
    question = (form, found.user.scope, asked.model_dump_json())
    last = kept.last(question, newest=found.newest)
    if last is None:
        return await run_in_threadpool(_answered, asked, question, found, request, kept)
    if _is_taken_away(last[1]):
        return await run_in_threadpool(_sent, asked.revision or found.newest, *last, found.user, request)
    return _sent(asked.revision or found.newest, *last, found.user, request)  # at hand: no thread is worth its while


def _answered(asked: Question, question: Asked, found: Caller, request: Request, kept: WrittenCache) -> Response:
    form, scope, _ = question
    wanted, newest = asked.query(), found.newest

    def answered(conn: sa.Connection) -> tuple[int, str, Written | None]:
        tag = tag_of(form, answer_key(conn, wanted, scope=scope, revision=asked.revision), asked.sql)
        revision = _revision(conn, asked.revision)
        answer = kept.get(tag)
        if answer is None and is_known(request, tag):
            return revision, tag, None
        if answer is None:
            answer = written(form, result(conn, wanted, scope, asked.revision), asked.limit, sql=asked.sql)
            kept.put(tag, answer)
        return revision, tag, answer

    revision, tag, answer = charted(scope, answered)
    if answer is None:
        return _unchanged(tag)
    if asked.revision is not None or revision == newest:
        kept.asked(question, newest=newest, tag=tag)
    return _sent(revision, tag, answer, found.user, request)


@router.post("/compare", response_model=Compared, response_model_exclude_none=False)
def compare(asked: CompareQuestion, found: Reading) -> dict[str, Any]:
    """Explain why a figure differs between two revisions: what each load and edit between them contributed."""
    scope = found.user.scope
    wanted = Query((asked.metric,), start=asked.start, end=asked.end, filters=asked.semantic_filters())

    def compared(conn: sa.Connection) -> dict[str, Any]:
        return told(comparison(conn, wanted, from_revision=asked.from_revision, to_revision=asked.to_revision,
                               scope=scope, method=Method(asked.method), cache=Resources.cache))  # fmt: skip

    return charted(scope, compared)


@lru_cache(maxsize=1)
def _kept_for(_: ResultCache | None) -> WrittenCache:
    """The answers of this process; others as soon as it works on another database, with another cache of results."""
    return WrittenCache()


def _sent(revision: int, tag: str, answer: Written, user: User, request: Request) -> Response:
    if is_known(request, tag):
        return _unchanged(tag)
    if _is_taken_away(answer):
        _note_file(user, answer.form, revision, answer, request)
    return answer.response(revision=revision, tag=tag)


def _is_taken_away(answer: Written) -> bool:
    """Whether it is a file; a page of JSON is looked at, as figures on a page are."""
    return answer.form is not Form.JSON or answer.rows > MOST_LOOKED_AT


def _unchanged(tag: str) -> Response:
    return Response(status_code=304, headers={"ETag": tag})


def _note_file(user: User, form: Form, revision: int, answer: Written, request: Request) -> None:
    """Tell the audit trail of what is taken away."""
    by = Actor(user.account_id, user.username, "api", request.client.host if request.client else None)
    with database().accounts() as conn:
        note(
            conn,
            Kind.EXPORT,
            by=by,
            file=f"query.{form.name.lower()}",
            revision=revision,
            rows=answer.rows,
            bytes=len(answer.content),
        )


def _revision(conn: sa.Connection, asked: int | None) -> int:
    if asked is None:
        return current_revision(conn)
    check_revision(conn, revision=asked)
    return asked
