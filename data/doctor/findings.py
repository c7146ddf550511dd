"""What a check says."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa

from data.errors import UsageError

_HEAD = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


@dataclass(frozen=True)
class Finding:
    """The outcome of one check; `detail` says what was found, and the remedy where it is not well.

    A notice is worth a look, and nothing is wrong: only what is not `ok` decides how the doctor ends.
    """

    check: str
    ok: bool
    detail: str
    is_notice: bool = False


def notice(check: str, detail: str) -> Finding:
    """Something that an operator wants to look at."""
    return Finding(check, True, detail, is_notice=True)


def well(check: str, detail: str) -> Finding:
    """Something that is as it should be."""
    return Finding(check, True, detail)


@dataclass(frozen=True)
class Head:
    """The end of the chain of revisions at some time: a revision and its hash. Kept elsewhere, it seals what was then.

    A superuser who rewrites the past can make the whole chain anew, but not so that it holds a hash from before.
    """

    revision: int
    hash: bytes

    @classmethod
    def read(cls, text: str) -> Head:
        """A head as it is printed, `18:` and 64 hexadecimal digits; raises UsageError for anything else."""
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise UsageError(f"a head is a revision, a colon and 64 hexadecimal digits; got {text[:80]!r}")
        return cls(int(found[1]), bytes.fromhex(found[2]))

    def __str__(self) -> str:
        return f"{self.revision}:{self.hash.hex()}"


def chain_head(conn: sa.Connection) -> Head:
    """Where the chain of revisions ends now."""
    last, head = conn.execute(sa.text("select last_revision, head from history.revision_counter")).one()
    return Head(last, head)
