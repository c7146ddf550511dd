"""How well a text fits what somebody types."""

import pandas as pd
import pytest

from data.search.index import NOWHERE, places_of, with_text
from data.search.words import Asked, Place, words_in


@pytest.mark.parametrize(
    ("typed", "name", "place"),
    [
        ("ice cream", "Ice cream", Place.EXACT),
        ("ICE", "Ice cream", Place.START),
        ("cream ice", "Ice cream", Place.WORDS),
        ("sand cr", "ICE CREAM SANDWICHES, 12 CT", Place.WORDS),
        ("ream", "Ice cream", Place.WITHIN),
        ("ice tea", "Ice cream", None),
        ("milk/", "MILK BY-PRODUCTS", Place.START),
    ],
)
def test_the_place_of_a_name(typed, name, place):
    assert Asked.of(typed).place([name]) is place


def test_a_description_comes_after_every_name():
    assert Asked.of("till").place(["Baskets"], ["Visits to the till."]) is Place.MENTIONED
    assert Asked.of("baskets till").place(["Baskets"], ["Visits to the till."]) is Place.MENTIONED


@pytest.mark.parametrize("typed", ["", "  ", "/?!", "---"])
def test_nothing_typed_asks_for_nothing(typed):
    assert Asked.of(typed).words == ()
    assert Asked.of(typed).place(["Ice cream"]) is None


@pytest.mark.parametrize(
    ("typed", "known", "mended"),
    [
        ("ice craem", {"ice", "cream"}, "ice cream"),  # neighbours changed places
        ("choclate", {"chocolate"}, "chocolate"),  # a letter missing
        ("sandwitches", {"sandwiches"}, "sandwiches"),  # one too many
        ("vegitabels", {"vegetables"}, "vegetables"),  # two slips in a long word
        ("mlk", {"milk"}, "mlk"),  # too short to tell
        ("cola", {"coffee"}, "cola"),  # nothing is near
        ("12345", {"12346"}, "12345"),  # a number is not a slip
        ("cre", {"cream"}, "cre"),  # the beginning of a known word
    ],
)
def test_slips_of_the_finger(typed, known, mended):
    asked = Asked.of(typed).mend(known)
    assert asked.phrase == mended
    assert bool(asked.mended) == (typed != mended)


def test_many_texts_have_the_places_that_each_has_alone():
    names = ["ICE CREAM", "Ice cream sandwiches", "Cream, iced", "Nice creamer", "MILK", "Crème glacée", "ice"]
    frame = with_text(pd.DataFrame({"label": pd.Series(names, dtype="str"), "key": range(900, 907)}))
    for typed in ("ice cream", "cream", "c", "crème", "903", "90", "milk", "xyz", "ice"):
        asked = Asked.of(typed)
        found = places_of(frame["text"], asked.words).tolist()
        alone = [asked.place([name, str(key)]) for name, key in zip(names, range(900, 907), strict=True)]
        assert found == [NOWHERE if place is None or place is Place.MENTIONED else place for place in alone], typed


def test_words_are_runs_of_letters_and_digits():
    assert words_in("ICE CREAM/MILK_12-ct, no. 7") == ("ice", "cream", "milk", "12", "ct", "no", "7")
