import pytest
import sqlalchemy as sa

from data.errors import FrameError
from data.frames import read_frame
from data.semantic.types import ColumnSpec, Unit


def test_columns_must_be_those_declared(conn):
    with pytest.raises(FrameError, match="columns must be a; the statement gave b"):
        read_frame(conn, sa.select(sa.literal(1).label("b")), [ColumnSpec("a", "A", Unit.COUNT)])


def test_a_count_may_not_be_empty(conn):
    with pytest.raises(FrameError, match="column a must not be empty; it is in row 1"):
        read_frame(conn, sa.select(sa.null().label("a")), [ColumnSpec("a", "A", Unit.COUNT)])


def test_every_unit_keeps_its_dtype_without_rows(conn):
    specs = [ColumnSpec(unit.value, unit.value, unit) for unit in Unit]
    stmt = sa.select(*(sa.null().label(unit.value) for unit in Unit)).where(sa.false())
    frame = read_frame(conn, stmt, specs)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {spec.name: spec.dtype for spec in specs}
