"""The archive of the write-ahead log: which folder a home archives to, and how a segment gets there.

A home goes on archiving where it did before until it is told otherwise: a command that starts the server for its own
duration without knowing the variable would leave a gap, which no restore can pass.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from data.errors import DataError, ServerError
from data.postgres.account import Account
from data.postgres.control import control_data
from data.postgres.layout import Layout
from data.postgres.programs import Programs
from data.postgres.segments import SUFFIX, archived_segments, system_of

# An option that the server knows as a setting of ours, so that it can be asked where it archives to.
ARCHIVE = "daybook.archive"
OFF = "off"
TIMEOUT_S = 60
# %p and %f are PostgreSQL's. What is there already with the same content is what a crash left unnoted; any other
# content is never replaced. `sync` puts the file on the disk before it takes its name, and then the name.
_STORE = (
    'a={archive}; t="$a/.%f.new"; f="$a/%f{suffix}"; '
    'if [ -e "$f" ]; then gzip -dc "$f" | cmp -s - "%p"; '
    'else gzip -1 -c "%p" >"$t" && sync "$t" && mv "$t" "$f" && sync "$a"; fi'
)
_FETCH = 'a={archive}; gzip -dc "$a/%f{suffix}" >"%p"'


def archive_option(wanted: str) -> dict[str, str]:
    """The option by which the one who starts the server names the archive; `wanted` is a folder, `off` or empty."""
    return {ARCHIVE: wanted} if wanted else {}


def archive_options(layout: Layout, programs: Programs, wanted: str | None) -> dict[str, str]:
    """The server's settings for the archive that is `wanted`, or that it had before; none where there is no archive.

    Raises ServerError where the folder cannot be used, or holds the log of another server.
    """
    record = layout.own / "archive"
    before = record.read_text().strip() if record.exists() else ""
    if wanted == OFF or not (wanted or before):
        record.unlink(missing_ok=True)
        return {}
    folder = Path(wanted or before)
    _prepare(folder, layout, is_new=str(folder) != before)
    _check_owner(folder, layout, programs)
    if str(folder) != before:
        draft = record.with_suffix(".new")
        draft.write_text(str(folder))
        draft.replace(record)
    return {
        ARCHIVE: str(folder),
        "archive_mode": "on",
        "archive_timeout": f"{TIMEOUT_S}s",
        "archive_command": _command(_STORE, folder),
    }


def fetch_command(folder: Path) -> str:
    """The server's `restore_command` for the archive."""
    return _command(_FETCH, folder)


def check_readable(folder: Path, account: Account) -> None:
    """Raise ServerError where the account that runs the server cannot read the archive."""
    if not account.can_read(folder) or not all(account.can_read(path) for path in folder.glob(f"*{SUFFIX}")):
        raise ServerError(f"the account that runs PostgreSQL cannot read the archive {folder}; {_remedy(account)}")


def _command(template: str, folder: Path) -> str:
    quoted = shlex.quote(str(folder)).replace("%", "%%")
    return template.format(archive=quoted, suffix=SUFFIX)


def _prepare(folder: Path, layout: Layout, *, is_new: bool) -> None:
    if folder.resolve().is_relative_to(layout.home.resolve()):
        raise ServerError(f"the archive must lie outside of the home folder, which it is to outlive; got {folder}")
    try:
        if is_new and not folder.exists():
            folder.mkdir(mode=0o700)
            layout.account.own(folder)
    except OSError as error:
        raise ServerError(f"the archive {folder} cannot be made: {error.strerror}") from None
    if not folder.is_dir():
        raise ServerError(
            f"the archive {folder} is missing; bring it back, or set DAYBOOK_WAL_ARCHIVE={OFF} to go on without one"
            " (a base backup ends there)"
        )
    if not layout.account.can_write(folder):
        raise ServerError(
            f"the archive {folder} cannot be written to by the account that runs PostgreSQL; {_remedy(layout.account)}"
        )


def _check_owner(folder: Path, layout: Layout, programs: Programs) -> None:
    """Two servers must not share an archive: what a restored one writes would be mixed with the original's."""
    ours = control_data(layout.data, programs)
    for segment in archived_segments(folder, ours.segment_bytes)[-1:]:
        try:
            system = system_of(segment)
        except DataError as error:
            raise ServerError(f"the archive cannot be used: {error}") from None
        if (system, segment.timeline) != (ours.system, ours.timeline):
            raise ServerError(
                f"the archive {folder} is of another server (system {system}, timeline {segment.timeline}; this one is"
                f" {ours.system}, {ours.timeline}), such as the one that this was restored from;"
                " set DAYBOOK_WAL_ARCHIVE to a new folder"
            )


def _remedy(account: Account) -> str:
    if account.is_other:
        return f"as root: chown -R {account.name} to it, and let that account pass through the folders above"
    return "change its owner or its mode"
