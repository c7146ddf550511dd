"""Links from before there was a home page, and those that are its own."""

import pytest

from dashboard.old_links import is_overviews


@pytest.mark.parametrize("query", ["p=all", "by=week&dept=GROCERY", "revision=12", "vs=none", "p=", "x=1&store=7"])
def test_what_the_overview_wrote_is_its_own(query):
    assert is_overviews(query)


@pytest.mark.parametrize("query", ["", "home=past&revision=12", "start=2017-01-01", "utm_source=mail", "%ff=&&"])
def test_anything_else_is_the_home_page(query):
    assert not is_overviews(query)
