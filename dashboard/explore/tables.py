"""The figures of Explore as a table, the statement behind them, the single rows behind a mark, and their files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from dashboard import format as fmt
from dashboard.auth import while_allowed
from dashboard.downloads import download_button
from dashboard.explore.controls import ask_for
from dashboard.explore.explored import Explored
from dashboard.explore.questions import LINES_A_PAGE, lines_query
from dashboard.explore.state import State
from dashboard.exports import CSV_TYPE, PARQUET_TYPE, XLSX_TYPE, Table, csv_file, parquet_file, xlsx_file
from dashboard.load import charted
from dashboard.panels import show_table
from dashboard.past.words import file_suffix
from dashboard.periods import Span
from data.queries.lines import fact_line_count, fact_lines
from data.queries.metrics import Result
from data.scope import Scope
from data.semantic.details import MOST_LINES, Lines
from data.semantic.types import Unit

MOST_SHOWN = 500


def show_figures(explored: Explored, notes: list[str]) -> None:
    """The table as asked for, and its files."""
    with st.container(border=True, key="panel-table", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.header("Figures", anchor=False)
            _downloads(explored.table, explored.tidy, notes, explored.file_name, key="figures")
        shown = first_rows(explored.table)
        show_table(shown, key="figures-table", alt=f"{explored.title}: {len(explored.table.frame)} rows", rows=16)
        if len(shown.frame) < len(explored.table.frame):
            st.caption(f"The first {MOST_SHOWN} of {len(explored.table.frame):,} rows and the total; files hold all.")
        for reason in dict.fromkeys(column.reason for column in explored.tidy.columns if column.reason):
            st.caption(f":material/info: {fmt.UNDEFINED} {reason}")


def show_sql(explored: Explored) -> None:
    """The statement behind the table."""
    with st.expander("SQL", icon=":material/code:", key="explore-sql", on_change="rerun") as opened:
        if opened.open:
            st.code(explored.tidy.sql, language="sql", wrap_lines=True)


def show_lines(conn: sa.Connection, state: State, span: Span, notes: list[str], *, scope: Scope, zone: str) -> None:
    """The single rows behind a mark, page by page; instants in the business's time zone."""
    if state.lines is None:
        return
    asked = lines_query(state, span)
    count = fact_line_count(conn, asked, scope=scope, revision=state.revision)
    pages = max(1, -(-count // LINES_A_PAGE))
    here = min(state.lines_page, pages)
    page = replace(asked, offset=(here - 1) * LINES_A_PAGE)
    found = _local(fact_lines(conn, page, scope=scope, revision=state.revision), zone)
    with st.container(border=True, key="panel-lines", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.header(f"{count:,} {state.subject.subject.label.lower()} lines", anchor=False)
            whole = replace(asked, limit=MOST_LINES, offset=0)
            every = while_allowed(partial(_every_line, whole, scope, zone, state.revision), scope=scope)
            with st.container(horizontal=True, width="content"):
                _line_downloads(
                    every, notes, f"lines-{span.last}{file_suffix(state.revision)}", many=count > MOST_LINES
                )
                st.button("Close", icon=":material/close:", type="tertiary", key="lines-close", on_click=ask_for,
                          args=(replace(state, lines=None, lines_page=1),))  # fmt: skip
        show_table(
            Table("Lines", found.frame, found.columns), key="lines-table", alt=f"Page {here} of {pages}", rows=16
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            for word, to in (("Previous page", here - 1), ("Next page", here + 1)):
                st.button(word, key=f"lines-{word}", disabled=not 1 <= to <= pages, on_click=ask_for,
                          args=(replace(state, lines_page=to),))  # fmt: skip
            st.caption(f"Page {here:,} of {pages:,}")


def first_rows(table: Table) -> Table:
    """What a page shows of a long table: its first rows, and the total below them."""
    if len(table.frame) <= MOST_SHOWN + 1:
        return table
    return replace(table, frame=pd.concat([table.frame.head(MOST_SHOWN), table.frame.tail(1)]))


def _downloads(table: Table, tidy: Result, notes: list[str], file: str, *, key: str) -> None:
    with st.container(horizontal=True, width="content"):
        _download("CSV", partial(csv_file, table), f"{file}.csv", CSV_TYPE, key)
        _download("XLSX", partial(xlsx_file, [table], notes), f"{file}.xlsx", XLSX_TYPE, key)
        _download("Parquet", partial(parquet_file, tidy.frame, tidy.columns), f"{file}.parquet", PARQUET_TYPE, key)


def _line_downloads(every: Callable[[], Result], notes: list[str], file: str, *, many: bool) -> None:
    def table() -> Table:
        found = every()
        return Table("Lines", found.frame, found.columns)

    limit = [f"The first {MOST_LINES:,} lines; there are more."] if many else []
    _download("CSV", lambda: csv_file(table()), f"{file}.csv", CSV_TYPE, "lines")
    _download("XLSX", lambda: xlsx_file([table()], [*notes, *limit]), f"{file}.xlsx", XLSX_TYPE, "lines")
    _download("Parquet", lambda: _parquet(every()), f"{file}.parquet", PARQUET_TYPE, "lines")


def _local(found: Result, zone: str) -> Result:
    instants = [column.name for column in found.columns if column.unit is Unit.INSTANT]
    local = {name: found.frame[name].dt.tz_convert(zone) for name in instants}
    return replace(found, frame=found.frame.assign(**local))


def _every_line(asked: Lines, scope: Scope, zone: str, revision: int | None) -> Result:
    """In a snapshot of its own: a file is made when it is asked for, long after the page was."""
    return _local(charted(scope, lambda conn: fact_lines(conn, asked, scope=scope, revision=revision)), zone)


def _parquet(found: Result) -> bytes:
    return parquet_file(found.frame, found.columns)


def _download(word: str, make: Callable[[], bytes], file: str, type_: str, key: str) -> None:
    download_button(word, make, file, type_, key=f"{key}-{word}", help=f"Download {file}",
                    type="tertiary", icon=":material/download:")  # fmt: skip
