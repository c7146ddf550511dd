"""Random histories: edits, loads, late and restated lines, and undoing, done to a database and noted in the model."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st

from data.changes.undoing import undo
from data.errors import CannotUndo, NothingToSave
from data.loading.facts import Period
from data.loading.load import load_file
from data.loading.options import Options
from data.models import Department, Load, Product
from data.queries.revisions import current_revision
from tests.changes.shop import LINES, MANAGER, PRODUCTS, STORES, TARGETS, add, edit, remove
from tests.conftest import clone
from tests.revisions.model import Deed, Line, Model, State
from tests.spec.world import World, rows_of

HEADER = "basket,product,store,household,sold_at,quantity,net,retail_discount,coupon_discount,coupon_match\n"
_files = count()

days = st.integers(0, 45).map(lambda n: date(2017, 1, 25) + timedelta(days=n))
product_fields = st.sampled_from([
    {"category": "GROCERY > BREAD"}, {"category": "PRODUCE > FRUIT"}, {"brand": "Ours"}, {"brand": "National"},
    {"unit_of_measure": "thousandth"}, {"unit_of_measure": "piece"}, {"retired": True}, {"product_type": "OTHER"},
    {"category": "GROCERY > MILK", "brand": "Ours"},
])  # fmt: skip
lines = st.lists(
    st.tuples(days, st.sampled_from([10, 20, 30]), st.sampled_from([1, 2, 3]), st.integers(1, 4), st.integers(0, 900)),
    min_size=1, max_size=4,
)  # fmt: skip
happenings = st.one_of(
    st.tuples(st.just("product"), st.sampled_from([10, 20, 30]), product_fields),
    st.tuples(st.just("store"), st.sampled_from([1, 2, 3]), st.sampled_from(["North", "South"])),
    st.tuples(st.just("target"), st.sampled_from([date(2017, 2, 1), date(2017, 3, 1)]), st.integers(0, 300)),
    st.tuples(st.just("load"), st.none(), lines),
    st.tuples(st.just("restate"), days, lines),
    st.tuples(st.just("undo"), st.integers(1, 5), st.none()),
)


@contextmanager
def a_shop(server_url, template, owner_login):
    """A database with the tiny shop, and its model."""
    with clone(server_url, template, owner_login) as database:
        with database.owner.begin() as conn:
            World(conn).products(PRODUCTS).stores(STORES).targets(TARGETS).lines(LINES)
        with database.owner.connect() as conn:
            revision = current_revision(conn)
            load = conn.scalar(sa.select(Load.load_id))
            units = dict(conn.execute(sa.select(Product.product_id, Product.unit_of_measure)).all())
        yield database, Model(_first_state(load, units), revision)


def _first_state(load: int, units: dict[int, str]) -> State:
    state = State()
    for row in rows_of(PRODUCTS):
        number = int(row["product"])
        state.products[number] = {"category": f"{row['department']} > {row['category']}", "brand": row["brand"],
                                  "unit_of_measure": units[number], "product_type": row["product_type"],
                                  "retired": False}  # fmt: skip
    state.stores = {int(row["store"]): {"region": row["region"]} for row in rows_of(STORES)}
    state.targets = {("GROCERY", date(2017, 2, 1)): {"cents": 10_000}}
    state.lines = [
        Line(int(row["basket"]), int(row["product"]), int(row["store"]), int(row["household"]),
             date.fromisoformat(row["sold_on"]), int(row["quantity"]), round(float(row["net"]) * 100), load)
        for row in rows_of(LINES)
    ]  # fmt: skip
    return state


def happen(database, model: Model, folder, happening: tuple[str, Any, Any]) -> None:
    """Let one thing happen; what cannot be done at this moment is left out."""
    kind, what, how = happening
    try:
        if kind == "product":
            saved = edit(database, "products", str(what), **how)
            row = model.at(model.last).products[what]
            changed = tuple((name, value) for name, value in how.items() if row[name] != value)
            model.deeds.append(Deed(saved.revision, "products", what, changed))
        elif kind == "store":
            saved = edit(database, "stores", str(what), region=how)
            model.deeds.append(Deed(saved.revision, "stores", what, (("region", how),)))
        elif kind == "target":
            _set_target(database, model, what, how)
        elif kind == "undo":
            _undo(database, model, model.last - what + 1)
        else:
            _load(database, model, folder, what, how)
    except (NothingToSave, CannotUndo):
        pass


def _set_target(database, model: Model, month: date, cents: int) -> None:
    """A target of so many cents; none where it is zero."""
    key, there = ("GROCERY", month), model.at(model.last).targets
    with database.owner.connect() as conn:
        number = conn.scalar(sa.select(Department.department_id).where(Department.name == "GROCERY"))
    row, amount = f"{number},{month}", f"{cents // 100}.{cents % 100:02d}"
    fields = (("cents", cents),)
    if key not in there:
        if cents:
            saved = add(database, "targets", department="GROCERY", month=f"{month:%Y-%m}", net=amount)
            model.deeds.append(Deed(saved.revision, "targets", key, fields, added=True))
    elif cents:
        saved = edit(database, "targets", row, net=amount)
        model.deeds.append(Deed(saved.revision, "targets", key, fields))
    else:
        saved = remove(database, "targets", row)
        model.deeds.append(Deed(saved.revision, "targets", key, removed=True))


def _load(database, model: Model, folder, day: date | None, rows) -> None:
    """Lines of any days, or three days replaced by those of the lines that fall into them."""
    number = next(_files)
    path, replaced = folder / f"sales-{number}.csv", None
    if day is not None:
        replaced = (day, day + timedelta(days=3))
        rows = [(day + timedelta(days=at % 3), *row[1:]) for at, row in enumerate(rows)]
    made = [
        Line(1000 + number * 10 + at, product, store, 7 + at % 2, sold_on, quantity, cents, 0)
        for at, (sold_on, product, store, quantity, cents) in enumerate(rows)
    ]
    path.write_text(HEADER + "".join(
        f"{line.basket},{line.product},{line.store},{line.household},{line.sold_on} 12:00,{line.quantity},"
        f"{line.cents / 100:.2f},0,0,0\n" for line in made
    ))  # fmt: skip
    load_file(database, "sales", path, options=Options(period=Period(*replaced) if replaced else None))
    with database.owner.connect() as conn:
        load, revision = conn.execute(sa.select(Load.load_id, Load.revision).order_by(Load.revision.desc())).first()
    own = tuple(Line(*(getattr(line, name) for name in Line.__match_args__[:-1]), load) for line in made)
    model.deeds.append(Deed(revision, lines=own, replaced=replaced))


def _undo(database, model: Model, revision: int) -> None:
    if revision <= model.first:
        return
    wrong, before = model.deed(revision), model.at(revision - 1)
    saved = undo(database, revision, editor=MANAGER, reason="Undo it")
    if not wrong.table:
        load = _last_load(database)
        back = [line for line in before.lines if line not in model.at(revision).lines]
        own = tuple(Line(*(getattr(line, name) for name in Line.__match_args__[:-1]), load) for line in back)
        model.deeds.append(Deed(saved.revision, lines=own, undoes=frozenset(line.basket for line in wrong.lines)))
        return
    was = getattr(before, wrong.table).get(wrong.key)
    if was is None:
        model.deeds.append(Deed(saved.revision, wrong.table, wrong.key, removed=True))
    else:
        fields = was.items() if wrong.removed else ((name, was[name]) for name, _ in wrong.fields)
        model.deeds.append(Deed(saved.revision, wrong.table, wrong.key, tuple(fields), added=wrong.removed))


def _last_load(database) -> int:
    with database.owner.connect() as conn:
        return int(conn.scalar(sa.select(sa.func.max(Load.load_id))))
