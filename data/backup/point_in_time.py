"""Restores a moment: a base backup, and the archive up to the target, into an empty home folder.

A moment is named by the revision that must not be there any more. The transaction that made it is read from a first
recovery, to the end of the archive; a second one then stops just before that transaction committed. Revisions commit
in the order of their numbers, so that this is exactly the state after the one before.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from data.backup.archive import Archive, checked_archive
from data.backup.base import verify_files
from data.backup.base_manifest import BASE, BaseManifest, read_base_manifest
from data.backup.recovery import Target, recover
from data.backup.restored import Restored, check_restored
from data.errors import BackupError, UsageError
from data.loading.progress import Progress, silent
from data.migrating import knows_version
from data.postgres.binaries import major_version, usable_programs
from data.postgres.initialise import DRAFTS, LOGINS, ask_alone, flush, has_data, replace_passwords
from data.postgres.layout import Layout, prepare_home, remove_unfinished
from data.postgres.locks import FileLock
from data.postgres.programs import Programs
from data.postgres.sockets import remove_short_folder

_MB = 1_000_000
# The row was last written as its revision was sealed, by the transaction itself and no part of it.
_MADE_BY = sa.text(
    "select (select max(revision) from history.revisions) as newest,"
    " (select xmin from history.revisions where revision = :revision) as made_by"
)


@dataclass(frozen=True)
class Moment:
    """What is asked for: before a revision, until an instant, or with neither all that the archive holds."""

    before_revision: int | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.before_revision is not None and self.until is not None:
            raise UsageError("a restore goes before a revision or until a time, not both")
        if self.until is not None and self.until.tzinfo is None:
            raise UsageError(f"the time must carry its zone, as in 2026-03-01T14:05:00+01:00; got {self.until}")


def restore_moment(home: Path, folder: Path, archive: Path, moment: Moment, *, progress: Progress = silent) -> Restored:
    """Restore the base in `folder` and the archive up to the moment into the empty `home`; where it stands now.

    `progress` is told MB. Raises BackupError where a file is damaged, missing or of another server, the moment is not
    in the archive or before the base, or the restored database fails a check. The home stays empty then.
    """
    manifest = read_base_manifest(folder)
    _check_asked(manifest, moment)
    layout = prepare_home(home)
    with _held(layout):
        programs = Programs(usable_programs(layout.account, layout.place), layout.account)
        _check_fits(manifest, programs)
        progress(0, None, "checking the base")
        verify_files(folder / BASE, server_major=manifest.server)
        found = checked_archive(archive, manifest, layout.account, progress)
        with _draft(layout) as draft:
            target = _target(draft, programs, folder / BASE, found, moment, progress)
            _copy(folder / BASE, draft, progress)
            recover(draft, programs, found, target, progress)
            restored = _finished(draft, programs, moment, progress)
            draft.data.rename(layout.data)
            flush(layout.place)
            return restored


def _check_asked(manifest: BaseManifest, moment: Moment) -> None:
    asked = moment.before_revision
    if asked is not None and asked <= manifest.revision:
        raise BackupError(
            f"the base is newer than what is asked for: it holds revision {manifest.revision:,} already, and revision"
            f" {asked:,} is not to be there; take an older base backup"
        )
    if moment.until is not None and moment.until < datetime.fromisoformat(manifest.made_at):
        raise BackupError(
            f"the base is newer than {moment.until.isoformat()}: it was made at {manifest.made_at};"
            " take an older base backup"
        )
    if not manifest.is_embedded:
        raise BackupError("the base is of an external server, and is restored by hand, as docs/operations.md says")
    if not knows_version(manifest.migration):
        raise BackupError(
            f"the base is at migration {manifest.migration}, which this Daybook does not know;"
            f" restore it with Daybook {manifest.daybook} or newer"
        )


def _check_fits(manifest: BaseManifest, programs: Programs) -> None:
    major = major_version(programs.folder)
    if major != manifest.server:
        raise BackupError(
            f"the base is of PostgreSQL {manifest.server}, and files fit no other; the programs here are of {major}"
        )


@contextmanager
def _held(layout: Layout) -> Iterator[None]:
    """Nobody can start a server on the empty home meanwhile."""
    with closing(FileLock(layout.supervisor_lock)) as lock:
        if not lock.try_exclusive():
            raise BackupError(f"the home folder {layout.home} is in use; stop Daybook there, or set DAYBOOK_HOME")
        if has_data(layout):
            raise BackupError(f"the home folder {layout.home} is not empty: {layout.data} has a database; restore into"
                              " an empty one")  # fmt: skip
        yield


@contextmanager
def _draft(layout: Layout) -> Iterator[Layout]:
    """A place beside where the data will be; it is gone at the end, and what was left of another is, too."""
    remove_unfinished(layout.place, DRAFTS)
    kept = {path for path in (layout.login_password, layout.superuser_password) if path.exists()}
    place = Path(tempfile.mkdtemp(prefix=DRAFTS.rstrip("*"), dir=layout.place))
    layout.account.own(place)
    try:
        yield replace(layout, place=place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
        remove_short_folder(layout)
        if not has_data(layout):
            for path in {layout.login_password, layout.superuser_password} - kept:
                path.unlink(missing_ok=True)


def _target(
    draft: Layout, programs: Programs, base: Path, archive: Archive, moment: Moment, progress: Progress
) -> Target:
    if moment.before_revision is not None:
        return _before(draft, programs, base, archive, moment.before_revision, progress)
    if moment.until is not None:
        until = moment.until.astimezone(UTC).isoformat()
        return Target(moment.until.isoformat(), {"recovery_target_time": until})
    if archive.beyond is not None:
        raise BackupError(f"{archive.end}; what is before the gap can be restored with --before-revision or --until")
    return Target("the end of the archive")


def _before(
    draft: Layout, programs: Programs, base: Path, archive: Archive, revision: int, progress: Progress
) -> Target:
    """The target just before the commit of the transaction that made the revision."""
    _copy(base, draft, progress)
    recover(draft, programs, archive, Target("its end, to find the revision"), progress)
    query = _MADE_BY.bindparams(revision=revision).compile(compile_kwargs={"literal_binds": True})
    found = ask_alone(draft.data, programs, str(query))
    if "made_by" not in found:
        raise BackupError(
            f"revision {revision:,} was not reached: the newest is {found.get('newest', 0)}; {archive.end}"
        )
    shutil.rmtree(draft.data)
    settings = {"recovery_target_xid": found["made_by"], "recovery_target_inclusive": "off"}
    return Target(f"revision {revision:,}", settings, was_seen=True)


def _copy(base: Path, draft: Layout, progress: Progress) -> None:
    """Copy the files of the base to the data folder of the draft, for the server's account alone."""
    files = [path for path in base.rglob("*") if path.name != "backup_manifest"]
    total, done = sum(path.stat().st_size for path in files if path.is_file()) // _MB, 0
    draft.data.mkdir(mode=0o700)
    draft.account.own(draft.data)
    for path in files:  # a folder comes before what is in it
        progress(done // _MB, total, "copying the base")
        to = draft.data / path.relative_to(base)
        if path.is_dir():
            to.mkdir()
        else:
            shutil.copyfile(path, to)
            done += path.stat().st_size
        to.chmod(0o700 if path.is_dir() else 0o600)
        draft.account.own(to)
    progress(total, total, "copying the base")


def _finished(draft: Layout, programs: Programs, moment: Moment, progress: Progress) -> Restored:
    """Give the logins the passwords of this home, and check what was restored."""
    replace_passwords(draft, programs, set(LOGINS))
    expected = None if moment.before_revision is None else moment.before_revision - 1
    return check_restored(draft, programs, newest=expected, progress=progress)
