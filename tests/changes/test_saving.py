"""A save is one revision, all of it or nothing; edits of two people merge, or one is told of the other."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.changes.editable import editable_table
from data.changes.saving import save_changes
from data.changes.types import RowChange
from data.errors import ChangeError, EffectMoved, InvalidChange, NothingToSave, StaleChange
from data.models import Revision
from tests.changes.shop import EVERYTHING, MANAGER, add, content, edit, remove, target_row, value, version
from tests.loading.conftest import Loader

TABLES = ("departments", "categories", "products", "stores", "targets", "calendar_events")


def revisions(database) -> list:
    with database.owner.connect() as conn:
        return conn.execute(sa.select(Revision.revision, Revision.kind, Revision.author, Revision.reason)).all()


def test_a_save_is_one_revision_with_its_author_and_reason(shop):
    before = len(revisions(shop))
    row = target_row(shop)
    changes = [
        RowChange(row=row, version=version(shop, "targets", row), removed=True),
        RowChange(row="a", set={"department": "GROCERY", "month": "2017-03", "net": "7.50"}),
        RowChange(row="b", set={"department": "PRODUCE", "month": "2017-03", "net": "8"}),
    ]
    saved = save_changes(shop, editable_table("targets"), changes, editor=MANAGER, reason="  A new   plan ")
    assert (saved.added, saved.changed, saved.removed) == (2, 0, 1)
    [*_, last] = revisions(shop)
    assert len(revisions(shop)) == before + 1
    assert tuple(last) == (saved.revision, "edit", "meg", "A new plan")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "a\x00b", "\u202ereversed"])
def test_a_revision_needs_a_reason_in_plain_text(shop, reason):
    before = content(shop, *TABLES)
    change = RowChange(row="10", version=version(shop, "products", "10"), set={"brand": "Ours"})
    with pytest.raises(ChangeError, match="reason"):
        save_changes(shop, editable_table("products"), [change], editor=MANAGER, reason=reason)
    assert content(shop, *TABLES) == before


def saved_as_seen(database, seen: int, product: str = "20"):
    """Save an edit of a product whose effect was looked at as of a revision."""
    change = RowChange(row=product, version=version(database, "products", product), set={"brand": "Ours"})
    return save_changes(database, editable_table("products"), [change], editor=MANAGER, reason="Seen", seen=seen)


@pytest.mark.parametrize(
    ("table", "row", "fields"),
    [
        ("products", "20", {"package_size": "1 LB"}),
        ("products", "10", {"category": "PRODUCE > FRUIT"}),
        ("stores", "3", {"region": "North"}),
        ("targets", None, {"net": "7.00"}),
    ],
    ids=["another column", "another row", "another table", "targets"],
)
def test_what_an_effect_rests_on_has_moved_and_is_looked_at_again(shop, table, row, fields):
    seen = revisions(shop)[-1].revision
    moved = edit(shop, table, row or target_row(shop), **fields)
    numbers = revisions(shop)
    with pytest.raises(EffectMoved, match=f"meg saved revision {moved.revision} meanwhile"):
        saved_as_seen(shop, seen)
    assert revisions(shop) == numbers
    assert value(shop, "products", "20", "brand") == "Private"
    assert saved_as_seen(shop, moved.revision).changed == 1


def test_what_no_figure_rests_on_does_not_put_off_a_save(shop):
    seen = revisions(shop)[-1].revision
    add(shop, "calendar_events", name="Fair", first_day="2017-05-01", last_day="2017-05-02")
    assert saved_as_seen(shop, seen).changed == 1


def test_a_load_does_not_put_off_a_save(shop, tmp_path):
    seen = revisions(shop)[-1].revision
    Loader(shop, tmp_path).sales(
        "9,10,1,7,2017-03-01 10:00:00,1,2.00,0,0,0\n8,99,4,7,2017-03-01 10:00:00,1,2.00,0,0,0\n"
    )
    assert [revision.kind for revision in revisions(shop)][-1] == "load"
    assert saved_as_seen(shop, seen).changed == 1


def test_a_conflict_is_told_before_a_moved_effect(shop):
    seen, at = revisions(shop)[-1].revision, version(shop, "products", "20")
    edit(shop, "products", "20", brand="Theirs")
    change = RowChange(row="20", version=at, set={"brand": "Ours"})
    with pytest.raises(StaleChange):
        save_changes(shop, editable_table("products"), [change], editor=MANAGER, reason="Seen", seen=seen)


def test_one_fault_leaves_everything_as_it_was(shop):
    before, numbers = content(shop, *TABLES), revisions(shop)
    changes = [
        RowChange(row="10", version=version(shop, "products", "10"), set={"brand": "Ours"}),
        RowChange(row="20", version=version(shop, "products", "20"), set={"manufacturer": -1}),
    ]
    with pytest.raises(InvalidChange) as refused:
        save_changes(shop, editable_table("products"), changes, editor=MANAGER, reason="Try")
    assert [(fault.row, fault.field) for fault in refused.value.faults] == [("20", "manufacturer")]
    assert (content(shop, *TABLES), revisions(shop)) == (before, numbers)


def test_nothing_to_save_leaves_no_revision(shop):
    numbers = revisions(shop)
    with pytest.raises(NothingToSave):
        edit(shop, "products", "10", brand="National")
    assert revisions(shop) == numbers


def test_edits_of_different_columns_merge(shop):
    seen = version(shop, "products", "10")
    edit(shop, "products", "10", at=seen, brand="Ours")
    edit(shop, "products", "10", at=seen, product_type="OAT MILK")
    assert (value(shop, "products", "10", "brand"), value(shop, "products", "10", "product_type")) == (
        "Ours",
        "OAT MILK",
    )


def test_the_same_column_to_another_value_is_a_conflict(shop):
    seen = version(shop, "products", "10")
    first = edit(shop, "products", "10", at=seen, brand="Ours")
    with pytest.raises(StaleChange) as stale:
        edit(shop, "products", "10", at=seen, brand="Theirs", product_type="OAT MILK")
    [clash] = stale.value.conflicts
    assert (clash.field, clash.original, clash.current, clash.yours) == ("brand", "National", "Ours", "Theirs")
    assert clash.revision == first.revision
    assert value(shop, "products", "10", "product_type") == "WHOLE MILK"


def test_the_same_column_to_the_same_value_is_none(shop):
    seen = version(shop, "products", "10")
    edit(shop, "products", "10", at=seen, brand="Ours")
    edit(shop, "products", "10", at=seen, brand="Ours", product_type="OAT MILK")
    assert value(shop, "products", "10", "product_type") == "OAT MILK"


def test_a_removed_row_that_somebody_changed_is_a_conflict(shop):
    row = target_row(shop)
    seen = version(shop, "targets", row)
    edit(shop, "targets", row, at=seen, net="5.00")
    with pytest.raises(StaleChange):
        remove(shop, "targets", row, at=seen)


def test_a_row_that_somebody_removed_is_told(shop):
    row = target_row(shop)
    seen = version(shop, "targets", row)
    remove(shop, "targets", row)
    with pytest.raises(InvalidChange, match="was removed meanwhile"):
        edit(shop, "targets", row, at=seen, net="5.00")


def test_two_edits_that_fit_alone_and_not_together_are_refused(shop):
    add(shop, "calendar_events", name="Fair", first_day="2017-05-10", last_day="2017-05-20")
    row = str(value_of_event(shop))
    seen = version(shop, "calendar_events", row)
    edit(shop, "calendar_events", row, at=seen, first_day="2017-05-18")
    with pytest.raises(InvalidChange, match="must not lie before first_day"):
        edit(shop, "calendar_events", row, at=seen, last_day="2017-05-12")


def value_of_event(database) -> int:
    with database.owner.connect() as conn:
        return conn.scalar(sa.text("select max(event_id) from calendar_events"))


edits = st.lists(
    st.tuples(
        st.sampled_from(["10", "20", "30"]),
        st.dictionaries(
            st.sampled_from(["brand", "product_type", "package_size"]), st.sampled_from(["A", "B", "C"]), min_size=1
        ),
    ),
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=edits)
def test_saves_one_after_another_are_what_a_dictionary_says(shop, asked):
    model = {row: {name: value(shop, "products", row, name) for name in ("brand", "product_type", "package_size")}
             for row in ("10", "20", "30")}  # fmt: skip
    for row, fields in asked:
        if {**model[row], **fields} == model[row]:
            continue
        edit(shop, "products", row, **fields)
        model[row] |= fields
    with shop.reading(EVERYTHING) as conn:
        rows = conn.execute(sa.text("select product_id, brand, product_type, package_size from products")).all()
    assert {str(row[0]): {"brand": row[1], "product_type": row[2], "package_size": row[3]} for row in rows} == model
