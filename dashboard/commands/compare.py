"""`daybook revisions compare`: why a figure changed from one revision to another, in parts that add up."""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.commands.opening import opened_database
from dashboard.commands.query import day_of, filter_of
from data.config import load_settings
from data.errors import UsageError

if TYPE_CHECKING:
    from decimal import Decimal

    from data.revisions.compare import Comparison

_WHERE = "dimension=key,key; dimension!=key,key; dimension=first..last; dimension~text; may be repeated"


def compare(
    from_: Annotated[int, typer.Argument(min=1, metavar="A", help="The revision to come from.")],
    to: Annotated[int, typer.Argument(min=1, metavar="B", help="The revision to go to.")],
    metric: Annotated[str, typer.Option(help="The metric to explain: net_sales")],
    start: Annotated[str, typer.Option(help="First business date, YYYY-MM-DD")] = "",
    end: Annotated[str, typer.Option(help="First business date after the period, YYYY-MM-DD")] = "",
    where: Annotated[list[str] | None, typer.Option(help=_WHERE)] = None,
    method: Annotated[str, typer.Option(help="timeline: each in its turn; shapley: whatever the order")] = "timeline",
    format_: Annotated[str, typer.Option("--format", help="table, csv or json")] = "table",
) -> None:
    """Explain why a figure differs between two revisions: what each load and edit between them contributed."""
    from dashboard.commands.progress import progress_bars
    from data.revisions.compare import Method, comparison
    from data.scope import Scope
    from data.semantic.question import Query

    if method not in set(Method):
        raise UsageError(f"--method must be one of {', '.join(Method)}; got {method!r}")
    if format_ not in _WRITERS:
        raise UsageError(f"--format must be one of {', '.join(_WRITERS)}; got {format_!r}")
    asked = Query((metric,), start=day_of("--start", start), end=day_of("--end", end),
                  filters=tuple(filter_of(text) for text in where or ()))  # fmt: skip
    everything = Scope.everything()
    with (
        opened_database(load_settings(), say=lambda message: typer.echo(message, err=True)) as database,
        database.reading(everything) as conn,
        progress_bars() as bars,
    ):
        found = comparison(conn, asked, from_revision=from_, to_revision=to, scope=everything, method=Method(method),
                           progress=lambda done, of: bars(done, of, "Figures"))  # fmt: skip
    _WRITERS[format_](found)


def _as_table(found: Comparison) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column(found.metric.label, overflow="fold")
    table.add_column("Who")
    table.add_column("Amount", justify="right", no_wrap=True)
    sampled = any(part.error is not None for part in found.parts)
    if sampled:
        table.add_column("±", justify="right", no_wrap=True)
    table.add_row(f"As of revision {found.from_revision}", "", _amount(found, found.before))
    for part in found.parts:
        who = ", ".join(dict.fromkeys(cause.author for cause in part.group.causes))
        error = [_amount(found, part.error)] if sampled else []
        table.add_row(part.group.label, who, _amount(found, part.contribution, sign=True), *error)
    table.add_row(f"As of revision {found.to_revision}", "", _amount(found, found.after))
    Console().print(table)
    check = "adds up" if found.adds_up else "DOES NOT ADD UP; tell an administrator"
    others = f"; {found.other:,} revisions between touch nothing of it" if found.other else ""
    typer.echo(f"The difference of {_amount(found, found.difference, sign=True)} {check}{others}.")


def _as_csv(found: Comparison) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["group", "kind", "revisions", "contribution", "error"])
    for part in found.parts:
        numbers = " ".join(map(str, part.group.revisions))
        error = "" if part.error is None else _plain(found, part.error)
        writer.writerow([part.group.label, part.group.kind, numbers, _plain(found, part.contribution), error])


def _as_json(found: Comparison) -> None:
    from data.revisions.told import told

    typer.echo(json.dumps(told(found), ensure_ascii=False, indent=2))


def _plain(found: Comparison, value: Decimal) -> str:
    """The amount in units of currency, exact; other units as they are."""
    from data.revisions.asked import shown_in

    return format(shown_in(found.metric.unit, value), "f")


def _amount(found: Comparison, value: Decimal | None, *, sign: bool = False) -> str:
    from data.revisions.asked import shown_in

    if value is None:
        return "not defined"
    return format(shown_in(found.metric.unit, value), "+,f" if sign else ",f")


_WRITERS = {"table": _as_table, "csv": _as_csv, "json": _as_json}
