"""How long Explain takes over many revisions: a year of sales, so many edits after it, one question over all of them.

daybook load sample                                        # into a database of its own
DATABASE_URL=... python benchmarks/compare_revisions.py    # makes edits up to 1,000 revisions, then times
"""

from __future__ import annotations

import argparse
import random
import time

import sqlalchemy as sa

from data.changes.editable import editable_table
from data.changes.saving import save_changes
from data.changes.types import Editor, RowChange
from data.config import load_settings
from data.db import Database, make_engine
from data.models import Product
from data.queries.revisions import current_revision
from data.revisions.compare import Comparison, Method, comparison
from data.scope import Scope
from data.semantic.question import Filter, Query

EVERYTHING = Scope.everything()
EDITOR = Editor("benchmark", "admin", EVERYTHING)
CATEGORIES = ("FUEL > FUEL", "MISCELLANEOUS > COUPON/MISC ITEMS", "GROCERY > FLUID MILK PRODUCTS")
QUESTIONS = {
    "net sales in all": Query(("net_sales",)),
    "net sales of a department": Query(("net_sales",), filters=(Filter("department", ("GROCERY",)),)),
    "baskets of a department": Query(("baskets",), filters=(Filter("department", ("GROCERY",)),)),
}


def edit_up_to(database: Database, revisions: int) -> None:
    """Move products to and fro until there are so many revisions."""
    draw = random.Random(1)
    with database.reading(EVERYTHING) as conn:
        products = list(conn.scalars(sa.select(Product.product_id).order_by(Product.product_id)))
        newest = current_revision(conn)
    for number in range(newest, revisions):
        product = draw.choice(products)
        with database.reading(EVERYTHING) as conn:
            version = conn.execute(sa.select(Product.revision).where(Product.product_id == product)).scalar_one()
        wanted = {"category": CATEGORIES[number % len(CATEGORIES)], "product_type": f"TYPE {number}"}
        change = RowChange(row=str(product), version=version, set=wanted)
        save_changes(database, editable_table("products"), [change], editor=EDITOR, reason=f"Edit {number}")
        if number % 100 == 0:
            print(f"{number:,} revisions", flush=True)


def timed(database: Database, query: Query, method: Method) -> tuple[Comparison, float]:
    """The comparison over all revisions, without a cache, and the seconds that it took."""
    with database.reading(EVERYTHING) as conn:
        newest = current_revision(conn)
        began = time.perf_counter()
        found = comparison(conn, query, from_revision=1, to_revision=newest, scope=EVERYTHING, method=method)
        return found, time.perf_counter() - began


def main() -> None:
    """Print a line for each question."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--revisions", type=int, default=1_000)
    wanted = parser.parse_args().revisions
    url = load_settings().database_url
    if url is None:
        raise SystemExit("DATABASE_URL must name a database with the sample; it is edited")
    engine = make_engine(url.get_secret_value())
    database = Database(engine, engine, engine)
    edit_up_to(database, wanted)
    for name, query in QUESTIONS.items():
        found, seconds = timed(database, query, Method.TIMELINE)
        if not found.adds_up:
            raise SystemExit(f"{name}: the parts do not add up")
        print(f"{name:28} {len(found.parts):3} parts, {found.to_revision:,} revisions: {seconds:6.2f} s")
    engine.dispose()


if __name__ == "__main__":
    main()
