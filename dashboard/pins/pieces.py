"""Pins of what curated pages show: made from the words of a link, and shown beside what it is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, takewhile
from typing import Any
from urllib.parse import parse_qs, urlencode

import pandas as pd
import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.auth import User
from dashboard.curated.asked import WORDS, Asked
from dashboard.curated.piece import Piece
from dashboard.curated.registry import piece_of
from dashboard.explore.state import State
from dashboard.exports import Table
from dashboard.filters import read_choices
from dashboard.load import database, reading
from dashboard.past.pin import read_pin
from dashboard.past.words import PARAM, revision_in
from dashboard.periods import Comparison, Period
from dashboard.pins.making import ADDRESS
from dashboard.selection import Filters, from_params, to_params
from data.errors import DataError, UnknownPin, UsageError
from data.pins.answers import packed, unpacked
from data.pins.keeping import MOST_TITLE, Content, Pin, make_pin
from data.queries.freshness import freshness
from data.queries.revisions import current_revision
from data.semantic.catalog import catalog
from data.semantic.types import ColumnSpec, Unit

_NAMES = frozenset({Unit.TEXT, Unit.DATE, Unit.INTEGER})


def names_piece(words: str) -> bool:
    """Whether the words of a link name a piece of a curated page, and no view of Explore."""
    return "piece" in parse_qs(words)


def pin_piece(words: str, user: User) -> str:
    """Pin a piece of a curated page, and give the address of the pin.

    Raises UsageError for a link that means nothing here, and where there is nothing to show; TooMuchToPin.
    """
    params = parse_qs(words)
    with reading(user.scope) as conn:
        asked = _asked(conn, user, params)
        fixed = replace(asked, filters=_fixed(asked))
        piece = piece_of(*_names(params), fixed, fixed.words)
    table, title = _table(piece), piece.title
    revision = asked.fresh.revision
    link = {"page": [asked.page], "piece": params["piece"][:1], **to_params(fixed.filters), PARAM: [str(revision)]}
    link |= {name: [said] for name, said in fixed.words.items()}
    answer = {"table": packed(table.frame, table.columns), "currency": asked.currency}
    content = Content(f"{title}, {asked.sentence}"[:MOST_TITLE], urlencode(link, doseq=True), revision,
                      catalog().digest, user.scope, dict(answer))  # fmt: skip
    with database().accounts() as accounts:
        return f"{ADDRESS}{make_pin(accounts, content, account_id=user.account_id)}"


@dataclass(frozen=True, eq=False)
class ShownPiece:
    """A pinned piece for one reader: as it was, and as it is; `then` is drawn as of the pinned revision.

    `is_whole` says that the reader may see all that its maker saw, and so sees what was kept; `redefined` that today's
    code gives other figures for the same revision.
    """

    pin: Pin
    asked: Asked
    then: Piece | Table
    kept: Table
    now: Table
    is_whole: bool
    redefined: bool

    @property
    def changes(self) -> pd.DataFrame:
        """A row for each figure that is another now: who, figure (str), then, now (what they were, or None), unit."""
        return _changes(self.kept, self.now)

    @property
    def state(self) -> State:
        """What Explain explains of it: net sales of the same dates and filters."""
        filters = self.asked.filters
        return State(period=filters.period, dates=filters.dates, filters=filters.query_filters())


def show_piece(conn: sa.Connection, pin: Pin, user: User) -> ShownPiece:
    """The pinned piece as its reader may see it today; raises UnknownPin where it is gone."""
    params = parse_qs(pin.content.link)
    try:
        then = _asked(conn, user, params)
        drawn = piece_of(*_names(params), then, then.words)
        now = _asked(conn, user, {name: said for name, said in params.items() if name != PARAM})
        table = _table(piece_of(*_names(params), now, now.words))
    except DataError as error:
        raise UnknownPin(f"{pin.content.title} cannot be shown any more: {error}") from error
    again = _table(drawn)
    is_whole = user.scope == pin.content.scope
    frame, columns = unpacked(pin.content.answer["table"])
    kept = replace(again, frame=frame, columns=columns) if is_whole else again
    redefined = is_whole and not _same(kept, again)
    return ShownPiece(pin, then, drawn, kept, table, is_whole, redefined)


def _asked(conn: sa.Connection, user: User, params: dict[str, list[str]]) -> Asked:
    """What the words of a link ask for, without a page around it; raises UsageError."""
    ignored: list[str] = []
    revision = revision_in((params.get(PARAM) or [""])[-1], current_revision(conn), ignored)
    pin = read_pin(conn, revision)
    fresh = freshness(conn, revision=revision)
    first, last = fresh.first_business_date, fresh.last_business_date
    if first is None or last is None:
        raise UsageError("there are no facts to pin a figure of")
    choices = read_choices(conn, scope=user.scope, first=first, last=last, revision=revision)
    filters, unknown = from_params(params, choices.known)
    if ignored or unknown:
        named = ", ".join(word[:40] for word in (*ignored, *unknown)[:5])
        raise UsageError(f"the link names what is not known here: {named}")
    words = {name: params[name][-1] for name in WORDS if name in params}
    return Asked(conn, user, filters, choices, fresh, pin, (first, last), page=_names(params)[0], words=words)


def _names(params: dict[str, list[str]]) -> tuple[str, str]:
    return (params.get("page") or [""])[-1], (params.get("piece") or [""])[-1]


def _fixed(asked: Asked) -> Filters:
    """The same filters, with dates written out in place of those that move with the facts."""
    span, before = asked.span, asked.compared
    fixed = replace(asked.filters, period=Period.CUSTOM, dates=(span.start, span.last))
    if before is None:
        return replace(fixed, comparison=Comparison.NONE, against=None)
    return replace(fixed, comparison=Comparison.CUSTOM, against=(before.start, before.last))


def _table(piece: Piece | Table) -> Table:
    return piece if isinstance(piece, Table) else piece.table


def _same(one: Table, other: Table) -> bool:
    return list(one.frame.columns) == list(other.frame.columns) and one.rows() == other.rows()


def _changes(then: Table, now: Table) -> pd.DataFrame:
    was, is_ = _cells(then), _cells(now)
    rows = [
        (who, figure.label, was.get((who, figure.name)), is_.get((who, figure.name)), figure.unit)
        for who, figure in _each(then, now)
        if was.get((who, figure.name)) != is_.get((who, figure.name))
    ]
    return pd.DataFrame(rows, columns=["who", "figure", "then", "now", "unit"])


def _each(then: Table, now: Table) -> Iterator[tuple[str, ColumnSpec]]:
    """Every figure of every row, as it was first, new rows last."""
    figures = [column for column in now.columns if column.unit not in _NAMES]
    for who in dict.fromkeys(chain(_whose(then), _whose(now))):
        for figure in figures:
            yield who, figure


def _cells(table: Table) -> dict[tuple[str, str], Any]:
    names = [column.name for column in table.columns]
    whose = _whose(table)
    return {
        (who, name): value
        for who, row in zip(whose, table.rows(), strict=True)
        for name, value in zip(names, row, strict=True)
    }


def _whose(table: Table) -> list[str]:
    """What tells rows apart: the names and dates before their first figure; rows that have none by their place."""
    named = len(list(takewhile(lambda column: column.unit in _NAMES, table.columns)))
    return [
        " \N{MIDDLE DOT} ".join(_word(value) for value in row[:named] if value not in {None, ""}) or f"Row {place}"
        for place, row in enumerate(table.rows(), 1)
    ]


def _word(value: Any) -> str:
    return fmt.day(value) if isinstance(value, date) else str(value)
