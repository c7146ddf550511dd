"""Undo writes back what a revision changed, as a revision of its own, unless a later edit stands in the way."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.changes.undoing import undo
from data.errors import CannotUndo, NotAllowed, UnknownName
from data.loading.load import load_file
from data.models import Revision
from data.scope import Scope
from tests.changes.shop import ANALYST, MANAGER, OF_STORE_1, add, content, edit, remove, target_row, value, version

TABLES = ("departments", "categories", "products", "stores", "targets", "calendar_events")


def undone(database, saved, *, by=MANAGER, **only):
    return undo(database, saved.revision, editor=by, reason="Undo it", **only)


def test_undo_is_a_revision_that_names_the_one_it_undoes(shop):
    before = content(shop, *TABLES)
    saved = edit(shop, "products", "10", brand="Ours", product_type="OAT MILK")
    back = undone(shop, saved)
    assert content(shop, *TABLES) == before
    with shop.owner.connect() as conn:
        kind, reverts = conn.execute(
            sa.select(Revision.kind, Revision.reverts).where(Revision.revision == back.revision)
        ).one()
    assert (kind, reverts) == ("undo", saved.revision)


def test_undo_of_an_undo_brings_the_edit_back(shop):
    saved = edit(shop, "products", "10", brand="Ours")
    undone(shop, undone(shop, saved))
    assert value(shop, "products", "10", "brand") == "Ours"


def test_what_was_added_goes_and_what_was_removed_comes_back(shop):
    before, row = content(shop, *TABLES), target_row(shop)
    added = add(shop, "targets", department="PRODUCE", month="2017-05", net="3.00")
    removed = remove(shop, "targets", row)
    undone(shop, removed)
    undone(shop, added)
    assert content(shop, *TABLES) == before


def test_columns_that_others_changed_since_stay(shop):
    saved = edit(shop, "products", "10", brand="Ours")
    edit(shop, "products", "10", product_type="OAT MILK")
    undone(shop, saved)
    assert (value(shop, "products", "10", "brand"), value(shop, "products", "10", "product_type")) == (
        "National",
        "OAT MILK",
    )


def test_some_rows_alone_can_be_undone(shop):
    from data.changes.editable import editable_table
    from data.changes.saving import save_changes
    from data.changes.types import RowChange

    changes = [
        RowChange(row=row, version=version(shop, "products", row), set={"brand": "Ours"}) for row in ("10", "20")
    ]
    saved = save_changes(shop, editable_table("products"), changes, editor=MANAGER, reason="Both")
    undone(shop, saved, table="products", rows=["10"])
    assert (value(shop, "products", "10", "brand"), value(shop, "products", "20", "brand")) == ("National", "Ours")


def test_a_column_that_was_changed_again_is_refused(shop):
    saved = edit(shop, "products", "10", brand="Ours")
    later = edit(shop, "products", "10", brand="Theirs")
    with pytest.raises(CannotUndo, match=f"brand was changed again in revision {later.revision}"):
        undone(shop, saved)
    assert value(shop, "products", "10", "brand") == "Theirs"


def test_a_new_row_that_was_changed_since_is_refused(shop):
    saved = add(shop, "products", product=77, category="GROCERY > MILK")
    later = edit(shop, "products", "77", brand="Ours")
    with pytest.raises(CannotUndo, match=f"it was changed again in revision {later.revision}"):
        undone(shop, saved)


def test_a_new_row_that_facts_name_is_refused(shop, tmp_path):
    saved = add(shop, "products", product=77, category="GROCERY > MILK")
    path = tmp_path / "sales.csv"
    path.write_text(
        "basket,product,store,household,sold_at,quantity,net,retail_discount,coupon_discount,coupon_match\n"
        "9,77,1,7,2017-02-03 12:00,1,2.00,0,0,0\n"
    )
    load_file(shop, "sales", path)
    with pytest.raises(CannotUndo, match="1 lines name it"):
        undone(shop, saved)


def test_a_new_row_that_another_row_uses_is_refused(shop):
    saved = add(shop, "categories", department="GROCERY", category="SOUP")
    edit(shop, "products", "10", category="GROCERY > SOUP")
    with pytest.raises(CannotUndo, match="name it"):
        undone(shop, saved)


def test_a_removed_row_that_is_there_again_is_refused(shop):
    saved = remove(shop, "targets", target_row(shop))
    later = add(shop, "targets", department="GROCERY", month="2017-02", net="1.00")
    with pytest.raises(CannotUndo, match=f"it was added again in revision {later.revision}"):
        undone(shop, saved)


def test_a_name_that_was_taken_since_is_refused(shop):
    row = str(value_of(shop, "select department_id from departments where name = 'PRODUCE'"))
    saved = edit(shop, "departments", row, department="FRESH")
    add(shop, "departments", department="PRODUCE")
    with pytest.raises(CannotUndo, match="is there already"):
        undone(shop, saved)


def value_of(database, statement: str):
    with database.owner.connect() as conn:
        return conn.scalar(sa.text(statement))


def test_undoing_twice_says_that_nothing_is_left(shop):
    saved = edit(shop, "products", "10", brand="Ours")
    undone(shop, saved)
    with pytest.raises(CannotUndo, match="has nothing left to undo"):
        undone(shop, saved)


def test_a_revision_that_is_not_there_is_told(shop):
    with pytest.raises(UnknownName, match="no such revision: 999"):
        undo(shop, 999, editor=MANAGER, reason="Undo it")


def test_rows_that_came_with_lines_stay_when_the_load_is_undone(shop):
    before = content(shop, *TABLES)
    loaded = value_of(shop, "select revision from loads")
    assert undo(shop, loaded, editor=MANAGER, reason="Undo it").removed == 3
    assert content(shop, *TABLES) == before


def test_who_may_not_edit_may_not_undo(shop):
    saved = edit(shop, "products", "10", brand="Ours")
    own, other = edit(shop, "stores", "1", name="Old town"), edit(shop, "stores", "2", name="Harbour")
    for editor in (ANALYST, OF_STORE_1):
        with pytest.raises(NotAllowed):
            undone(shop, saved, by=editor)
    undone(shop, own, by=OF_STORE_1)
    with pytest.raises(CannotUndo, match="belongs to a store that is not among yours"):
        undone(shop, other, by=OF_STORE_1)
    assert OF_STORE_1.scope == Scope.of_stores(1)


steps_of = st.lists(
    st.one_of(
        st.tuples(st.just("brand"), st.sampled_from(["10", "20", "30"]), st.sampled_from(["A", "B"])),
        st.tuples(st.just("category"), st.sampled_from(["10", "20"]), st.sampled_from(["GROCERY > BREAD", "GROCERY > MILK"])),
        st.tuples(st.just("target"), st.sampled_from(["2017-02", "2017-03"]), st.sampled_from(["1.00", "2.00", None])),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=steps_of)
def test_undoing_everything_backwards_leaves_what_there_was(shop, asked):
    from data.errors import NothingToSave

    before = content(shop, *TABLES)
    done = []
    for kind, row, wanted in asked:
        try:
            done.append(_edit(shop, kind, row, wanted))
        except NothingToSave:
            continue
    for saved in reversed(done):
        undone(shop, saved)
    assert content(shop, *TABLES) == before


def _edit(database, kind: str, row: str, wanted):
    if kind != "target":
        return edit(database, "products", row, **{kind: wanted})
    number = target_row(database).split(",")[0]
    key = f"{number},{row}-01"
    try:
        seen = version(database, "targets", key)
    except LookupError:
        return add(database, "targets", department="GROCERY", month=row, net=wanted or "9.00")
    if wanted is None:
        return remove(database, "targets", key, at=seen)
    return edit(database, "targets", key, at=seen, net=wanted)
