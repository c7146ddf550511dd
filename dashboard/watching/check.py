"""Every watch held against the newest revision; what it has to tell is kept with its explanation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd
import sqlalchemy as sa

from dashboard.explain.question import Question, explain_address, plain
from dashboard.explain.words import amount
from dashboard.explore.links import from_link
from dashboard.explore.state import State
from dashboard.load import Resources
from dashboard.periods import Period, Span
from data.accounts.accounts import account_of
from data.accounts.user import User, user_of
from data.db import Database
from data.errors import DataError, UsageError
from data.queries.freshness import freshness
from data.queries.metrics import metric_result
from data.queries.revisions import current_revision
from data.revisions.asked import Asked, shown_in
from data.revisions.compare import comparison
from data.scope import Scope
from data.semantic.question import Compare, Query, Versus
from data.semantic.types import Metric, Unit
from data.views.reading import saved_view
from data.watches.keeping import Watching, add_event, due_watches, note_checked, take_watch
from data.watches.rules import Kind

_MONEY = {Unit.CENTS, Unit.CENTS_RATIO}


@dataclass(frozen=True)
class Round:
    """What one look at all watches came to: how many were looked at, and how many had something to tell."""

    looked: int
    told: int


@dataclass(frozen=True)
class Figure:
    """The figure of a view at a revision, over the dates that the view meant then. Money is in cents."""

    revision: int
    span: Span
    value: Decimal | None
    target: Decimal | None = None


def check_watches(database: Database) -> Round:
    """Look at every watch that a newer revision may have moved; each in a transaction of its own, once."""
    with database.reading(Scope.everything()) as conn:
        newest = current_revision(conn)
    with database.accounts() as conn:
        due = due_watches(conn, newest=newest)
    looked = told = 0
    for watch_id in due:
        with database.accounts() as conn:
            watch = take_watch(conn, watch_id=watch_id, newest=newest)
            if watch is None:
                continue
            looked += 1
            told += _look(database, conn, watch, newest)
    return Round(looked, told)


def figure_of_view(conn: sa.Connection, state: State, *, revision: int, scope: Scope, target: bool = False) -> Figure:
    """The first metric of the view in all, as of a revision; a period such as the last 28 days is the one of then."""
    fresh = freshness(conn, facts=state.subject.subject.facts.name, revision=revision)
    if fresh.first_business_date is None or fresh.last_business_date is None:
        raise UsageError(f"no facts had been loaded at revision {revision}")
    span = state.span(fresh.first_business_date, fresh.last_business_date)
    query = Question(plain(state)).query(span)
    value = Asked(conn, query, scope, Resources.cache).at(revision)
    return Figure(revision, span, value, _target(conn, query, scope, revision) if target else None)


def _look(database: Database, accounts: sa.Connection, watch: Watching, newest: int) -> bool:
    """Whether the watch told something; what keeps it from being looked at is noted on it."""
    try:
        user, state = _whose(database, accounts, watch)
        with database.reading(user.scope) as conn:
            target = watch.rule.kind is Kind.TARGET
            before, now = (
                figure_of_view(conn, state, revision=revision, scope=user.scope, target=target)
                for revision in (watch.revision, newest)
            )
            tells = _tells(watch, state, before, now)
            told = _told(conn, watch, state, before, now, user.scope) if tells else None
    except DataError as error:
        note_checked(accounts, watch, checked=newest, problem=str(error))
        return False
    below = _is_below(now) if target else None
    if told is None:
        note_checked(accounts, watch, checked=newest, fired=below)
        return False
    add_event(accounts, watch, revision=newest, before=before.value, after=now.value, told=told)
    note_checked(accounts, watch, checked=newest, revision=newest, fired=below)
    return True


def _whose(database: Database, conn: sa.Connection, watch: Watching) -> tuple[User, State]:
    """Whose it is, with the permissions of today, and what the view holds now."""
    account = account_of(conn, account_id=watch.account_id)
    if account.disabled_at is not None:
        raise UsageError("the account is disabled")
    view = saved_view(conn, view_id=watch.view_id, account_id=watch.account_id)
    state, ignored = from_link(view.content.link)
    if ignored:
        raise UsageError(f"the view names what is not known any more: {', '.join(ignored[:5])}")
    return user_of(account, database), replace(state, revision=None)


def _target(conn: sa.Connection, query: Query, scope: Scope, revision: int) -> Decimal | None:
    (name,) = query.metrics
    asked = replace(query, compare=Compare(Versus.TARGET))
    answer = metric_result(conn, asked, scope=scope, cache=Resources.cache, revision=revision)
    column = f"{name}_target"
    if column not in answer.frame:
        raise UsageError(f"no target is set for {name}")
    value = answer.frame[column].iloc[0]
    return None if pd.isna(value) else Decimal(str(value))


def _is_below(figure: Figure) -> bool:
    return figure.target is not None and figure.value is not None and figure.value < figure.target


def _tells(watch: Watching, state: State, before: Figure, now: Figure) -> bool:
    """Whether the rule is met. A slow drift adds up: figures are held against the last ones that were told."""
    rule, unit = watch.rule, state.subject.metrics[state.metric].unit
    if rule.kind is Kind.TARGET:
        return _is_below(now) and not watch.fired
    moved = abs((now.value or Decimal(0)) - (before.value or Decimal(0)))
    threshold = rule.threshold or Decimal(0)
    if rule.kind is Kind.AMOUNT:
        return (shown_in(unit, moved) if unit in _MONEY else moved) > threshold
    if not before.value:
        return bool(moved)
    return moved / abs(before.value) * 100 > threshold


def _told(
    conn: sa.Connection, watch: Watching, state: State, before: Figure, now: Figure, scope: Scope
) -> dict[str, Any]:
    """The explanation: what each revision did over the earlier dates, and what it made that the dates moved on."""
    metric = state.subject.metrics[state.metric]
    query = Question(plain(state)).query(before.span)
    found = comparison(conn, query, from_revision=before.revision, to_revision=now.revision, scope=scope,
                       cache=Resources.cache)  # fmt: skip
    parts = [
        (part.group.label, ", ".join(dict.fromkeys(c.author for c in part.group.causes)), part.contribution)
        for part in found.parts
        if part.contribution
    ]
    moved_on = (now.value or Decimal(0)) - (found.after or Decimal(0))
    if moved_on:
        parts.append((f"The dates moved on, from {before.span} to {now.span}", "", moved_on))
    return {
        "view": watch.view,
        "metric": metric.label,
        "rule": rule_in_words(watch, metric),
        "dates": str(now.span),
        "before": amount(before.value, metric.unit),
        "after": amount(now.value, metric.unit),
        "change": amount((now.value or Decimal(0)) - (before.value or Decimal(0)), metric.unit, sign=True),
        "target": None if now.target is None else amount(now.target, metric.unit),
        "parts": [
            {"label": label, "who": who, "amount": amount(value, metric.unit, sign=True)} for label, who, value in parts
        ],
        "address": explain_address(_over(state, before.span), old=before.revision, new=now.revision),
    }


def _over(state: State, span: Span) -> State:
    return replace(state, period=Period.CUSTOM, dates=(span.start, span.last))


def rule_in_words(watch: Watching, metric: Metric) -> str:
    """`moved by more than 5 %`."""
    threshold = "" if watch.rule.threshold is None else f"{watch.rule.threshold.normalize():,f}"
    match watch.rule.kind:
        case Kind.PERCENT:
            return f"moved by more than {threshold} %"
        case Kind.AMOUNT:
            return f"moved by more than {threshold}{'' if metric.unit is not Unit.RATIO else ' (a share of 1)'}"
        case Kind.TARGET:
            return "fell below its target"
