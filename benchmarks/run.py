"""All benchmarks in one run: build what is missing, start Daybook over it, and measure one after the other.

make bench                  # the sample;  make bench SCALE=10  ten times, SCALE=50  fifty times the sample
python benchmarks/run.py FOLDER [--scale 1|10|50] [--only raw_sql ...]

FOLDER keeps the database for the next run. Nothing else should run on the machine; its load is printed first.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks.build import SHAPES, built, say
from data.accounts.accounts import create_account, find_account, set_password
from data.accounts.tokens import make_login_token
from data.db import Database
from data.errors import AccountError

HERE = Path(__file__).parent
ROOT = HERE.parent
USER = "benchmark"
ON_DATABASE = ("raw_sql", "rollups", "charts", "as_of", "own_time", "editing")
ON_ADDRESS = ("api", "pages", "sessions")
ALONE = ("loading",)  # runs a server of its own; passed over where it is not there


def measure(name: str, environment: dict[str, str], *arguments: str) -> None:
    """Run one benchmark, its output following its name."""
    path = HERE / f"{name}.py"
    if not path.exists():
        say(f"\n## {name}: not there")
        return
    say(f"\n## {name}")
    done = subprocess.run([sys.executable, str(path), *arguments], env=environment, cwd=ROOT, check=False)
    if done.returncode:
        say(f"{name} ended with {done.returncode}")


def credentials(database: Database, password: str) -> str:
    """The account of this benchmark under a new password; gives a token for the HTTP API."""
    with database.accounts() as conn:
        try:
            set_password(conn, username=USER, password=password)
        except AccountError:
            create_account(conn, username=USER, password=password, role="analyst")
        return make_login_token(conn, account_id=find_account(conn, username=USER).account_id)


@contextmanager
def serving(environment: dict[str, str], folder: Path, port: int) -> Iterator[psutil.Process]:
    """Daybook on that port for the block."""
    command = [sys.executable, "-m", "dashboard.cli", "up", "--no-sample", "--port", str(port)]
    with (folder / "app.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        _wait(port)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit("Daybook did not come up; see app.log")


def memory(process: psutil.Process) -> str:
    """What the process holds now."""
    return f"memory of Daybook's process: {process.memory_info().rss / 1e6:.0f} MB"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=int, choices=sorted(SHAPES), default=1)
    parser.add_argument("--only", nargs="+", choices=(*ON_DATABASE, *ON_ADDRESS, *ALONE))
    parser.add_argument("--port", type=int, default=8599)
    asked = parser.parse_args()
    folder = asked.folder.resolve() / f"x{asked.scale}"
    folder.mkdir(parents=True, exist_ok=True)
    say(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    wanted = asked.only or (*ON_DATABASE, *ON_ADDRESS, *ALONE)
    with built(folder, asked.scale) as database:
        url = database.owner.url.render_as_string(hide_password=False)
        environment = {**os.environ, "DATABASE_URL": url, "DAYBOOK_HOME": str(folder), "PYTHONPATH": str(ROOT)}
        for name in ON_DATABASE:
            if name in wanted:
                measure(name, environment)
        if set(wanted) & set(ON_ADDRESS):
            _over_http(database, environment, folder, asked.port, wanted)
    for name in ALONE:
        if name in wanted:
            measure(name, environment)


def _over_http(
    database: Database, environment: dict[str, str], folder: Path, port: int, wanted: tuple[str, ...]
) -> None:
    password = secrets.token_urlsafe(18)
    started = {**environment, "DAYBOOK_ADMIN_PASSWORD": password}
    with serving(started, folder, port) as process:
        token = credentials(database, password)
        told = {**environment, "DAYBOOK_TOKEN": token, "DAYBOOK_PASSWORD": password}
        for name in ON_ADDRESS:
            if name in wanted:
                measure(name, told, f"http://127.0.0.1:{port}", *([] if name == "api" else ["--user", USER]))
                say(memory(process))


if __name__ == "__main__":
    main()
