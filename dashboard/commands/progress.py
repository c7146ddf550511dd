"""Progress bars for long work on a terminal; plain lines where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class Rate(ProgressColumn):
    """How many rows, or whatever is counted, a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """Empty until it is known."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} {self._unit}/s")


class Bars:
    """Draws each phase of a load as a bar; says its beginning in a line where the output is no terminal."""

    def __init__(self, bars: Progress, console: Console, unit: str) -> None:
        self._bars = bars
        self._unit = unit
        self._console = console
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, rows: int, total: int | None, phase: str) -> None:
        """So many rows of the phase are done, of so many where that is known."""
        if phase not in self._tasks:
            self._tasks[phase] = self._bars.add_task(phase, total=total)
            if not self._console.is_terminal:
                of = "" if total is None else f", {total:,} {self._unit}"
                self._console.print(f"{phase}{of} ...", highlight=False)
        self._bars.update(self._tasks[phase], completed=rows, total=total)


@contextmanager
def progress_bars(unit: str = "rows") -> Iterator[Bars]:
    """Bars for the block, on standard error; `unit` is what the work counts."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:24}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(unit),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        yield Bars(bars, console, unit)
