"""Home folders for real servers, and processes that use them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data.postgres import open_server
from data.postgres.account import server_account
from data.postgres.layout import Layout, prepare_home
from tests.postgres.support import OPTIONS, User, end_servers_below, wait_until_stopped


@pytest.fixture(scope="session")
def quarters() -> Iterator[Path]:
    """A folder that the server's account may pass through, unlike those that pytest makes."""
    folder = Path(tempfile.mkdtemp(prefix="daybook-test-", dir=_fast_disk())).resolve()
    folder.chmod(0o755)
    yield folder
    end_servers_below(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _fast_disk() -> str | None:
    # Dozens of data folders are copied and removed; in memory that takes a fraction of the time.
    memory = "/dev/shm"  # noqa: S108
    try:
        found = os.statvfs(memory)
    except OSError:
        return None
    fits = found.f_bavail * found.f_frsize > 2 * 1024**3 and os.access(memory, os.W_OK)
    return memory if fits and not found.f_flag & getattr(os, "ST_NOEXEC", 0) else None


@pytest.fixture
def room(quarters: Path) -> Iterator[Path]:
    """A fresh folder for one test."""
    folder = Path(tempfile.mkdtemp(dir=quarters))
    folder.chmod(0o755)
    yield folder
    end_servers_below(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(quarters: Path) -> Path:
    """A home folder whose first start is done, and whose server is stopped."""
    home = quarters / "template"
    open_server(home, options=OPTIONS).close()
    wait_until_stopped(prepare_home(home))
    return home


@pytest.fixture(scope="session")
def copied(template: Path) -> Callable[[Path], Layout]:
    """Makes a copy of the template at a path: a home folder that starts fast."""

    def copy(home: Path) -> Layout:
        home.parent.mkdir(parents=True, exist_ok=True)
        home.parent.chmod(0o755)
        subprocess.run(["cp", "-a", template, home], check=True)
        return prepare_home(home)

    return copy


@pytest.fixture
def layout(room: Path, copied: Callable[[Path], Layout]) -> Layout:
    """A home folder whose first start is done."""
    return copied(room / "home")


@pytest.fixture(scope="module")
def reused(quarters: Path, copied: Callable[[Path], Layout]) -> Layout:
    """The same, shared by the tests of a module that leave it as they found it."""
    return copied(Path(tempfile.mkdtemp(dir=quarters)) / "home")


@pytest.fixture
def stopped(reused: Layout) -> Layout:
    """The shared home folder, its server stopped."""
    wait_until_stopped(reused)
    return reused


@pytest.fixture
def users() -> Iterator[Callable[..., User]]:
    """Starts processes that use a server until they are told to leave, or are killed."""
    started: list[User] = []

    def start(home: Path, **given: object) -> User:
        started.append(User(home, **given))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for user in started:
        user.kill()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A foreign process under the very account of the server."""
    account = server_account()
    manner = {"user": account.uid, "group": account.gid, "extra_groups": []} if os.geteuid() == 0 else {}
    process = subprocess.Popen(["sleep", "300"], **manner)  # type: ignore[call-overload]
    yield process
    process.kill()
    process.wait(10)
