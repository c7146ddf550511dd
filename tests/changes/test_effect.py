"""What a review says an edit would do is what the figures then say; nothing is written meanwhile."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.changes.editable import editable_table
from data.changes.effect import effects
from data.changes.planning import plan_changes
from data.changes.saving import save_changes
from data.changes.types import RowChange
from data.queries.metrics import metric_result
from data.semantic.question import Query
from tests.changes.shop import EVERYTHING, MANAGER, content, target_row, version

TABLES = ("departments", "categories", "products", "stores", "targets")
NAMES = ("net_sales", "gross_sales", "units", "target")

edits = st.one_of(
    st.tuples(
        st.just("products"),
        st.dictionaries(
            st.sampled_from(["10", "20", "30"]),
            st.sampled_from([{"category": "GROCERY > BREAD"}, {"category": "PRODUCE > FRUIT"}, {"brand": "Ours"}]),
            min_size=1,
        ),
    ),
    st.tuples(
        st.just("stores"),
        st.dictionaries(st.sampled_from(["1", "2", "3"]), st.sampled_from([{"region": "North"}, {"region": "South"}]), min_size=1),
    ),
    st.tuples(st.just("targets"), st.fixed_dictionaries({"": st.sampled_from([{"net": "1.50"}, {"net": "700"}])})),
)  # fmt: skip


def by(database, dimension: str) -> pd.DataFrame:
    with database.reading(EVERYTHING) as conn:
        frame = metric_result(conn, Query(NAMES, (dimension,)), scope=EVERYTHING).frame
    return frame.set_index(frame[dimension].astype("str"))


@pytest.mark.committing
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=edits)
def test_the_effect_is_what_saving_does_to_the_figures(shop, asked):
    name, wanted = asked
    table = editable_table(name)
    rows = {row or target_row(shop): fields for row, fields in wanted.items()}
    changes = [RowChange(row=row, version=version(shop, name, row), set=fields) for row, fields in rows.items()]
    untouched = content(shop, *TABLES)
    with shop.reading(EVERYTHING) as conn:
        plan = plan_changes(conn, table, changes, editor=MANAGER)
        found = effects(conn, plan.fitting, scope=EVERYTHING)
    assert content(shop, *TABLES) == untouched
    if not plan.fitting.rows:
        assert found == []
        return
    dimensions = ("department", "category", "brand", "region")
    before = {dimension: by(shop, dimension) for dimension in dimensions}
    save_changes(shop, table, changes, editor=MANAGER, reason="As shown")
    told = {
        (effect.metric.name, effect.dimension.name, row.key): (row.before, row.after)
        for effect in found
        for row in effect.frame.itertuples()
        if effect.metric.name in NAMES and effect.dimension.name in dimensions
    }
    assert told == _differences(before, {dimension: by(shop, dimension) for dimension in dimensions})


def _differences(before, after) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Every figure that is another one now."""
    found = {}
    for dimension, frame in before.items():
        for name in NAMES:
            sides = pd.DataFrame({"was": frame[name], "now": after[dimension][name]}).fillna(0).astype("int64")
            for key, row in sides[sides["was"] != sides["now"]].iterrows():
                found[name, dimension, key] = (row["was"], row["now"])
    return found
