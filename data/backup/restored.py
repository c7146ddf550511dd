"""Whether a restored server holds what it should, asked before its files take their place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from data.db import make_engine
from data.doctor import examine
from data.errors import BackupError
from data.loading.progress import Progress
from data.migrating import current_version, knows_version
from data.postgres import postmaster
from data.postgres.layout import Layout
from data.postgres.passwords import read_password
from data.postgres.programs import Programs
from data.postgres.server import EmbeddedServer
from data.postgres.sockets import socket_folder

_PAUSE_S = 0.05
# An older Daybook's database is restored as it is, and migrated by the next start.
_NOT_JUDGED = {"migrations"}
_NEWEST = sa.text("""
    select c.last_revision as revision, c.head,
           (select opened_at from history.revisions r where r.revision = c.last_revision) as opened_at
    from history.revision_counter c
""")


@dataclass(frozen=True)
class Restored:
    """Where the restored database stands: its newest revision, when that was made, and the head of the chain."""

    revision: int
    opened_at: datetime | None
    head: str
    migration: str


def check_restored(layout: Layout, programs: Programs, *, newest: int | None, progress: Progress) -> Restored:
    """Start a server on the data folder of `layout`, run every check of the doctor, and stop it.

    Raises BackupError where a check fails, or the newest revision is not the one that is expected.
    """
    progress(0, None, "checking what was restored")
    with _serving(layout, programs) as engine:
        version = current_version(engine)
        if version is None or not knows_version(version):
            raise BackupError(f"what was restored is at migration {version}, which this Daybook does not know")
        with engine.connect() as conn:
            found = conn.execute(_NEWEST).one()
        if newest is not None and found.revision != newest:
            raise BackupError(
                f"the newest revision that was restored is {found.revision:,}, and should be {newest:,};"
                " nothing was kept"
            )
        wrong = [one for one in examine(engine) if not one.ok and one.check not in _NOT_JUDGED]
        if wrong:
            told = "; ".join(f"{one.check}: {one.detail}" for one in wrong)
            raise BackupError(f"what was restored is not sound, and was not kept: {told}")
    return Restored(found.revision, found.opened_at, f"{found.revision}:{bytes(found.head).hex()}", version)


@contextmanager
def _serving(layout: Layout, programs: Programs) -> Iterator[sa.Engine]:
    sockets = socket_folder(layout)
    server = postmaster.start(layout, programs, sockets, {"archive_mode": "off"})
    try:
        while not server.is_ready:
            if server.has_ended:
                raise BackupError(server.why())
            time.sleep(_PAUSE_S)
        password = read_password(layout.login_password) or ""
        reached = EmbeddedServer(sockets, programs.folder, layout.server_log, password, superuser_password="")
        engine = make_engine(reached.url)
        try:
            yield engine
        finally:
            engine.dispose()
    finally:
        server.stop()
