"""The audit trail: filtered, page by page, and as a file."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboard.administration.words import details_text, kind_label, who
from dashboard.downloads import download_button
from dashboard.exports import CSV_TYPE
from dashboard.load import database, reading
from data.accounts.audit import EXPORTED, AuditEvent, Kind, Wanted, as_text, audit_events, every_audit_event
from data.accounts.scopes import region_names
from data.changes.formulas import guarded
from data.scope import Scope

PAGE = 50
_BEFORE, _ASKED = "audit.before", "audit.asked"


def trail_section(*, zone: str) -> None:
    """What was done to accounts and by them, newest first."""
    wanted = _filters(zone)
    before = st.session_state.get(_BEFORE) if st.session_state.get(_ASKED) == wanted else None
    st.session_state[_ASKED] = wanted
    with database().accounts() as conn:
        found = audit_events(conn, wanted, before=before, limit=PAGE + 1)
    if not found:
        with st.container(border=True, horizontal_alignment="center"):
            st.markdown("**Nothing fits these filters**", text_alignment="center")
            st.markdown(":gray[Choose other kinds, another account or other days.]", text_alignment="center")
        return
    with reading(Scope.everything()) as conn:
        regions = region_names(conn)
    shown = found[:PAGE]
    st.dataframe(
        _frame(shown, regions, zone),
        hide_index=True,
        key=f"audit-{before}",
        column_config={
            "When": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm:ss", help=f"In {zone}"),
            "Details": st.column_config.TextColumn(width="large"),
        },
        alt="The audit trail, newest first",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if before is not None:
            st.button("Newest", icon=":material/first_page:", key="audit-newest", on_click=_go, args=(None,))
        if len(found) > PAGE:
            st.button("Older", icon=":material/chevron_right:", key="audit-older", on_click=_go,
                      args=(shown[-1].event_id,))  # fmt: skip
        download_button("CSV of all that fits", partial(audit_file, wanted), "audit.csv", CSV_TYPE, key="audit-csv",
                        type="tertiary", icon=":material/download:")  # fmt: skip


def audit_file(wanted: Wanted) -> bytes:
    """Every line that is asked for as CSV: instants in UTC, details as JSON."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(EXPORTED)
    with database().accounts() as conn:
        for event in every_audit_event(conn, wanted):
            writer.writerow(guarded(value) for value in as_text(event))
    return text.getvalue().encode("utf-8-sig")


def between(days: tuple[date, ...], zone: str) -> tuple[datetime | None, datetime | None]:
    """The half-open instants of days that were picked, first and last included; a lone first day has no end."""
    starts = [
        datetime.combine(day, time(), ZoneInfo(zone)) for day in (*days[:1], *(d + timedelta(1) for d in days[1:]))
    ]
    return (starts[0] if starts else None, starts[1] if len(starts) > 1 else None)


def _filters(zone: str) -> Wanted:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kinds = st.multiselect("What", [kind.value for kind in Kind], format_func=kind_label, key="audit-kinds",
                               placeholder="Everything", width=320)  # fmt: skip
        name = st.text_input("Who or whom", key="audit-who", placeholder="User name", width=200)
        days = st.date_input("Days", value=[], key="audit-days", format="YYYY-MM-DD", width=240)
    since, until = between(days if isinstance(days, tuple) else (days,), zone)
    return Wanted(tuple(kinds), name or "", since, until)


def _frame(events: list[AuditEvent], regions: dict[int, str], zone: str) -> pd.DataFrame:
    rows = [
        {
            "When": pd.Timestamp(event.noted_at).tz_convert(zone),
            "What": kind_label(event.kind),
            "Who": who(event),
            "Account": event.subject or "–",
            "Details": details_text(event, regions),
            "Address": event.address or "–",
        }
        for event in events
    ]
    return pd.DataFrame(rows)


def _go(before: int | None) -> None:
    st.session_state[_BEFORE] = before
