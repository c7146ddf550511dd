"""How long it takes to review and to save an edit of 1,000 products, and to list a page of all products.

daybook load sample                              # into a database of its own
DATABASE_URL=... python benchmarks/editing.py    # moves products to another category and back, so it makes revisions
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict

import sqlalchemy as sa

from data.changes.editable import editable_table
from data.changes.effect import effects
from data.changes.listing import Asked, listed_count, listed_rows, listed_versions
from data.changes.planning import plan_changes
from data.changes.saving import save_changes
from data.changes.touched import resting_facts
from data.changes.types import Editor, RowChange
from data.changes.undoing import undo
from data.config import load_settings
from data.db import Database, make_engine
from data.scope import Scope

EVERYTHING = Scope.everything()
EDITOR = Editor("benchmark", "admin", EVERYTHING)
PRODUCTS = editable_table("products")
FROM, TO = ("GROCERY > BAG SNACKS", "GROCERY > SOFT DRINKS"), "FUEL > FUEL"
MORE = ("GROCERY > HISPANIC", "GROCERY > FRZN MEAT/MEAT DINNERS", "GROCERY > BAKED BREAD/BUNS/ROLLS")
PAGE_ROWS = 50
LISTED = {
    "a page of all products": Asked(),
    "a page, searched": Asked(search="gasoline"),
    "a page, filtered": Asked(filters=(("category", FROM),)),
    "a page, sorted by type": Asked(sort="product_type", descending=True),
}


def edit_of(database: Database, products: int, number: int) -> list[RowChange]:
    """So many products of the categories, to another; those of the edit with that number.

    Each edit takes others: products that were classed anew before stand alone, and move faster.
    """
    with database.reading(EVERYTHING) as conn:
        rows = listed_versions(conn, PRODUCTS, Asked(filters=(("category", FROM + MORE),)), scope=EVERYTHING)
    if len(rows) < products:
        raise SystemExit(f"{', '.join(FROM + MORE)} have {len(rows):,} products; wanted {products:,}")
    first = number % (len(rows) // products) * products
    return [
        RowChange(row=row, version=version, set={"category": TO}) for row, version in rows[first : first + products]
    ]


def review(conn: sa.Connection, changes: list[RowChange]) -> None:
    """What a review shows at once: the difference, what is against it, and the facts and money on the rows."""
    plan = plan_changes(conn, PRODUCTS, changes, editor=EDITOR)
    resting_facts(conn, PRODUCTS, [row.ids for row in plan.fitting.rows if row.ids is not None], scope=EVERYTHING)


def preview(conn: sa.Connection, changes: list[RowChange]) -> None:
    """What it shows on demand: every figure that would be another one, before and after."""
    effects(conn, plan_changes(conn, PRODUCTS, changes, editor=EDITOR).fitting, scope=EVERYTHING)


def milliseconds_since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def tell(what: str, took: list[float]) -> None:
    print(f"{what:40} median {statistics.median(took):7.0f} ms, longest {max(took):7.0f} ms", flush=True)


def time_edits(database: Database, products: int, rounds: int) -> None:
    """Review, preview, save and undo, round by round."""
    took: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds):
        changes = edit_of(database, products, number)
        for what, ask in (("review", review), ("preview of the figures", preview)):
            with database.reading(EVERYTHING) as conn:
                began = time.perf_counter()
                ask(conn, changes)
                took[what].append(milliseconds_since(began))
        began = time.perf_counter()
        saved = save_changes(database, PRODUCTS, changes, editor=EDITOR, reason="Benchmark")
        took["save"].append(milliseconds_since(began))
        began = time.perf_counter()
        undo(database, saved.revision, editor=EDITOR, reason="Undone")
        took["undo"].append(milliseconds_since(began))
    for what, times in took.items():
        tell(f"{what}, {products:,} products", times)


def time_pages(database: Database, rounds: int) -> None:
    """What the grid asks the database for one page."""
    for what, asked in LISTED.items():
        took = []
        for turn in range(rounds):
            with database.reading(EVERYTHING) as conn:
                began = time.perf_counter()
                listed_count(conn, PRODUCTS, asked, scope=EVERYTHING)
                listed_rows(conn, PRODUCTS, asked, scope=EVERYTHING, limit=PAGE_ROWS, offset=PAGE_ROWS * turn)
                took.append(milliseconds_since(began))
        tell(what, took)


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    url = load_settings().database_url
    if url is None:
        raise SystemExit("DATABASE_URL must name a database with the sample; it is edited")
    engine = make_engine(url.get_secret_value())
    database = Database(engine, engine, engine)
    time_pages(database, asked.rounds)
    time_edits(database, asked.products, asked.rounds)
    engine.dispose()


if __name__ == "__main__":
    main()
