from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from data.db import Database

Run = Callable[..., "CompletedProcess[str]"]
_PATIENCE_S = 120
# Commands run in processes of their own, forked from one that has read the code: reading it takes two seconds.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["dashboard.cli", "dashboard.commands", "data.queries", "data.loading.load"])


def _command(arguments: tuple[str, ...], environment: Mapping[str, str], streams: list[Path]) -> None:
    """`daybook ...`, reading and writing files."""
    os.environ.clear()
    os.environ.update(environment)
    for number, stream in enumerate(streams):
        opened = os.open(stream, os.O_RDONLY if number == 0 else os.O_WRONLY)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # the standard streams of a whole process
    from dashboard import cli

    sys.argv = ["daybook", *arguments]
    cli.main()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `daybook ...` as a process of its own, on `database`."""

    def _run(*arguments: str, database: Database | None = None, typed: str = "", **environment: str):
        told = {**os.environ, "DAYBOOK_HOME": str(tmp_path / "home"), "COLUMNS": "200", **environment}
        if database is not None:
            told["DATABASE_URL"] = database.owner.url.render_as_string(hide_password=False)
        streams = [tmp_path / name for name in (".typed", ".printed", ".told")]
        for stream, content in zip(streams, (typed, "", ""), strict=True):
            stream.write_text(content)
        process = _processes.Process(target=_command, args=(arguments, told, streams))
        process.start()
        process.join(_PATIENCE_S)
        if process.is_alive():
            process.kill()
            raise AssertionError(f"daybook {' '.join(arguments)} took more than {_PATIENCE_S} s")
        printed, complained = (stream.read_text() for stream in streams[1:])
        return CompletedProcess(arguments, process.exitcode or 0, printed, complained)

    return _run
