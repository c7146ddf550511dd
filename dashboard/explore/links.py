"""The state of Explore as the words of a link, and back. What a link names in vain is told, never an error."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode

from dashboard.explore.state import MOST_METRICS, MOST_ROWS, TOPS, Chart, State, first_state
from dashboard.past.words import LAST_POSSIBLE, PARAM, revision_in
from dashboard.periods import PERIODS, Comparison, Period
from dashboard.selection import dates_in, word_in
from data.errors import UsageError
from data.semantic.catalog import catalog
from data.semantic.members import check_filter
from data.semantic.question import Filter, Match
from data.semantic.types import PERIOD, Dimension, Grain, Unit

PARAMS = (
    "m",
    "r",
    "c",
    "by",
    "p",
    "from",
    "to",
    "vs",
    "vsfrom",
    "vsto",
    "f",
    "chart",
    "draw",
    "top",
    "sort",
    "l",
    "lp",
    "view",
    PARAM,
)
Params = Mapping[str, Sequence[str]]
_NOTHING = "-"  # an empty list, told apart from one that is not in the link


def to_params(state: State) -> dict[str, list[str]]:
    """What a link says: only what differs from the first state, in short words."""
    plain = first_state()
    params: dict[str, list[str]] = {}

    def say(name: str, value: object, default: object, words: list[str]) -> None:
        if value != default:
            params[name] = words

    say("m", state.metrics, plain.metrics, [",".join(state.metrics)])
    say("r", state.rows, plain.rows, [",".join(state.rows) or _NOTHING])
    say("c", state.columns, plain.columns, [state.columns or _NOTHING])
    say("by", state.grain, plain.grain, [state.grain.value])
    say("p", state.period, plain.period, [state.period.value])
    if state.period is Period.CUSTOM and state.dates:
        params["from"], params["to"] = ([day.isoformat()] for day in state.dates)
    say("vs", state.comparison, plain.comparison, [state.comparison.value])
    if state.comparison is Comparison.CUSTOM and state.against:
        params["vsfrom"], params["vsto"] = ([day.isoformat()] for day in state.against)
    say("f", state.filters, (), [filter_word(item) for item in state.filters])
    say("chart", state.chart, plain.chart, [state.chart.value])
    say("draw", state.metric, state.metrics[0], [state.metric])
    say("top", state.top, None, [str(state.top)])
    say("sort", state.sort, "", [state.sort])
    if state.lines is not None:
        params["l"] = [filter_word(item) for item in state.lines] or [_NOTHING]
        say("lp", state.lines_page, 1, [str(state.lines_page)])
    say("view", state.view, None, [str(state.view)])
    say(PARAM, state.revision, None, [str(state.revision)])
    return params


def from_params(params: Params, newest: int = LAST_POSSIBLE) -> tuple[State, list[str]]:
    """The state that a link asks for, and what of it was left out because nothing goes by that name.

    A revision after the `newest` is left out, too.
    """
    ignored: list[str] = []
    state = first_state()
    if "m" in params:
        state = _with_metrics(state, params["m"], ignored)
    state = _with_keys(state, params, ignored)
    period = word_in(Period, params.get("p"), state.period, ignored, among=PERIODS)
    comparison = word_in(Comparison, params.get("vs"), state.comparison, ignored)
    dates = dates_in(params, "from", "to") if period is Period.CUSTOM else None
    against = dates_in(params, "vsfrom", "vsto") if comparison is Comparison.CUSTOM else None
    if period is Period.CUSTOM and dates is None:
        ignored.append("the dates")
        period = state.period
    if comparison is Comparison.CUSTOM and against is None:
        ignored.append("the dates to compare with")
        comparison = state.comparison
    lines = _filters(state, [word for word in params["l"] if word != _NOTHING], ignored) if "l" in params else None
    return (
        replace(
            state,
            grain=word_in(Grain, params.get("by"), state.grain, ignored),
            period=period,
            comparison=comparison,
            dates=dates,
            against=against,
            filters=_filters(state, params.get("f", ()), ignored),
            chart=word_in(Chart, params.get("chart"), state.chart, ignored),
            drawn=_last(params, "draw") or None,
            top=_number(_last(params, "top"), TOPS, ignored),
            sort=_last(params, "sort"),
            lines=lines,
            lines_page=_number(_last(params, "lp"), range(1, 1_000_000), ignored) or 1,
            view=_number(_last(params, "view"), range(1, 2**31), ignored),
            revision=revision_in(_last(params, PARAM), newest, ignored),
        ),
        ignored,
    )


def as_link(state: State) -> str:
    """What stands after the question mark, the opened view and its lines aside: what a saved view keeps."""
    return urlencode(to_params(replace(state, view=None, lines=None, lines_page=1)), doseq=True)


def from_link(link: str) -> tuple[State, list[str]]:
    """The state of a saved link, and what of it goes by no name any more."""
    return from_params(parse_qs(link))


def filter_word(item: Filter) -> str:
    """`store.in:367,368`; what would be mistaken for a separator is escaped."""
    return f"{item.dimension}.{item.match.value}:{','.join(_written(member) for member in item.members)}"


def _written(member: Any) -> str:
    return "" if member is None else quote(str(member), safe=" >&/()-")


def _with_metrics(state: State, words: Sequence[str], ignored: list[str]) -> State:
    names = list(dict.fromkeys(words[-1].split(",")))
    known = [name for name in names if name in catalog().metrics]
    subject = replace(state, metrics=(known[0],)).subject if known else state.subject
    kept = [name for name in known if name in subject.metrics][:MOST_METRICS]
    ignored += [name for name in names if name not in kept]
    if not kept:
        return state
    return replace(state, metrics=tuple(kept), rows=state.rows if subject is state.subject else ())


def _with_keys(state: State, params: Params, ignored: list[str]) -> State:
    known = {*state.subject.dimensions, PERIOD}
    rows = state.rows
    if "r" in params:
        names = [name for name in dict.fromkeys(params["r"][-1].split(",")) if name not in {"", _NOTHING}]
        ignored += [name for name in names if name not in known]
        rows = tuple(name for name in names if name in known)[:MOST_ROWS]
    columns = _last(params, "c")
    if columns and columns != _NOTHING and columns not in known:
        ignored.append(columns)
    return replace(state, rows=rows, columns=columns if columns in known - set(rows) else None)


def _filters(state: State, words: Sequence[str], ignored: list[str]) -> tuple[Filter, ...]:
    found: dict[tuple[str, Match], Filter] = {}
    for word in words:
        name, _, rest = word.partition(".")
        match, _, members = rest.partition(":")
        dimension = state.subject.dimensions.get(name)
        try:
            if dimension is None:
                raise UsageError(f"no such dimension: {name!r}")
            item = Filter(name, _members(dimension, Match(match), members), Match(match))
            check_filter(item, dimension)
            found[item.dimension, item.match] = item
        except (UsageError, ValueError):
            ignored.append(word)
    return tuple(found.values())


def _members(dimension: Dimension, match: Match, words: str) -> tuple[Any, ...]:
    """The keys, with their types; a search takes its text as it is."""
    parts = [unquote(part) for part in words.split(",")]
    if dimension.unit is Unit.TEXT or match is Match.SEARCH:
        return tuple(part or None for part in parts)
    return tuple(int(part) if part else None for part in parts)


def _last(params: Params, name: str) -> str:
    return params[name][-1] if params.get(name) else ""


def _number(word: str, allowed: Collection[int], ignored: list[str]) -> int | None:
    if not word:
        return None
    if word.isdecimal() and len(word) < 10 and int(word) in allowed:
        return int(word)
    ignored.append(word)
    return None
