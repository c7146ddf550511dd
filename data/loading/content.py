"""What a file's content is: its digest, and how many rows it has."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path

from data.errors import LoadError
from data.loading.read_parquet import row_count

_BLOCK = 1 << 20
_TEXT_ENDINGS = {".csv", ".tsv", ".txt"}


@dataclass(frozen=True)
class Content:
    """The digest by which a content is known again, and about how many rows it has (None where nobody knows).

    A text without quotes has no line breaks within values, which makes it faster to read.
    """

    sha256: bytes
    rows: int | None
    quoted: bool = True


def content_of(path: Path) -> Content:
    """Read the file once; raises LoadError naming the row where a text file is not UTF-8."""
    digest = hashlib.sha256()
    is_text = path.suffix.lower() in _TEXT_ENDINGS
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, quoted = 0, not is_text
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            if is_text:
                _check_text(path, decoder, block, lines)
                lines += block.count(b"\n")
                quoted = quoted or b'"' in block
    if is_text:
        _check_text(path, decoder, b"", lines, final=True)
    return Content(digest.digest(), lines if is_text else row_count(path), quoted)


def _check_text(
    path: Path, decoder: codecs.IncrementalDecoder, block: bytes, lines: int, *, final: bool = False
) -> None:
    try:
        if not block.isascii() or decoder.getstate()[0] or final:
            decoder.decode(block, final)
    except UnicodeDecodeError as error:
        row = lines + error.object[: error.start].count(b"\n") + 1
        got = f"0x{error.object[error.start]:02X}"
        raise LoadError(
            f"{path.name}, row {row}: the text must be UTF-8; got the byte {got}. Save the file as CSV UTF-8"
        ) from error
    if b"\0" in block:
        row = lines + block[: block.index(b"\0")].count(b"\n") + 1
        raise LoadError(f"{path.name}, row {row}: the text must be UTF-8; got a zero byte (is it UTF-16?)")
