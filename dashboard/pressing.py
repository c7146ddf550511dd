"""The largest files of a first visit pressed before anybody asks: `python -m dashboard.pressing [FOLDER]`.

As a process of a low priority it runs beside a first start, and when an image is built; without a folder it keeps
them beside the packages, where every start finds them. What is there already is left as it is.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import brotli

from dashboard.icons import digest_of, font_of, words_used

SHIPPED = Path(sys.prefix) / "share" / "daybook" / "pressed"
BEST = 11
# Nine tenths of what a browser fetches; the part of a name before the first dot.
LARGEST = (
    "PlotlyChart",
    "DataFrame",
    "index",
    "protobuf",
    "StreamlitMarkdown",
    "react-dom",
    "arrowFormatUtils",
    "reactJsonViewCompat",
    "styled-components",
    "recordbatch",
    "moment",
)
_FONT = "MaterialSymbols-Rounded"


def static_files() -> Path:
    """Streamlit's scripts, styles and fonts; found without importing it, which takes a second."""
    found = find_spec("streamlit")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("streamlit is not installed")
    return Path(found.origin).parent / "static" / "static"


def press_ahead(folder: Path, *, within: Path | None = None) -> None:
    """Press the largest files into `folder`, each under the name that `Press` looks for."""
    static = within or static_files()
    folder.mkdir(parents=True, exist_ok=True)
    for font in static.glob(f"media/{_FONT}.*.woff2"):
        _keep(folder / icons_name(words_used(), font.name), partial(_icons_of, font))
    for stem in LARGEST:
        for file in (*static.glob(f"js/{stem}.*.js"), *static.glob(f"css/{stem}.*.css")):
            _keep(folder / f"{file.name}.br", partial(_pressed, file))


def icons_name(words: frozenset[str], font: str) -> str:
    """The name that a font with the icons of these words is kept under."""
    return f"icons-{digest_of(words)}-{font}"


@contextmanager
def pressing_ahead(folder: Path) -> Iterator[None]:
    """Let a process do so beside the block; it ends with this one, however that ends."""
    command = [sys.executable, "-m", "dashboard.pressing", str(folder), "--beside"]
    quiet = subprocess.DEVNULL
    # Our own program; its standard input tells it when this one has ended.
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=quiet, stderr=quiet)  # noqa: S603
    threading.Thread(target=process.wait, name="pressing ends", daemon=True).start()  # or it would stay as a zombie
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _end_with_starter() -> None:
    """The pipe is closed by whoever started this, and by the system where that is killed."""
    sys.stdin.buffer.read()
    os._exit(0)


def _icons_of(font: Path) -> bytes:
    return font_of(font.read_bytes(), words_used())


def _pressed(file: Path) -> bytes:
    return bytes(brotli.compress(file.read_bytes(), quality=BEST))


def _keep(path: Path, make: Callable[[], bytes]) -> None:
    if path.exists() or (SHIPPED / path.name).exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        draft.write_bytes(make())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


if __name__ == "__main__":
    os.nice(10)
    if "--beside" in sys.argv:
        threading.Thread(target=_end_with_starter, daemon=True).start()
    with suppress(KeyboardInterrupt):
        press_ahead(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED)
