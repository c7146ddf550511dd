"""`daybook load`: the sample, or a file of facts or reference data; one revision each, all or nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from dashboard.commands.opening import opened_database
from dashboard.commands.progress import progress_bars
from data.config import Settings, load_settings
from data.errors import UsageError

if TYPE_CHECKING:
    from data.loading.facts import Period
    from data.loading.options import Options, Outcome
    from data.loading.rejects import Rejected

SAMPLE = "sample"


class _Load(TyperCommand):
    """Names the tables below its options; looking at the models is left to those who ask for help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from data.loading.tables import table_names

        self.epilog = f"Tables: {', '.join(table_names())}."
        super().format_help(ctx, formatter)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("load", cls=_Load)(load)


def load(
    table: Annotated[str, typer.Argument(help="sample, or one of the tables named below.")],
    file: Annotated[Path | None, typer.Argument(help="A CSV, Parquet or XLSX file; none for the sample.")] = None,
    mapping: Annotated[Path | None, typer.Option("--map", help="TOML file that maps headers and formats.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and write nothing.")] = False,
    replace_period: Annotated[
        str | None,
        typer.Option(metavar="START:END", help="Replace all facts of the table from START until before END."),
    ] = None,
    allow_inferred: Annotated[
        bool, typer.Option("--allow-inferred", help="Accept more than 1,000 unknown members of a table.")
    ] = False,
    author: Annotated[str | None, typer.Option(help="Who loads; the account's name.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; kept with the revision.")] = None,
    promotions: Annotated[
        bool, typer.Option("--promotions", help="With sample: its 20.9 million display and mailer placements too.")
    ] = False,
) -> None:
    """Load the sample, or a file of facts or reference data, as one revision: all of its rows or none."""
    from data.loading.mapping import Mapping
    from data.loading.options import Options

    settings = load_settings()
    period = _period(replace_period)
    if table == SAMPLE:
        if file or mapping or dry_run or period or allow_inferred or author or reason:
            raise UsageError("load sample takes no file, and no option but --promotions")
        _load_sample_promotions(settings) if promotions else _load_sample(settings)
        return
    if promotions:
        raise UsageError(f"--promotions belongs to the sample: daybook load sample --promotions; got {table}")
    if file is None:
        raise UsageError(f"load {table} needs a file: daybook load {table} FILE")
    options = Options(
        mapping=Mapping.read(mapping) if mapping else Mapping(),
        dry_run=dry_run,
        period=period,
        allow_inferred=allow_inferred,
        author=author,
        reason=reason,
        time_zone=settings.time_zone,
    )
    _load_file(settings, table, file, options)


def _load_sample(settings: Settings) -> None:
    from data.loading.sample import load_sample

    with opened_database(settings, say=_say) as database, progress_bars() as progress:
        load_sample(database, progress=progress)
    typer.echo("The sample is loaded: reference data as revision 1, a month of sales in each of revisions 2 to 13.")


def _load_sample_promotions(settings: Settings) -> None:
    from data.loading.sample_promotions import load_sample_promotions

    with opened_database(settings, say=_say) as database, progress_bars() as progress:
        done = load_sample_promotions(database, progress=progress)
    typer.echo(f"Loaded {done.placements:,} placements on display or in the mailer as revision {done.revision}.")


def _load_file(settings: Settings, table: str, file: Path, options: Options) -> None:
    from data.loading.load import load_file
    from data.loading.rejects import Rejected

    try:
        with opened_database(settings, say=_say) as database, progress_bars() as progress:
            outcome = load_file(database, table, file, options=options, progress=progress)
    except Rejected as rejected:
        _show_rejects(rejected)
        raise typer.Exit(1) from None
    for line in _told(outcome):
        typer.echo(line)


def _show_rejects(rejected: Rejected) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("row", "column", "rule", "value", box=None, pad_edge=False)
    for reject in rejected.first:
        table.add_row(*(Text(cell) for cell in (str(reject.row), reject.column, reject.rule, reject.value)))
    console = Console(stderr=True)
    typer.echo(f"daybook: {rejected.file}: nothing was loaded, {rejected.count:,} faults found", err=True)
    console.print(table)
    if rejected.count > len(rejected.first):
        typer.echo(f"and {rejected.count - len(rejected.first):,} more", err=True)
    typer.echo(f"all of them are in {rejected.report}", err=True)


def _told(outcome: Outcome) -> list[str]:
    """What happened, a line for each thing worth knowing."""
    what = f"{outcome.rows:,} rows of {outcome.source} into {outcome.table}"
    if outcome.revision is None:
        lines = [f"Checked {what}: nothing is wrong, and nothing was written (dry run)."]
    else:
        lines = [f"Loaded {what} as revision {outcome.revision}."]
    if outcome.first_on is not None:
        lines.append(f"Business dates {outcome.first_on} to {outcome.last_on}; {outcome.removed:,} lines replaced.")
    else:
        lines.append(f"{outcome.added:,} rows added, {outcome.changed:,} changed.")
    for table, count in outcome.parents.items():
        lines.append(f"{count:,} new {table}.")
    for table, count in outcome.members.items():
        inferred = outcome.inferred.get(table, 0)
        lines.append(f"{count:,} new {table}" + (f", {inferred:,} inferred." if inferred else "."))
    return lines


def _period(given: str | None) -> Period | None:
    from data.loading.facts import Period

    if given is None:
        return None
    try:
        start, end = given.split(":")
        return Period(date.fromisoformat(start), date.fromisoformat(end))
    except ValueError:
        rule = "--replace-period must be START:END, two dates such as 2017-03-01:2017-04-01"
        raise UsageError(f"{rule}; got {given!r}") from None


def _say(message: str) -> None:
    typer.echo(message, err=True)
