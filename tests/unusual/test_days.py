"""Days judged and shared out over a small shop on PostgreSQL."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from data.cache import ResultCache
from data.errors import UsageError
from data.scope import Scope
from data.semantic.catalog import catalog
from data.semantic.question import Filter
from data.unusual.contributors import contributors
from data.unusual.days import NOT_OVER, can_be_judged, judged_days, judged_weeks, like_days
from tests.spec.world import World
from tests.unusual.shop import DAYS, FIRST, LAST, ODD, PRODUCTS, amounts, event, lines, open_shop

ALL = Scope.everything()
DAY = timedelta(days=1)


def judged(conn, metric="net_sales", scope=ALL, **more):
    return judged_days(conn, metric=metric, scope=scope, **more)


def told(days):
    return [period.date() for period in days.frame.loc[days.frame["unusual"], "period"]]


def row(days, day):
    return days.frame[days.frame["period"] == day.isoformat()].iloc[0]


def test_the_odd_day_is_found_and_nothing_else(conn):
    open_shop(conn)
    days = judged(conn)
    assert told(days) == [ODD]
    assert (len(days.frame), days.why_not) == (DAYS, "")
    assert row(days, ODD)["value"] == (amounts(ODD)[0] + 400) * 100


@pytest.mark.parametrize("kind", ["event", "holiday", "promotion", "closure"])
def test_a_day_that_the_calendar_names_is_not_told(conn, kind):
    open_shop(conn)
    event(conn, ODD, "Flower day", kind)
    days = judged(conn)
    assert told(days) == []
    assert row(days, ODD)["aside"] == "Flower day"


def test_the_days_beside_a_holiday_are_not_told_and_those_beside_a_promotion_are(conn):
    open_shop(conn)
    event(conn, ODD + DAY, "Founders", "holiday")
    assert told(judged(conn)) == []
    assert row(judged(conn), ODD)["aside"] == "the day before Founders"
    conn.execute(sa.text("update calendar_events set kind = 'promotion'"))
    days = judged(conn)
    assert told(days) == [ODD]
    assert row(days, ODD)["near"] == "the day before Founders"


def test_how_far_an_event_is_stands_beside_days_near_it(conn):
    open_shop(conn)
    event(conn, ODD - 4 * DAY, "Fair", "holiday", days=2)
    assert [row(judged(conn), ODD - back * DAY)["near"] for back in (0, 1, 2)] == [
        "3 days after Fair", "2 days after Fair", "",
    ]  # fmt: skip
    assert row(judged(conn), ODD - 2 * DAY)["aside"] == "the day after Fair"


def test_an_event_elsewhere_excuses_nothing_here(conn):
    open_shop(conn)
    event(conn, ODD, "Only store 1")
    conn.execute(sa.text("update calendar_events set store_id = 1"))
    assert told(judged(conn, scope=Scope.of_stores(2))) == [ODD]
    assert told(judged(conn, filters=(Filter("store", (1,)),))) == []


def test_a_day_without_sales_is_told_and_one_before_the_first_sale_does_not_exist(conn):
    first, silent = FIRST + 3 * DAY, LAST - 5 * DAY
    open_shop(conn, {day: (amounts(day)[0], 0) for day in (FIRST, FIRST + DAY, FIRST + 2 * DAY, silent)})
    days = judged(conn, scope=Scope.of_stores(2))
    assert days.frame["period"].iloc[0].date() == first
    assert told(days) == [silent]


@pytest.mark.parametrize(("hours", "whole"), [(12, False), (24, True)])
def test_a_last_day_that_was_loaded_before_its_end_is_not_judged(conn, hours, whole):
    midnight = datetime.combine(LAST, time(), ZoneInfo("America/New_York"))
    open_shop(conn, {LAST: (5, 1)}, started_at=midnight + timedelta(hours=hours))
    days = judged(conn)
    assert told(days) == ([LAST] if whole else [])
    assert row(days, LAST)["aside"] == ("" if whole else NOT_OVER)


def test_a_day_that_a_later_load_completes_is_judged(database):
    midnight = datetime.combine(ODD, time(), ZoneInfo("America/New_York"))
    with database.owner.begin() as conn:
        world = World(conn).products(PRODUCTS)
        early = world.lines(lines({}, (ODD - FIRST).days + 1), midnight + timedelta(hours=12))
        assert row(judged(conn), ODD)["aside"] == NOT_OVER
    with database.owner.begin() as conn:
        world.conn = conn
        world.lines(f"basket  product  store  household  sold_on  quantity  net\n9001  20  2  8  {ODD}  1  400.00",
                    midnight + timedelta(hours=36))  # fmt: skip
        assert told(judged(conn)) == [ODD]
        assert row(judged(conn, revision=early), ODD)["aside"] == NOT_OVER


def test_the_band_is_of_the_stores_in_scope_and_of_the_filters(conn):
    open_shop(conn)
    assert told(judged(conn, scope=Scope.of_stores(1))) == []
    assert told(judged(conn, scope=Scope.of_stores(2))) == [ODD]
    assert told(judged(conn, filters=(Filter("department", ("GROCERY",)),))) == []
    assert judged(conn, scope=Scope.of_stores()).frame.empty


def test_a_past_revision_is_judged_by_what_was_known_then(database):
    with database.owner.begin() as conn:
        revision = open_shop(conn, days=65)
    with database.owner.begin() as conn:
        event(conn, ODD, "Flower day")
    with database.reading(ALL) as conn:
        assert ODD not in told(judged(conn))
        then = judged(conn, revision=revision)
        assert ODD in told(then)
        assert then.frame["period"].iloc[-1].date() == FIRST + 64 * DAY


def test_an_edit_of_the_calendar_is_seen_through_the_cache(database):
    cache = ResultCache()
    with database.owner.begin() as conn:
        open_shop(conn)
    with database.reading(ALL) as conn:
        assert told(judged(conn, cache=cache)) == [ODD]
        kept = len(cache)
        assert told(judged(conn, cache=cache)) == [ODD]
        assert len(cache) == kept
    with database.owner.begin() as conn:
        event(conn, ODD, "Flower day")
    with database.reading(ALL) as conn:
        assert told(judged(conn, cache=cache)) == []
        assert len(cache) == kept + 1  # the sales themselves are not read again


def test_too_few_days_say_so(conn):
    open_shop(conn, days=30)
    days = judged(conn)
    assert days.why_not == "it takes 56 whole days to tell what is usual; there are 30"
    assert told(days) == []
    assert judged_weeks(days).why_not == days.why_not


def test_nothing_loaded_is_no_days(conn):
    days = judged(conn)
    assert (days.frame.empty, days.why_not) == (True, "there are no facts")


def test_ten_weeks_are_too_few_to_judge_weeks(conn):
    open_shop(conn)
    weeks = judged_weeks(judged(conn))
    assert len(weeks.frame) == 10
    assert weeks.why_not == "there are too few whole weeks without events"


def test_only_what_adds_up_over_days_is_judged(conn):
    known = {name for name, metric in catalog().metrics.items() if can_be_judged(metric)}
    assert {"net_sales", "gross_sales", "discount", "units", "baskets", "lines"} <= known
    assert known.isdisjoint({"households", "average_basket", "discount_rate", "penetration", "target", "attainment"})
    with pytest.raises(UsageError, match="of metrics that add up over days; got 'households'"):
        judged(conn, metric="households")


def test_members_add_up_to_the_difference_from_the_same_weekday(conn):
    open_shop(conn)
    event(conn, ODD - 7 * DAY, "Fair")
    days = judged(conn)
    like = [ODD - 28 * DAY, ODD - 21 * DAY, ODD - 14 * DAY, ODD + 7 * DAY]
    assert like_days(days, ODD) == like
    found = contributors(conn, days, dimension="department", day=ODD, scope=ALL)
    usual = sum(sum(amounts(day)) for day in like) * 100 / 4
    assert found.difference == (amounts(ODD)[0] + 400) * 100 - round(usual)
    assert found.frame["label"].tolist() == ["FLORAL", "GROCERY"]
    assert found.frame["difference"].sum() == found.difference
    assert found.frame["usual"].sum() == round(usual)
    assert found.most(1)["key"].tolist() == ["FLORAL"]
    assert found.others(1) == (1, int(found.frame["difference"].iloc[1]))


def test_members_are_of_what_adds_up_and_need_days_to_compare_with(conn):
    open_shop(conn)
    days = judged(conn, "baskets")
    by_store = contributors(conn, days, dimension="store", day=ODD, scope=ALL)
    assert by_store.difference == 0
    with pytest.raises(UsageError, match="'baskets' does not over 'department'"):
        contributors(conn, days, dimension="department", day=ODD, scope=ALL)
    event(conn, FIRST, "All the time", days=DAYS)
    with pytest.raises(UsageError, match="has none within four weeks"):
        contributors(conn, judged(conn), dimension="store", day=ODD, scope=ALL)
