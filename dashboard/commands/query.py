"""`daybook query`: any metric by any dimension, as CSV, JSON or Parquet."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard.commands.logged_in import operator
from dashboard.commands.opening import opened_database
from data.config import load_settings
from data.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from data.db import Database
    from data.queries.metrics import Result
    from data.semantic.question import Compare, Filter


class Format(StrEnum):
    """What the answer is written as."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


_WHERE = "dimension=key,key; dimension!=key,key; dimension=first..last; dimension~text; may be repeated"
_WHOLE = re.compile(r"-?[0-9]+")  # some of what Python calls a digit is no number to it: a raised two
_FILTER = re.compile(r"\s*(\w+)\s*(!=|=|~)(.*)\Z", re.DOTALL)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("query")(query)


def query(
    metrics: Annotated[str, typer.Option(help="Metrics, separated by commas: net_sales,baskets")],
    by: Annotated[str, typer.Option(help="Dimensions, separated by commas: department,store")] = "",
    grain: Annotated[str, typer.Option(help="day, week, month, quarter or year")] = "",
    start: Annotated[str, typer.Option(help="First business date, YYYY-MM-DD")] = "",
    end: Annotated[str, typer.Option(help="First business date after the period, YYYY-MM-DD")] = "",
    where: Annotated[list[str] | None, typer.Option(help=_WHERE)] = None,
    compare: Annotated[str, typer.Option(help="previous, same_weeks_last_year, target, or START:END")] = "",
    totals: Annotated[bool, typer.Option("--totals", help="Add the grand total, and each group's")] = False,
    as_of: Annotated[int | None, typer.Option(min=1, help="Figures as they were right after this revision")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows")] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to write the answer")] = Format.CSV,
    output: Annotated[Path | None, typer.Option(help="A file to write to, instead of standard output")] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Show the statement instead of running it for figures")] = False,
) -> None:
    """Answer a question over the catalog; money in units of currency, exact to the cent."""
    from data.queries.metrics import metric_result
    from data.queries.revisions import check_revision, current_revision
    from data.scope import Scope
    from data.semantic.question import Query
    from data.semantic.types import Grain

    asked = Query(
        metrics=_names(metrics),
        dimensions=_names(by),
        grain=Grain(grain) if grain in set(Grain) else grain or None,  # type: ignore[arg-type]  # Query names the rule
        start=day_of("--start", start),
        end=day_of("--end", end),
        filters=tuple(filter_of(text) for text in where or ()),
        limit=limit,
        compare=_compare(compare),
        totals=_levels(_names(by), grain=bool(grain)) if totals else (),
    )
    with (
        opened_database(load_settings(), say=lambda message: typer.echo(message, err=True)) as database,
        database.reading(Scope.everything()) as conn,
    ):
        if as_of is not None:
            check_revision(conn, revision=as_of)
        result = metric_result(conn, asked, scope=Scope.everything(), revision=as_of)
        revision = as_of or current_revision(conn)
        if not sql:
            content = _content(result, format_)
            _note(database, output.name if output else f"query.{format_}", revision=revision, size=len(content))
    if sql:
        typer.echo(result.sql)
    elif output is None:
        sys.stdout.buffer.write(content)
    else:
        output.write_bytes(content)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def day_of(option: str, text: str) -> date | None:
    """The date that an option gives; None where it is empty. Raises UsageError."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} must be a date such as 2017-02-01; got {text!r}") from None


def _compare(text: str) -> Compare | None:
    from data.semantic.question import Compare, Versus

    if not text:
        return None
    if ":" not in text:
        return Compare(Versus(text) if text in set(Versus) else text)  # type: ignore[arg-type]  # Compare names the rule
    start, _, end = text.partition(":")
    return Compare(Versus.RANGE, day_of("--compare", start), day_of("--compare", end))


def _levels(dimensions: tuple[str, ...], *, grain: bool) -> tuple[tuple[str, ...], ...]:
    """The grand total, and the totals of the first dimension, of the first two, and so on; of each bucket too."""
    prefixes = [dimensions[:count] for count in range(len(dimensions) + 1)]
    buckets = [("period", *prefix) for prefix in prefixes] if grain else []
    every = (("period",) if grain else ()) + dimensions
    return tuple(level for level in (*prefixes, *buckets) if set(level) != set(every))


def filter_of(text: str) -> Filter:
    """The filter that `--where` gives: `dimension=key,key` and its kin. Raises UsageError."""
    from data.semantic.catalog import catalog
    from data.semantic.question import Filter, Match
    from data.semantic.types import Unit

    found = _FILTER.match(text)
    if not found:
        raise UsageError(f"--where must be dimension=key,key; got {text!r}")
    name, sign, rest = found.groups()
    if sign == "~":
        return Filter(name, (rest,), Match.SEARCH)
    first, dots, last = rest.partition("..")
    members: list[Any] = [first, last] if dots else next(csv.reader([rest], skipinitialspace=True), [])
    if catalog().dimension(name).unit is Unit.INTEGER:
        wrong = [key for key in members if not _WHOLE.fullmatch(key.strip()) and not (dots and not key)]
        if wrong:
            raise UsageError(f"members of {name!r} are whole numbers; got {wrong[0]!r}")
        members = [int(key) if key else None for key in members]
    if dots:
        return Filter(name, tuple(key if key != "" else None for key in members), Match.RANGE)
    return Filter(name, tuple(members), Match.NOT_IN if sign == "!=" else Match.IN)


def _note(database: Database, file: str, *, revision: int, size: int) -> None:
    """Files that leave by the command are in the audit trail like those of pages."""
    from data.accounts.audit import Kind, note

    with database.accounts() as conn:
        note(conn, Kind.EXPORT, by=operator(), file=file, revision=revision, bytes=size)


def _content(result: Result, format_: Format) -> bytes:
    from data.currency import in_currency

    frame = in_currency(result.frame, result.columns)
    for name in ("period", "period_before"):
        if name in frame:
            frame[name] = frame[name].dt.strftime("%Y-%m-%d")
    if format_ is Format.PARQUET:
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False)
        return buffer.getvalue()
    if format_ is Format.CSV:
        return str(frame.to_csv(index=False)).encode()
    return (json.dumps(_records(frame), default=float, indent=1) + "\n").encode()  # exact decimals, as JSON numbers


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]
