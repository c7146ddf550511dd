"""The icon font with the icons alone that are used: Streamlit brings four thousand, a seventh of a first visit.

An icon is a ligature, written as its name. Those used are what is written as `:material/name:` in Streamlit's scripts,
and every word of ours that is the name of one, as some names are put together when a page is drawn.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FONT = re.compile(r"/static/media/MaterialSymbols-Rounded\.[\w-]{8}\.woff2\Z", re.ASCII)
_WRITTEN = re.compile(r":material/([a-z0-9_]+)")
_WORD = re.compile(r"(?<=[\"':/])([a-z0-9_]{2,40})(?=[\"':])")
_LIGATURES = 4  # the kind of lookup, in a font's table of substitutions
_PATIENCE_S = 300
_OURS = Path(__file__).parents[1]


@cache
def words_used() -> frozenset[str]:
    """Every word that may be the name of an icon; reads some megabytes, once."""
    scripts = (Path(str(files("streamlit"))) / "static" / "static" / "js").glob("*.js")
    found = {name for script in scripts for name in _WRITTEN.findall(script.read_text(encoding="utf-8"))}
    for folder in ("dashboard", "pages"):
        for module in (_OURS / folder).rglob("*.py"):
            found.update(_WORD.findall(module.read_text(encoding="utf-8")))
    return frozenset(found)


def digest_of(words: frozenset[str]) -> str:
    """Tells one selection of words from another."""
    return hashlib.sha256("\n".join(sorted(words)).encode()).hexdigest()[:16]


def font_of(content: bytes, words: frozenset[str]) -> bytes:
    """The font with the icons that are among `words`, and the letters that their names are written with."""
    font = TTFont(io.BytesIO(content))
    icons = {name: glyph for name, glyph in _icons(font) if name in words}
    letters = font.getBestCmap()
    wanted = {letters[ord(letter)] for name in icons for letter in name} | set(icons.values())
    options = subset.Options()
    options.layout_closure = False  # it would keep every icon whose name can be written with these letters
    options.flavor = "woff2"
    chosen = subset.Subsetter(options)
    chosen.populate(glyphs=wanted)
    chosen.subset(font)
    out = io.BytesIO()
    font.flavor = "woff2"
    font.save(out)
    return out.getvalue()


def font_apart(content: bytes) -> bytes:
    """The font with the icons that are used, made in a process of the lowest priority.

    It takes seconds of Python. A thread would hold up every page for as long, and for longer the lower its priority.
    """
    command = [sys.executable, "-m", __name__]
    done = subprocess.run(command, input=content, capture_output=True, check=True, timeout=_PATIENCE_S)  # noqa: S603
    return done.stdout


def icon_names(content: bytes) -> set[str]:
    """The names of the icons in a font."""
    return {name for name, _ in _icons(TTFont(io.BytesIO(content)))}


def _icons(font: TTFont) -> Iterator[tuple[str, str]]:
    """Each icon's name and glyph."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in (getattr(one, "ExtSubTable", one) for one in lookup.SubTable):
            if table.LookupType == _LIGATURES:
                for first, ligatures in table.ligatures.items():
                    for one in ligatures:
                        yield "".join(letters.get(glyph, " ") for glyph in (first, *one.Component)), one.LigGlyph


if __name__ == "__main__":
    os.nice(19)
    sys.stdout.buffer.write(font_of(sys.stdin.buffer.read(), words_used()))
