"""Where items stand follows from their order and width alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.dashboards.layout import HEIGHT_NAMES, HEIGHT_PX, WIDTH_NAMES, grid_rows, taken
from data.dashboards.kind import COLUMNS, HEIGHTS, WIDTHS, Item


def widths(rows):
    return [[item.width for item in row] for row in rows]


@pytest.mark.parametrize(
    ("given_widths", "rows"),
    [
        ([], []),
        ([12], [[12]]),
        ([4, 8, 6, 6], [[4, 8], [6, 6]]),
        ([8, 6, 4], [[8], [6, 4]]),
        ([3, 3, 3, 3, 3], [[3, 3, 3, 3], [3]]),
        ([6, 12, 6], [[6], [12], [6]]),
    ],
)
def test_an_item_stands_beside_the_one_before_where_there_is_room(given_widths, rows):
    assert widths(grid_rows(Item(1, width) for width in given_widths)) == rows


@given(st.lists(st.sampled_from(WIDTHS), max_size=24))
def test_no_row_is_too_wide_none_is_empty_and_the_order_stays(given_widths):
    rows = grid_rows(Item(1, width) for width in given_widths)
    assert [width for row in widths(rows) for width in row] == given_widths
    assert all(0 < taken(row) <= COLUMNS for row in rows)


def test_every_size_has_a_name_and_a_height():
    assert (tuple(WIDTH_NAMES), tuple(HEIGHT_NAMES), tuple(HEIGHT_PX)) == (WIDTHS, HEIGHTS, HEIGHTS)
