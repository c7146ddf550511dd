"""Where everything of the embedded server lies below the home folder, and who may reach it.

As an ordinary user everything is private to that user. As root the home folder is passable (0711) but not readable, so
that the server's account reaches its own data folder (0700) and nothing else. No folder that was there before, other
than an empty one named as the home, ever has its mode changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from data.errors import ServerError
from data.postgres.account import Account, server_account
from data.postgres.locks import FileLock

MARKER = ".daybook"
ELSEWHERE = Path("/var/lib")


@dataclass(frozen=True)
class Layout:
    """The paths of one embedded server: `home` is what the user named, `place` is where the account keeps its part."""

    home: Path
    place: Path
    account: Account

    @property
    def own(self) -> Path:
        """Locks, state and passwords."""
        return self.home / "postgres"

    @property
    def logs(self) -> Path:
        """The supervisor's and the server's logs."""
        return self.home / "logs"

    @property
    def server_log(self) -> Path:
        """The log of PostgreSQL itself."""
        return self.logs / "postgres.log"

    @property
    def supervisor_log(self) -> Path:
        """The log of the process that owns PostgreSQL."""
        return self.logs / "supervisor.log"

    @property
    def users_lock(self) -> Path:
        """Held shared by everyone who uses the server."""
        return self.own / "users.lock"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the supervisor for as long as it lives."""
        return self.own / "supervisor.lock"

    @property
    def state(self) -> Path:
        """What the supervisor tells those who wait for it."""
        return self.own / "state.json"

    @property
    def data(self) -> Path:
        """The data folder of PostgreSQL; it appears complete or not at all."""
        return self.place / "data"

    @property
    def superuser_password(self) -> Path:
        """The file with the password of `postgres`."""
        return self.own / "superuser.password"

    @property
    def login_password(self) -> Path:
        """The file with the password of `daybook`."""
        return self.own / "login.password"


def prepare_home(home: Path, say: Callable[[str], None] = lambda _: None) -> Layout:
    """Create what is missing of the home folder and return its layout; raises ServerError where that cannot be."""
    home = Path(os.path.abspath(home.expanduser()))  # noqa: PTH100  keeps links, drops `..`
    _check_name(home)
    account = server_account()
    try:
        _create_home(home, account)
        private = Layout(home, home / "postgres", account)
        _create(private.own, 0o711 if account.is_other else 0o700)
        _create(private.logs, 0o700)
        return Layout(home, _place(private, say), account)
    except PermissionError as error:
        raise ServerError(
            f"the home folder {home} cannot be used: {error.strerror} ({error.filename});"
            " set DAYBOOK_HOME to a folder of your own"
        ) from error
    except OSError as error:
        raise ServerError(f"the home folder {home} cannot be used: {error.strerror}") from error


def create_private(folder: Path, account: Account) -> None:
    """Create `folder` for the account alone, if it is missing."""
    if _create(folder, 0o700):
        account.own(folder)


def _check_name(home: Path) -> None:
    if not str(home).isprintable():
        raise ServerError(f"the path of the home folder must consist of printable characters; got {str(home)!r}")


def _create_home(home: Path, account: Account) -> None:
    mode = 0o711 if account.is_other else 0o700
    for parent in reversed(home.parents):
        _create(parent, 0o755 if account.is_other else 0o700)
    created = _create(home, mode)
    if home.stat().st_uid != os.geteuid():
        raise ServerError(
            f"the home folder {home} belongs to another user (number {home.stat().st_uid});"
            " run Daybook as that user, or set DAYBOOK_HOME to a folder of your own"
        )
    if created or not any(home.iterdir()):
        home.chmod(mode)
        (home / MARKER).touch(mode=0o600)


def _create(folder: Path, mode: int) -> bool:
    # The mode is set apart from the creation, because the umask of the caller may be anything.
    if folder.is_dir():
        return False
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return False
    folder.chmod(mode)
    return True


def _place(private: Layout, say: Callable[[str], None]) -> Path:
    record = private.own / "place"
    if record.exists():
        return _recorded_place(record)
    if private.account.can_reach(private.own):
        return private.own
    if private.data.exists():
        raise ServerError(
            f"the account that runs PostgreSQL can no longer reach its data in {private.data};"
            " let others pass through the folders above it again"
        )
    with closing(FileLock(private.own / "place.lock")) as lock:
        while not lock.try_exclusive():
            time.sleep(0.01)
        if not record.exists():
            _record_new_place(record, private.home)
    place = _recorded_place(record)
    say(f"The account that runs PostgreSQL cannot reach {private.home}; its data is kept in {place}.")
    return place


def _record_new_place(record: Path, home: Path) -> None:
    place = _new_place(home)
    draft = record.with_suffix(".new")
    draft.write_text(str(place))
    (place / "home").write_text(f"{home}\n")
    draft.replace(record)


def _recorded_place(record: Path) -> Path:
    place = Path(record.read_text())
    if not place.is_dir():
        raise ServerError(f"the server's folder {place} is missing; restore it, or remove {record} to begin anew")
    return place


def _new_place(home: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    for number in range(1, 1000):
        place = ELSEWHERE / (f"daybook-{digest}" if number == 1 else f"daybook-{digest}-{number}")
        if _create(place, 0o711) or not any(place.iterdir()):
            return place
    raise ServerError(f"no free name for a data folder was found in {ELSEWHERE} for {home}")


def remove_unfinished(folder: Path, pattern: str) -> None:
    """Remove what an interrupted step left in `folder`; `pattern` names temporary things only."""
    for leftover in folder.glob(pattern):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
