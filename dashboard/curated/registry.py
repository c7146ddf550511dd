"""Every piece of the curated pages by its page and key, for who has a link to it and no page around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dashboard.curated import attainment, calendar, customers, lift, products, promotions, stores
from dashboard.curated.asked import Asked
from dashboard.curated.piece import Piece
from dashboard.exports import Table
from data.errors import UsageError
from data.queries.campaigns import CampaignDates
from data.queries.lift import DISPLAY, MAILER, WAY

Words = Mapping[str, str]
Maker = Callable[[Asked, Words], Piece | Table | None]


def piece_of(page: str, key: str, asked: Asked, words: Words) -> Piece | Table:
    """The piece, made anew; `words` are what the link says besides filters.

    Raises UsageError for one that is not there, and where there is nothing to show.
    """
    make = PIECES.get((page, key))
    if make is None:
        raise UsageError(f"there is no such figure: {page[:40]!r}, {key[:40]!r}")
    found = make(asked, words)
    if found is None:
        raise UsageError("there is nothing to show for these dates and filters")
    return found


def _one_of(words: Words, name: str, allowed: tuple[str, ...]) -> str:
    said = words.get(name, allowed[0])
    if said not in allowed:
        raise UsageError(f"{name} must be one of {', '.join(allowed)}; got {said[:40]!r}")
    return said


def _movers(asked: Asked, _: Words) -> Piece | None:
    before = asked.compared
    return None if before is None else products.movers(asked, products.changes(asked, before), before)


def _price_and_volume(asked: Asked, _: Words) -> Piece | None:
    before = asked.compared
    return None if before is None else products.price_and_volume(asked, products.changes(asked, before), before)


def _growth(asked: Asked, _: Words) -> Piece | None:
    return None if asked.compared is None else stores.size_and_growth(asked, asked.compared)


def _campaign(asked: Asked, words: Words) -> CampaignDates:
    table = promotions.campaigns(asked)
    names = promotions.names_of(table)
    if not names:
        raise UsageError("no campaign was on in these dates")
    said = words.get("campaign", "")
    numbers = {str(number): number for number in names} | {name: number for number, name in names.items()}
    return promotions.dates_of(asked, numbers.get(said, list(names)[promotions.largest(table)]))


def _promoted(asked: Asked) -> lift.Found:
    found = lift.found_lift(asked)
    if isinstance(found, str):
        raise UsageError(found.rstrip("."))
    return found


def _of_targets(make: Callable[[Asked], Piece | Table | None]) -> Maker:
    """Targets are set for all stores together: who may see some of them sees none."""
    return lambda asked, _: make(asked) if asked.user.scope.stores is None else None


PIECES: Mapping[tuple[str, str], Maker] = {
    ("products", "movers"): _movers,
    ("products", "price-volume"): _price_and_volume,
    ("products", "pareto"): lambda asked, _: products.pareto(asked),
    ("products", "pairs-table"): lambda asked, words: products.pairs(asked, _one_of(words, "pairs", products.PAIRS_OF)),
    ("stores", "stores"): lambda asked, _: stores.ranking(asked),
    ("stores", "growth"): _growth,
    ("stores", "each-store"): lambda asked, _: stores.each(asked),
    ("customers", "cohorts"): lambda asked, _: customers.cohorts(asked),
    ("customers", "loyalty"): lambda asked, _: customers.loyalty(asked),
    ("customers", "mix"): lambda asked, words: customers.mix(asked, _one_of(words, "mix-of", customers.MIXED)),
    ("customers", "segments"): lambda asked, _: customers.segments(asked),
    ("promotions", "campaigns"): lambda asked, _: promotions.campaigns(asked),
    ("promotions", "around"): lambda asked, words: promotions.around(asked, _campaign(asked, words)),
    ("promotions", "lift"): lambda asked, _: lift.lift(_promoted(asked), WAY, asked.currency),
    ("promotions", "lift-display"): lambda asked, _: lift.lift(_promoted(asked), DISPLAY, asked.currency),
    ("promotions", "lift-mailer"): lambda asked, _: lift.lift(_promoted(asked), MAILER, asked.currency),
    ("promotions", "lifted"): lambda asked, _: lift.lifted(asked, _promoted(asked)),
    ("promotions", "phases"): lambda asked, words: promotions.phases(asked, _campaign(asked, words)),
    ("calendar", "days"): lambda asked, words: calendar.days(asked, _one_of(words, "metric", calendar.METRICS)),
    ("calendar", "hours"): lambda asked, words: calendar.hours(asked, _one_of(words, "metric", calendar.METRICS)),
    ("calendar", "events"): lambda asked, _: calendar.events(asked),
    ("attainment", "attainment"): _of_targets(attainment.by_month),
    ("attainment", "run-rate"): _of_targets(lambda asked: attainment.at_this_rate(asked)[1]),
}
