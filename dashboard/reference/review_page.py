"""The parts of the review page: faults, conflicts, the difference, and the way to save."""

from __future__ import annotations

from functools import partial

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard import format as fmt
from dashboard.auth import User
from dashboard.downloads import download_button
from dashboard.exports import CSV_TYPE, Table, csv_file
from dashboard.load import Resources, database
from dashboard.panels import show_table
from dashboard.reference.acting import epoch
from dashboard.reference.review_actions import (
    NOTE,
    REASON,
    SEEN,
    TO,
    hand_draft_over,
    keep_mine,
    keep_theirs,
    remember_reason,
    save,
    send_draft_back,
    submit_draft,
    take_out,
)
from dashboard.reference.reviewing import Review, difference, effect_frame, in_words
from data.changes.effect import effects
from data.changes.saving import MOST_REASON
from data.changes.types import FieldConflict
from data.drafts.reading import DraftRecord, managers
from data.drafts.saving import may_approve
from data.semantic.types import ColumnSpec, Unit

_MOST_CONFLICTS = 20


def headline(review: Review) -> str:
    """What the draft comes to, in one sentence."""
    fitting = review.plan.fitting
    parts = [
        f"{len(rows):,} row{'s' if len(rows) != 1 else ''} {word}"
        for word, rows in (("added", fitting.added), ("changed", fitting.changed), ("removed", fitting.removed))
        if rows
    ]
    said = ", ".join(parts) or "nothing to save"
    resting = [
        f"{rests.facts:,} {_counted(rests.facts_label.lower(), rests.facts)}"
        + (f" and {fmt.exact(rests.money, Unit.CENTS)} of {rests.money_label.lower()}" if rests.money_label else "")
        for rests in review.rests
        if rests.facts
    ]
    return said + (f"; {' and '.join(resting)} rest on them" if resting else "")


def _counted(plural: str, count: int) -> str:
    return plural.removesuffix("s") if count == 1 else plural


def faults(review: Review, draft: DraftRecord) -> None:
    """The rules that values break, with the values, and the way to take the rows out."""
    found = review.plan.faults
    if not found:
        return
    rows = sorted({fault.row for fault in found})
    with st.container(border=True, key="review-faults"):
        st.subheader(f"{len(rows):,} row{'s' if len(rows) != 1 else ''} cannot be saved like this", anchor=False)
        frame = pd.DataFrame(
            [(fault.label, fault.field, fault.value, fault.rule) for fault in found],
            columns=["Row", "Column", "Value", "Rule"],
        )
        st.dataframe(frame, hide_index=True, alt="Values that break a rule, and the rules")
        st.button(f"Take {len(rows):,} out of the draft", key="drop-faulty", on_click=partial(take_out, draft, rows))


def conflicts(review: Review, draft: DraftRecord) -> None:
    """Fields that somebody else saved meanwhile: what it was, what it is, what you want, and whose stays."""
    found = review.plan.conflicts
    if not found:
        return
    with st.container(border=True, key="review-conflicts"):
        st.subheader(f"Somebody saved {len(found):,} of these values meanwhile", anchor=False)
        st.caption("Nothing that you typed is lost: choose whose value stays.")
        with st.container(horizontal=True):
            st.button("Keep all of mine", key="all-mine", on_click=partial(keep_mine, draft, found))
            st.button("Keep all of theirs", key="all-theirs", on_click=partial(keep_theirs, draft, found))
        for at, clash in enumerate(found[:_MOST_CONFLICTS]):
            _conflict(clash, review.table.field(clash.field).label.lower(), at, draft)
        if len(found) > _MOST_CONFLICTS:
            st.caption(f"and {len(found) - _MOST_CONFLICTS:,} more")


def _conflict(clash: FieldConflict, column: str, at: int, draft: DraftRecord) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"conflict-{at}"):
        st.markdown(f"**{clash.label}**, {column}")
        st.markdown(
            f"original **{in_words(clash.original)}** · current **{in_words(clash.current)}** "
            f"(revision {clash.revision}) · yours **{in_words(clash.yours)}**"
        )
        st.button("Keep mine", key=f"mine-{at}", on_click=partial(keep_mine, draft, (clash,)))
        st.button("Keep theirs", key=f"theirs-{at}", on_click=partial(keep_theirs, draft, (clash,)))


def changes_table(review: Review, draft: DraftRecord, *, own: bool) -> None:
    """The difference per row and field; rows can be picked and taken out of the draft."""
    if not review.rows:
        return
    frame, columns = difference(review)
    with st.container(border=True, key="review-difference"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.subheader("What changes", anchor=False)
            table = Table(f"Changes of {review.table.label.lower()}", frame, columns)
            download_button("CSV", partial(csv_file, table), "changes.csv", CSV_TYPE,
                            type="tertiary", icon=":material/download:")  # fmt: skip
        show_table(table, key="difference", alt=headline(review), rows=14)
        if review.merged:
            st.caption(
                f":material/merge: Somebody else changed other columns of {review.merged:,} of these rows; "
                "what they saved stays."
            )
        if review.plan.fitting.same:
            st.caption(f"{review.plan.fitting.same:,} rows are already as you want them.")
        _retiring(review)
        if own:
            labels = dict(zip(frame["row"], frame["label"], strict=True))
            with st.popover("Take rows out", icon=":material/remove:", key=f"review-take-out-{epoch()}"):
                picked = st.multiselect("Rows", list(labels), format_func=labels.__getitem__, key="review.picked")
                st.button("Take them out of the draft", key="take-out", on_click=partial(take_out, draft, picked),
                          disabled=not picked)  # fmt: skip


def _retiring(review: Review) -> None:
    """Retiring hides rows from new data, and takes nothing from old figures: say what still names them."""
    if not review.retired:
        return
    facts = sum(rests.rows[row.row].facts for rests in review.rests for row in review.retired if row.row in rests.rows)
    others: dict[str, int] = {}
    for row in review.retired:
        for name, count in review.naming.get(row.row, {}).items():
            others[name] = others.get(name, 0) + count
    used = [f"{facts:,} facts", *(f"{count:,} {name.replace('_', ' ')}" for name, count in sorted(others.items()))]
    st.caption(
        f":material/archive: {len(review.retired):,} would be retired; {', '.join(used)} name them and keep them. "
        "Figures do not change."
    )


def effect(conn: sa.Connection, review: Review, *, user: User) -> None:
    """What saving would do to the figures, once asked for: it asks the same questions as charts do."""
    if not review.rows or not st.toggle("Show the effect on figures", key="review.show-effect"):
        return
    columns = [
        ColumnSpec("metric", "Metric", Unit.TEXT),
        ColumnSpec("by", "By", Unit.TEXT),
        ColumnSpec("member", "Member", Unit.TEXT),
        ColumnSpec("before", "Now", Unit.NUMBER),
        ColumnSpec("after", "After saving", Unit.NUMBER),
        ColumnSpec("change", "Change", Unit.NUMBER),
    ]
    frame = effect_frame(effects(conn, review.plan.fitting, scope=user.scope, cache=Resources.cache))
    with st.container(border=True, key="review-effect"):
        st.subheader("Effect on figures, over all dates", anchor=False)
        if frame.empty:
            st.caption("No sum of money, pieces or targets changes by any dimension.")
            return
        show_table(Table("Effect on figures", frame, tuple(columns), frozenset({"change"})), key="effect",
                   alt="Figures now and after saving, by the members that change", rows=12)  # fmt: skip


def saving(review: Review, draft: DraftRecord, *, user: User, own: bool, approval: bool) -> None:
    """The reason and the button that saves, submits, or approves."""
    if not own and not draft.is_submitted:
        return
    with st.container(border=True, key="review-save"):
        if REASON not in st.session_state or st.session_state.get("review.draft") != draft.draft_id:
            st.session_state["review.draft"] = draft.draft_id
            st.session_state[REASON] = draft.reason
            st.session_state.pop(SEEN, None)
        st.session_state.setdefault(SEEN, review.revision)
        editable = own and not draft.is_submitted
        st.text_input("Reason", key=REASON, max_chars=MOST_REASON, disabled=not editable,
                      placeholder="Why do you make this change? It stays with the revision.",
                      on_change=partial(remember_reason, draft))  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center"):
            if draft.is_submitted:
                _approving(review, draft, user)
            elif approval:
                st.button("Submit for approval", type="primary", icon=":material/approval:", key="submit",
                          disabled=not review.can_be_saved, on_click=partial(submit_draft, draft))  # fmt: skip
                st.caption(f"Edits of {review.table.label.lower()} take effect once a second manager approves them.")
            else:
                st.button("Save as revision", type="primary", icon=":material/save:", key="save",
                          disabled=not review.can_be_saved, on_click=partial(save, review, draft))  # fmt: skip
            if editable:
                _handing_over(draft, user)


def _approving(review: Review, draft: DraftRecord, user: User) -> None:
    if may_approve(draft, account_id=user.account_id):
        st.button("Approve and save", type="primary", icon=":material/approval:", key="approve",
                  disabled=not review.can_be_saved, on_click=partial(save, review, draft))  # fmt: skip
        with st.popover("Send back", key="send-back-ask"):
            st.text_input("What has to change", key=NOTE, max_chars=MOST_REASON)
            st.button("Send back", key="send-back", on_click=partial(send_draft_back, draft))
    else:
        st.caption("Submitted; a second manager has to approve it.")
        st.button("Take it back", key="take-back", on_click=partial(send_draft_back, draft))


def _handing_over(draft: DraftRecord, user: User) -> None:
    with database().accounts() as conn:
        others = dict(managers(conn, but=user.account_id))
    if not others:
        return
    with st.popover("Hand over", icon=":material/forward:", key=f"hand-over-ask-{epoch()}"):
        st.selectbox("To", list(others), format_func=others.__getitem__, key=TO)
        st.text_input("Note", key=NOTE, max_chars=MOST_REASON)
        st.button("Hand over the draft", key="hand-over", on_click=partial(hand_draft_over, draft, others))
