"""A streaming replica that charts are read from, as long as it is one and is as new as the primary."""

from data.replica.reading import Replica, is_lost
from data.replica.standing import Standing, State

__all__ = ["Replica", "Standing", "State", "is_lost"]
