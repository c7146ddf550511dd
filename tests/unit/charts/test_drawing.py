"""A figure as it is sent: plain values, and the same that Plotly makes of it."""

import json

import pandas as pd
import plotly.io

from dashboard.charts.drawing import Drawing

PARTS = {
    "data": [
        {
            "type": "scatter",
            "x": pd.Series(pd.to_datetime(["2017-02-01", None])),
            "y": pd.Series([1.5, float("nan")]),
            "customdata": [("a", 1), ("b", 2)],
        }
    ],
    "layout": {"xaxis": {"range": [pd.Timestamp("2017-02-01"), pd.Timestamp("2017-02-03")]}, "showlegend": False},
}


def test_dates_and_unknown_values_are_sent_as_json_has_them():
    sent = json.loads(plotly.io.to_json(Drawing(PARTS), validate=False))
    (mark,) = sent["data"]
    assert mark["x"] == ["2017-02-01T00:00:00", None]
    assert mark["y"] == [1.5, None]
    assert mark["customdata"] == [["a", 1], ["b", 2]]
    assert sent["layout"] == {"xaxis": {"range": ["2017-02-01T00:00:00", "2017-02-03T00:00:00"]}, "showlegend": False}


def test_who_looks_into_a_figure_gets_it_checked():
    figure = Drawing(PARTS)
    assert figure.layout.xaxis.range[0] == pd.Timestamp("2017-02-01")
    assert list(figure.data[0].y[:1]) == [1.5]
