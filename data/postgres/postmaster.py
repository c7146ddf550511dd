"""PostgreSQL as a child of this process: started, watched until it is ready, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.errors import ServerError
from data.postgres import logs
from data.postgres.binaries import major_version
from data.postgres.failures import explain
from data.postgres.layout import Layout
from data.postgres.processes import MARK, postmaster_status
from data.postgres.programs import Programs
from data.postgres.server import PORT
from data.postgres.tuning import server_settings


@dataclass
class Postmaster:
    """A running server, which is a child of this process."""

    layout: Layout
    process: subprocess.Popen[bytes]
    log_offset: int

    @property
    def is_ready(self) -> bool:
        """Whether it accepts connections."""
        return postmaster_status(self.layout.data, self.process.pid) == "ready"

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self.process.poll() is not None

    def said(self) -> str:
        """The end of what its log says since it was started."""
        return logs.since(self.layout.server_log, self.log_offset)

    def why(self) -> str:
        """What its log says about its end."""
        return explain(self.said(), "PostgreSQL did not start")

    def stop(self) -> None:
        """End it: open transactions are rolled back and everything is on disk; in need, leave it to recovery."""
        for number, patience in ((signal.SIGINT, 300), (signal.SIGQUIT, 30), (signal.SIGKILL, 30)):
            if self.has_ended:
                return
            self.process.send_signal(number)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                continue


def start(layout: Layout, programs: Programs, sockets: Path, overrides: Mapping[str, str]) -> Postmaster:
    """Start the server; it is not ready yet."""
    settings = server_settings(overrides)
    # A list of folders, in which a quoted name may hold anything but a zero byte.
    settings["unix_socket_directories"] = '"' + str(sockets).replace('"', '""') + '"'
    arguments = ["-D", str(layout.data), "-p", str(PORT), "-c", MARK]
    for name, value in settings.items():
        arguments += ["-c", f"{name}={value}"]
    descriptor = logs.open_log(layout.server_log)
    with os.fdopen(descriptor, "ab") as log:
        offset = log.seek(0, os.SEEK_END)
        return Postmaster(layout, programs.start("postgres", arguments, log), offset)


def needs_recovery(layout: Layout, programs: Programs) -> bool:
    """Whether the server was not stopped in order the last time."""
    run = programs.run("pg_controldata", layout.data)
    return "Database cluster state:" in run.stdout and "shut down\n" not in run.stdout


def check_version(layout: Layout, programs: Programs) -> None:
    """Raise ServerError where the data folder is of another major version, or is none."""
    path = layout.data / "PG_VERSION"
    try:
        found = path.read_text().strip()
    except FileNotFoundError:
        raise ServerError(
            f"the data folder {layout.data} is damaged: {path.name} is missing; restore a backup"
        ) from None
    wanted = major_version(programs.folder)
    if found != str(wanted):
        raise ServerError(
            f"the data folder {layout.data} is of PostgreSQL {found}, the installed programs are of {wanted};"
            f" dump it with PostgreSQL {found} and load it into a new home folder, or install the version that made it"
        )
