"""The button of a filter bar that chooses the revision: by date, by load, by name or by number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard import format as fmt
from dashboard.kept import kept
from dashboard.load import database, reading
from dashboard.past.pin import Pin
from dashboard.periods import Span
from data.queries.past import load_list, revision_at_end_of
from data.revisions.reading import NamedRevision, revision_names
from data.scope import Scope

Choose = Callable[[int | None], None]
_PROBLEM, _TURN = "past.problem", "past.turn"
_WIDTH, _MOST_TEXT = 340, 45


@dataclass(frozen=True)
class Wording:
    """What a chooser is called: `at` a revision, and where there is none (`otherwise`, with the button back to it)."""

    key: str = "past"
    at: str = "As of revision {}"
    otherwise: str = "Now"
    back: str = "Show now"
    help: str = "Every figure and name as it stood right after a revision."


PAST = Wording()


def revision_chooser(conn: sa.Connection, pin: Pin, *, zone: str, choose: Choose, wording: Wording = PAST) -> None:
    """`Now`, or `As of revision 12`, with the ways to another; `choose` is called with it, and with None for now."""
    label = wording.otherwise if pin.revision is None else wording.at.format(pin.revision)
    # After each choice it is another button with fields of its own: it closes, and is empty the next time. A browser
    # would remember the fields of one that has been there before, and not tell when the same is chosen again.
    counted = f"{_TURN}.{wording.key}"
    turn = st.session_state.setdefault(counted, 0)
    key = f"{wording.key}-{pin.revision or 'now'}-{turn}"

    def take(revision: int | None) -> None:
        st.session_state[counted] = turn + 1
        choose(revision)

    with st.popover(label, icon=":material/history:", key=key):
        st.caption(wording.help)
        _by_date(pin, zone, take, key)
        _by_load(conn, zone, take, key)
        _by_name(take, key)
        _by_number(pin, take, key)
        with st.container(horizontal=True):
            if pin.newest and pin.revision != pin.newest:
                st.button(f"Stay at revision {pin.newest}", key=f"{key}-newest", on_click=take, args=(pin.newest,),
                          help="The newest: the link shows the same also after later loads and edits.")  # fmt: skip
            if pin.revision is not None:
                st.button(wording.back, key=f"{key}-to-now", on_click=take, args=(None,))


def _by_date(pin: Pin, zone: str, choose: Choose, key: str) -> None:
    name, today = f"{key}-date", datetime.now(ZoneInfo(zone)).date()

    def found() -> None:
        day: date | None = st.session_state[name]
        if day is None:
            return
        with reading(Scope.everything()) as conn:
            revision = revision_at_end_of(conn, day=day, time_zone=zone)
        if revision is None:
            st.session_state[_PROBLEM] = f"Nothing had been recorded by the end of {fmt.day(day)}."
        else:
            choose(revision)

    help_text = "The last revision of that day in the business's time zone."
    st.date_input("At the end of a day", None, min_value=date(1990, 1, 1), max_value=today, key=name,
                  format="DD/MM/YYYY", on_change=found, width=_WIDTH, help=help_text)  # fmt: skip
    problem = st.session_state.pop(_PROBLEM, "")
    if problem:
        st.caption(f":material/info: {problem}")


def _by_load(conn: sa.Connection, zone: str, choose: Choose, key: str) -> None:
    def read() -> dict[int, str]:
        return {int(row["revision"]): load_label(row, zone) for row in load_list(conn).to_dict("records")}

    labels = kept(conn, ("loads", zone), read)
    _pick("Right after a load", labels, "Choose a load" if labels else "Nothing was loaded", f"{key}-load", choose)


def _by_name(choose: Choose, key: str) -> None:
    labels = {number: name_label(named) for number, named in database().at_once(revision_names).items()}
    _pick("By name", labels, "Choose a name" if labels else "No revision has a name yet", f"{key}-name", choose)


def _by_number(pin: Pin, choose: Choose, key: str) -> None:
    name = f"{key}-number"

    def typed() -> None:
        if st.session_state[name] is not None:
            choose(int(st.session_state[name]))

    st.number_input(f"By number, 1 to {pin.newest}", 1, max(pin.newest, 1), None, key=name, on_change=typed,
                    width=_WIDTH, disabled=not pin.newest)  # fmt: skip


def _pick(title: str, labels: dict[int, str], placeholder: str, key: str, choose: Choose) -> None:
    def picked() -> None:
        if st.session_state[key] is not None:
            choose(st.session_state[key])

    st.selectbox(title, list(labels), None, format_func=labels.__getitem__, placeholder=placeholder, key=key,
                 on_change=picked, disabled=not labels, width=_WIDTH)  # fmt: skip


def name_label(named: NamedRevision) -> str:
    """`Year-end 2017, certified · revision 12`."""
    return f"{named.name}{', certified' if named.certified else ''} · revision {named.revision}"


def load_label(row: dict[Any, Any], zone: str) -> str:
    """`1-31 Dec 2017 · revision 13 · loaded 23 Jan 2018`; the file, where it is no facts."""
    what = row["reason"] or row["sources"]
    if not pd.isna(row["last_on"]):
        what = str(Span(row["first_on"].date(), row["last_on"].date() + timedelta(days=1)))
    if len(what) > _MOST_TEXT:
        what = f"{what[:_MOST_TEXT]}\N{HORIZONTAL ELLIPSIS}"
    loaded = fmt.day(row["opened_at"].astimezone(ZoneInfo(zone)).date())
    undone = "" if row["standing"] else ", undone since"
    return f"{what} · revision {row['revision']} · loaded {loaded}{undone}"
