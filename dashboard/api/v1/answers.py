"""Answers in the form that the request accepts, under a tag that is another one as soon as a figure could be."""

from __future__ import annotations

import io
import json
from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from threading import Lock
from typing import Any

import pandas as pd
import pyarrow as pa
from cachetools import LRUCache
from fastapi import Request, Response
from pydantic import BaseModel, Field

from dashboard.api.problems import Refused
from dashboard.api.v1.json_rows import json_rows, json_text
from dashboard.exports import CSV_TYPE, PARQUET_TYPE, Table, csv_file, parquet_file
from data.currency import in_currency
from data.queries.metrics import Result
from data.semantic.types import ColumnSpec, Unit

ARROW_TYPE = "application/vnd.apache.arrow.stream"
JSON_TYPE = "application/json"
_TYPES = {
    Unit.CENTS: "decimal",
    Unit.CENTS_RATIO: "decimal",
    Unit.COUNT: "integer",
    Unit.INTEGER: "integer",
    Unit.RATIO: "number",
    Unit.NUMBER: "number",
    Unit.TEXT: "text",
    Unit.DATE: "date",
    Unit.INSTANT: "instant",
}
_UNITS = {Unit.CENTS: "currency", Unit.CENTS_RATIO: "currency", Unit.COUNT: "count", Unit.RATIO: "ratio"}


class Form(StrEnum):
    """What an answer is written as, by its media type."""

    JSON = JSON_TYPE
    CSV = CSV_TYPE
    ARROW = ARROW_TYPE
    PARQUET = PARQUET_TYPE


class Column(BaseModel):
    """A column of the rows: `unit` is currency, count or ratio; empty for keys, dates and other numbers."""

    name: str
    label: str
    type: str = Field(description="decimal, integer, number, text, date or instant")
    unit: str = ""
    reason: str = Field("", description="Why all of it is undefined, where that is so.")


class Answer(BaseModel):
    """Figures with what their columns are, and the revision that they are of."""

    columns: list[Column]
    rows: list[list[Any]]
    revision: int
    more: bool = Field(description="Whether there are more rows than the limit.")
    sql: str | None = None


def accepted(request: Request) -> Form:
    """The form that the request asks for first; JSON where it does not mind; 406 for a form that there is not."""
    wanted = [part.split(";")[0].strip().lower() for part in request.headers.get("accept", "*/*").split(",")]
    for word in wanted:
        if word in set(Form):
            return Form(word)
        if word in {"*/*", "application/*", ""}:
            return Form.JSON
    raise Refused(406, f"answers come as {', '.join(Form)}; got {', '.join(wanted)[:200]}")


def tag_of(form: Form, *key: Hashable) -> str:
    """The ETag of an answer."""
    return f'"{sha256(repr((str(form), key)).encode()).hexdigest()[:32]}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether the caller has that answer already."""
    held = request.headers.get("if-none-match", "")
    return held.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in held.split(",")]


@dataclass(frozen=True)
class Written:
    """An answer as the form has it; of JSON all but the end, which names the revision."""

    form: Form
    content: bytes
    more: bool
    rows: int
    sql: str | None = None

    def response(self, *, revision: int, tag: str) -> Response:
        """What is sent, at a revision at which the figures are these."""
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept, Authorization",
                   "Daybook-Revision": str(revision), "Daybook-More": str(self.more).lower()}  # fmt: skip
        content = self.content
        if self.form is Form.JSON:
            end = json.dumps({"revision": revision, "more": self.more, "sql": self.sql}, separators=(",", ":"))
            content = content[:-1] + b"," + end[1:].encode()
        return Response(content, media_type=str(self.form), headers=headers)


def written(form: Form, result: Result, limit: int, *, sql: bool) -> Written:
    """The figures as the form has them, at most `limit` rows."""
    frame, more = result.frame.head(limit), len(result.frame) > limit
    if form is Form.JSON:
        columns = [_column(column).model_dump() for column in result.columns]
        content = json_text({"columns": columns, "rows": json_rows(frame, result.columns)})
    elif form is Form.CSV:
        content = csv_file(Table("", frame, _named(result.columns)))
    else:
        content = _arrow(frame, result.columns) if form is Form.ARROW else parquet_file(frame, result.columns)
    return Written(form, content, more, len(frame), result.sql if sql else None)


class WrittenCache:
    """Answers by their tags, the least recently used dropped first, bounded in bytes. Safe to share between threads.

    It also knows which answer a question had last, and at which revision: as long as there is no newer one, it has the
    same. That is found out by one number, where the tag rests on the last revision of each table.
    """

    def __init__(self, max_bytes: int = 64 * 1024 * 1024, max_questions: int = 10_000) -> None:
        self._kept: LRUCache[str, Written] = LRUCache(max_bytes, getsizeof=lambda one: len(one.content) + 1024)
        self._asked: LRUCache[Hashable, tuple[int, str]] = LRUCache(max_questions)
        self._lock = Lock()

    def last(self, question: Hashable, *, newest: int) -> tuple[str, Written] | None:
        """The tag and the answer that the question has, where it was asked at the newest revision."""
        with self._lock:
            revision, tag = self._asked.get(question, (-1, ""))
            found = self._kept.get(tag) if revision == newest else None
        return None if found is None else (tag, found)

    def asked(self, question: Hashable, *, newest: int, tag: str) -> None:
        """Remember which answer the question has at the newest revision."""
        with self._lock:
            self._asked[question] = newest, tag

    def get(self, tag: str) -> Written | None:
        """The answer under the tag."""
        with self._lock:
            return self._kept.get(tag)

    def put(self, tag: str, answer: Written) -> None:
        """Keep the answer; one that is larger than a quarter of the cache is not kept."""
        with self._lock:
            if len(answer.content) <= self._kept.maxsize // 4:
                self._kept[tag] = answer


def _column(column: ColumnSpec) -> Column:
    return Column(name=column.name, label=column.label, type=_TYPES[column.unit], unit=_UNITS.get(column.unit, ""),
                  reason=column.reason)  # fmt: skip


def _named(columns: tuple[ColumnSpec, ...]) -> tuple[ColumnSpec, ...]:
    """Programs read columns by name, so a file's header has names and not labels."""
    return tuple(ColumnSpec(one.name, one.name, one.unit, nullable=one.nullable) for one in columns)


def _arrow(frame: pd.DataFrame, columns: tuple[ColumnSpec, ...]) -> bytes:
    money = {column.name for column in columns if column.unit in {Unit.CENTS, Unit.CENTS_RATIO}}
    table = pa.Table.from_pandas(in_currency(frame, columns)[[c.name for c in columns]], preserve_index=False)
    exact = pa.schema([field.with_type(pa.decimal128(18, 2)) if field.name in money else field
                       for field in table.schema.remove_metadata()])  # fmt: skip
    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, exact) as writer:
        writer.write_table(table.cast(exact))
    return buffer.getvalue()
