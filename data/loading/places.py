"""Where the baskets of a file were seen, so that most files need no second look by the database."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

MOST_BASKETS = 4_000_000
_PLACE = np.dtype([("store", np.int32), ("household", np.int32), ("day", np.int32)])
Numbers = np.ndarray[Any, np.dtype[np.int64]]
Records = np.ndarray[Any, np.dtype[np.void]]


class Places:
    """The one place of each basket: store, household and business date, 20 bytes a basket.

    `apart` says that a basket was seen in two places. Beyond MOST_BASKETS nothing more is remembered (`full`): memory
    stays bounded, and the database is asked instead.
    """

    def __init__(self) -> None:
        self.apart = False
        self.full = False
        self._baskets: Numbers = np.array([], dtype=np.int64)
        self._places: Records = np.array([], dtype=_PLACE)

    @property
    def first_and_last(self) -> tuple[int, int]:
        """The lowest and the highest basket seen."""
        return int(self._baskets[0]), int(self._baskets[-1])

    def note(self, lines: pa.Table) -> None:
        """Look at some lines."""
        if self.full or self.apart or not lines.num_rows:
            return
        baskets = lines["basket_id"].to_numpy()
        order = np.argsort(baskets, kind="stable")
        baskets, places = baskets[order], _places(lines)[order]
        starts = np.concatenate([[True], baskets[1:] != baskets[:-1]])
        self.apart = bool((~starts[1:] & (places[1:] != places[:-1])).any())
        self._merge(baskets[starts], places[starts])

    def _merge(self, baskets: Numbers, places: Records) -> None:
        at = np.searchsorted(self._baskets, baskets)
        known = at < len(self._baskets)
        known[known] = self._baskets[at[known]] == baskets[known]
        self.apart = self.apart or bool((self._places[at[known]] != places[known]).any())
        self._baskets = np.insert(self._baskets, at[~known], baskets[~known])
        self._places = np.insert(self._places, at[~known], places[~known])
        self.full = len(self._baskets) > MOST_BASKETS


def _places(lines: pa.Table) -> Records:
    places = np.empty(lines.num_rows, dtype=_PLACE)
    places["store"] = lines["store_id"].to_numpy()
    places["household"] = lines["household_id"].to_numpy()
    places["day"] = lines["sold_on"].cast(pa.int32()).to_numpy()
    return places
