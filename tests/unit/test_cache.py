import pandas as pd

from data.cache import ResultCache


def frame(rows):
    return pd.DataFrame({"n": range(rows)})


def test_what_was_put_is_found_under_its_key_alone():
    cache = ResultCache()
    cache.put("a", frame(3))
    assert cache.get("a")["n"].tolist() == [0, 1, 2]
    assert cache.get("b") is None


def test_a_reader_cannot_change_what_the_next_one_gets():
    cache = ResultCache()
    cache.put("a", frame(2))
    found = cache.get("a")
    found.loc[0, "n"] = 99
    assert cache.get("a")["n"].tolist() == [0, 1]


def test_the_least_recently_used_frame_goes_first():
    cache = ResultCache(max_bytes=3 * 1500)
    for key in ("a", "b"):
        cache.put(key, frame(10))
    cache.get("a")
    for key in ("c", "d"):
        cache.put(key, frame(10))
    assert cache.get("b") is None
    assert cache.get("d") is not None


def test_a_frame_larger_than_the_cache_is_not_kept():
    cache = ResultCache(max_bytes=2000)
    cache.put("a", frame(100_000))
    assert len(cache) == 0
