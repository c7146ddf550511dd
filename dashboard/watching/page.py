"""The page of watches: what they told, newest first, and which there are."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from dashboard.anchors import anchor, show_lines
from dashboard.auth import User
from dashboard.explain.words import moment
from dashboard.load import database
from dashboard.past.words import plain
from dashboard.watching.popover import stop_watching
from data.watches.keeping import Event, Watching, events_of, mark_seen, watches_of
from data.watches.rules import Kind


def watches_page(user: User, *, zone: str) -> None:
    """Everything below the title."""
    with database().accounts() as conn:
        watches = watches_of(conn, account_id=user.account_id)
        events = events_of(conn, account_id=user.account_id)
        mark_seen(conn, events)
    if not watches:
        _none_yet()
        return
    st.header("What they told", anchor=False)
    if not events:
        st.caption("Nothing yet. Watches are looked at within seconds of every load and edit.")
    for event in events:
        _event(event, zone)
    st.header("Watched views", anchor=False)
    for watch in watches:
        _watch(watch)


def _none_yet() -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown("**You watch nothing yet**", text_alignment="center")
        st.markdown(":gray[Open a saved view in Explore and choose “Watch”.]", text_alignment="center")


def _event(event: Event, zone: str) -> None:
    told = event.told
    with st.container(border=True, key=f"watch-event-{event.event_id}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(plain(f"{told['view']}: {told['metric'].lower()} {told['change']}"), anchor=False)
            if event.seen_at is None:
                st.badge("New", color="blue")
        target = f" Its target is {told['target']}." if told["target"] else ""
        st.markdown(plain(f"It {told['rule']}: from {told['before']} to {told['after']}, {told['dates']}.{target}"))
        lines = [*map(_part, told["parts"]), anchor("Explain", told["address"])]
        show_lines(lines, name="watch-parts", label="What moved it")
        st.caption(f"{moment(event.made_at, zone)}, revisions {event.from_revision} to {event.revision}")
        if event.problem:
            st.caption(f":material/error: Not sent everywhere: {plain(event.problem)}.")


def _part(part: dict[str, Any]) -> str:
    who = f", by {escape(part['who'])}" if part["who"] else ""
    return f"<b>{escape(part['amount'])}</b> {escape(part['label'])}{who}"


def _watch(watch: Watching) -> None:
    rule = watch.rule
    size = "" if rule.threshold is None else f"{rule.threshold.normalize():,f}"
    words = {
        Kind.PERCENT: f"moves by more than {size} %",
        Kind.AMOUNT: f"moves by more than {size}",
        Kind.TARGET: "falls below its target",
    }[rule.kind]
    where = ", ".join(filter(None, ("here", f"mail to {rule.by_mail}" if rule.by_mail else "",
                                    "webhook" if rule.webhook else "")))  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"watch-{watch.watch_id}"):
        link = anchor(watch.view, f"/explore?view={watch.view_id}")
        show_lines([f"{link} {escape(words)}; told {escape(where)}, since revision {watch.revision}"], name="watched")
        st.button("Stop watching", key=f"watch-end-{watch.watch_id}", type="tertiary", on_click=stop_watching,
                  args=(watch,))  # fmt: skip
        if watch.problem:
            st.caption(f":material/error: Could not be looked at: {plain(watch.problem)}.")
