"""What stands around the figures, each as a small script of its own."""

from streamlit.testing.v1 import AppTest


def past():
    from datetime import UTC, datetime

    import streamlit as st

    from dashboard.states import past_revision

    def back():
        st.session_state["back"] = True

    opened_at = datetime(2017, 12, 24, 1, 30, tzinfo=UTC)
    past_revision(
        9, newest=st.session_state.get("newest", 13), opened_at=opened_at, time_zone="America/New_York", on_return=back
    )


def test_a_past_revision_is_named_in_business_time_with_the_way_back():
    page = AppTest.from_function(past).run()
    assert "As of **revision 9**, 23 Dec 2017, 20:30 · 4 revisions since" in page.markdown[0].value
    page.button(key="back-to-now").click().run()
    assert page.session_state["back"]


def test_one_revision_since_is_one():
    page = AppTest.from_function(past)
    page.session_state["newest"] = 10
    assert page.run().markdown[0].value.endswith("1 revision since")


def table():
    import pandas as pd
    import streamlit as st

    from dashboard.exports import Table
    from dashboard.panels import show_table
    from data.semantic.types import ColumnSpec, Unit

    frame = pd.DataFrame(
        {
            "name": ["DELI", "MEAT"],
            "net": [17_988_493, -5],
            "average": [2968.385, float("nan")],
            "baskets": [11_795, 0],
            "moved": [0.0202, float("nan")],
        }
    )
    columns = (
        ColumnSpec("name", "Department", Unit.TEXT),
        ColumnSpec("net", "Net sales", Unit.CENTS),
        ColumnSpec("average", "Average basket", Unit.CENTS_RATIO),
        ColumnSpec("baskets", "Baskets", Unit.COUNT),
        ColumnSpec("moved", "Change", Unit.RATIO),
    )
    rows = st.session_state.get("rows", 2)
    show_table(Table("T", frame.head(rows), columns, frozenset({"moved"})), key="t", alt="A table")


def test_a_table_holds_money_in_units_under_readable_headings():
    shown = AppTest.from_function(table).run()
    assert not shown.exception
    frame = shown.dataframe[0].value
    assert list(frame.columns) == ["Department", "Net sales", "Average basket", "Baskets", "Change"]
    assert frame["Net sales"].tolist() == [179_884.93, -0.05]
    assert frame["Average basket"].tolist()[0] == 29.68


def test_an_empty_table_keeps_its_headings():
    page = AppTest.from_function(table)
    page.session_state["rows"] = 0
    page.run()
    assert not page.exception
    assert list(page.dataframe[0].value.columns)[:2] == ["Department", "Net sales"]
