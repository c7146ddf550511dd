"""Watching the saved view that is open: when to tell, and where to."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import streamlit as st

from dashboard.auth import User, acting_user
from dashboard.explore.state import State
from dashboard.load import database, reading
from data.config import load_settings
from data.errors import UnknownWatch, WatchError
from data.queries.revisions import current_revision
from data.views.reading import SavedView
from data.watches.keeping import Watching, end_watch, make_watch, watches_of
from data.watches.rules import Kind, Rule, check_rule

_KIND, _SIZE, _MAIL, _HOOK, _PROBLEM = (f"watch.{name}" for name in ("kind", "size", "mail", "hook", "problem"))
_NAMES = {
    Kind.PERCENT: "It moves by more than … %",
    Kind.AMOUNT: "It moves by more than an amount",
    Kind.TARGET: "It falls below its target",
}


def watch_popover(view: SavedView, state: State, user: User) -> None:
    """The button that opens it; of the view as it is saved, whatever is changed on the page."""
    with database().accounts() as conn:
        mine = {watch.view_id: watch for watch in watches_of(conn, account_id=user.account_id)}
    watch = mine.get(view.view_id)
    icon = ":material/notifications_active:" if watch else ":material/notifications:"
    label = "Watching" if watch else "Watch"
    with st.popover(label, icon=icon, key=f"watch-{view.view_id}-{watch.watch_id if watch else 0}", type="tertiary"):
        metric = state.subject.metrics[state.metrics[0]]
        st.caption(f"Tell me of {metric.label.lower()} of this view, as it is saved, when a load or an edit moves it.")
        _form(view, watch, has_target=bool(metric.target))


def _form(view: SavedView, watch: Watching | None, *, has_target: bool) -> None:
    settings = load_settings()
    rule = watch.rule if watch else Rule(Kind.PERCENT, Decimal(5))
    kinds = [kind for kind in Kind if kind is not Kind.TARGET or has_target]
    with st.form(f"watch-form-{view.view_id}", border=False, enter_to_submit=False):
        at = kinds.index(rule.kind) if rule.kind in kinds else 0
        st.selectbox("Tell me when", kinds, at, format_func=_NAMES.__getitem__, key=_KIND, width=340)
        size = None if rule.threshold is None else float(rule.threshold)
        st.number_input("More than (percent, or the figure's unit)", 0.0, value=size, key=_SIZE, width=340)
        if settings.smtp_url is not None:
            st.text_input("And mail to", rule.by_mail, key=_MAIL, placeholder="Nobody", width=340)
        if settings.webhook_origins:
            st.text_input("And post to the webhook", rule.webhook, key=_HOOK, placeholder="None", width=340)
        st.form_submit_button("Change the watch" if watch else "Watch it", type="primary", on_click=_save, args=(view,))
    problem = st.session_state.pop(_PROBLEM, "")
    if problem:
        st.caption(f":material/error: {problem}")
    if watch is not None:
        st.button("Stop watching", key="watch-end", on_click=stop_watching, args=(watch,))


def _save(view: SavedView) -> None:
    held, user = st.session_state, acting_user()
    if user is None:
        return
    size = held.get(_SIZE)
    threshold = None if size is None else Decimal(str(size))
    rule = Rule(held[_KIND], threshold, held.get(_MAIL, ""), held.get(_HOOK, ""))
    try:
        rule = check_rule(rule, webhook_origins=load_settings().webhook_origins)
        with reading(user.scope) as conn:
            newest = current_revision(conn)
        with database().accounts() as conn:
            make_watch(conn, rule, account_id=user.account_id, view_id=view.view_id, revision=newest)
    except WatchError as error:
        held[_PROBLEM] = f"{str(error)[0].upper()}{str(error)[1:]}."
        return
    st.toast("Watched. What it tells stands on Watches.", icon=":material/notifications_active:")


def stop_watching(watch: Watching) -> None:
    """End the watch of who is logged in now; one that was ended in another tab is as it was wanted."""
    user = acting_user()
    if user is None:
        return
    with suppress(UnknownWatch), database().accounts() as conn:
        end_watch(conn, watch_id=watch.watch_id, account_id=user.account_id)
