"""Going down from a mark, and what is drawn when nobody has chosen."""

from datetime import date

from dashboard.explore.state import Chart, State, one_of
from dashboard.periods import Period, Span
from data.semantic.question import Filter, Match
from data.semantic.types import PERIOD, Grain

SPAN = Span(date(2017, 1, 20), date(2017, 6, 1))


def test_down_the_product_hierarchy():
    state = State(rows=("department",)).drill("department", one_of("department", "GROCERY"), SPAN)
    assert (state.rows, state.filters) == (("category",), (Filter("department", ("GROCERY",)),))
    state = state.drill("category", one_of("category", "GROCERY > MILK"), SPAN)
    assert state.rows == ("product",)
    assert state.drilled("product") is None


def test_region_leads_to_store_in_the_columns_too():
    state = State(rows=("department",), columns="region").drill("region", one_of("region", "North"), SPAN)
    assert (state.rows, state.columns) == (("department",), "store")


def test_year_quarter_month_day():
    state = State(rows=(PERIOD,), grain=Grain.YEAR, period=Period.ALL)
    for day, grain in (
        (date(2017, 1, 1), Grain.QUARTER),
        (date(2017, 4, 1), Grain.MONTH),
        (date(2017, 5, 1), Grain.DAY),
    ):
        state = state.drill(PERIOD, day, state.span(SPAN.start, SPAN.last))
        assert state.grain is grain
    assert state.dates == (date(2017, 5, 1), date(2017, 5, 31))
    assert state.drilled(PERIOD) is None


def test_a_bucket_that_the_period_cuts_off_stays_cut_off():
    state = State(rows=(PERIOD,), grain=Grain.MONTH).drill(PERIOD, date(2017, 1, 1), SPAN)
    assert state.dates == (date(2017, 1, 20), date(2017, 1, 31))
    assert state.period is Period.CUSTOM


def test_a_filter_replaces_the_one_of_its_kind_alone():
    state = State(filters=(Filter("store", (1,)), Filter("store", (9,), Match.NOT_IN)))
    assert state.filtered(Filter("store", (2,))).filters == (Filter("store", (9,), Match.NOT_IN), Filter("store", (2,)))


def test_the_chart_that_suits():
    drawn = {keys: State(rows=keys).resolved_chart() for keys in ((), ("store",), (PERIOD,), ("store", PERIOD))}
    assert drawn == {(): Chart.NUMBER, ("store",): Chart.BAR, (PERIOD,): Chart.LINE, ("store", PERIOD): Chart.LINE}
    assert State(rows=("store",), columns="weekday").resolved_chart() is Chart.HEATMAP
    assert State(rows=("store",), chart=Chart.TABLE).resolved_chart() is Chart.TABLE
