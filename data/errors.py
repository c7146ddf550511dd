"""Errors that a person is meant to read.

The docstring of a class is its default message. Every message names the rule, the value got and the place, and ends
with the remedy where there is one. Commands print the message alone; pages show it without a traceback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data.changes.types import Fault, FieldConflict
    from data.saved.kinds import Saved


_MOST_SHOWN = 5


class DataError(Exception):
    """Something in the data or the server needs attention."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class UsageError(DataError):
    """The request itself is wrong: an unknown name, a bad value, a missing option."""


class SettingsError(UsageError):
    """A setting in the environment is not usable."""


class ServerError(DataError):
    """The PostgreSQL server could not be started or reached."""


class ReplicaLost(ServerError):
    """The replica broke off what was read from it; read it again, from the primary."""


class SchemaError(DataError):
    """The database schema does not fit this version of Daybook; run `daybook migrate`."""


class LoadError(DataError):
    """The file was not loaded; nothing has changed."""


class AlreadyLoaded(LoadError):
    """This content has been loaded before."""


class BackupError(DataError):
    """The backup cannot be made or used."""


class UnknownName(UsageError):
    """No such metric, dimension, table or member."""


class InvalidFilter(UsageError):
    """A filter does not fit its dimension."""


class CatalogError(DataError):
    """The catalog of metrics and dimensions is declared wrongly."""


class FrameError(DataError):
    """A query returned columns that its declaration does not name."""


class AccountError(DataError):
    """The account cannot be created or changed like this."""


class TokenError(DataError):
    """The token cannot be made or revoked like this."""


class ViewError(DataError):
    """The saved view cannot be opened or changed like this."""


class UnknownView(ViewError):
    """There is no such view, or it is not shared with you."""


class NotYourView(ViewError):
    """The view is somebody else's."""


class InvalidView(ViewError):
    """The view cannot be saved under this name."""


class Stale(DataError):
    """Somebody saved it after you opened it."""

    def __init__(self, current: Saved[Any], base_version: int) -> None:
        super().__init__(
            f"{current.saved_by} saved version {current.version} of {current.content.name!r} after you opened version "
            f"{base_version}; open theirs, or save yours under another name"
        )
        self.current = current


class StaleView(ViewError, Stale):
    """Somebody saved the view after you opened it."""


class DashboardError(DataError):
    """The dashboard cannot be opened or changed like this."""


class UnknownDashboard(DashboardError):
    """There is no such dashboard, or it is not shared with you."""


class NotYourDashboard(DashboardError):
    """The dashboard is somebody else's."""


class InvalidDashboard(DashboardError):
    """The dashboard cannot be saved like this."""


class StaleDashboard(DashboardError, Stale):
    """Somebody saved the dashboard after you opened it."""


class WatchError(DataError):
    """The view cannot be watched like this."""


class InvalidWatch(WatchError):
    """A rule or an address of the watch is not valid."""


class UnknownWatch(WatchError):
    """There is no such watch, or it is somebody else's."""


class PinError(DataError):
    """The figures cannot be pinned or shown like this."""


class UnknownPin(PinError):
    """There is no pin behind this link."""


class TooMuchToPin(PinError):
    """The answer has too many rows to be kept."""


class ChangeError(DataError):
    """The edit was not saved; nothing has changed."""


class NotAllowed(ChangeError):
    """You may not make this edit."""


class InvalidName(ChangeError):
    """The revision cannot be called this."""


class UnknownDraft(ChangeError):
    """There is no such draft, or it is somebody else's."""


class CannotUndo(ChangeError):
    """The revision cannot be undone; nothing has changed."""


class NothingToSave(ChangeError):
    """Everything is already as you want it; there is nothing to save."""


class InvalidChange(ChangeError):
    """Some values break a rule; nothing was saved."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join([*map(str, faults[:_MOST_SHOWN]), *_more(len(faults))]))
        self.faults = faults


class StaleChange(ChangeError):
    """Somebody saved other values meanwhile; nothing of yours was saved."""

    def __init__(self, conflicts: tuple[FieldConflict, ...]) -> None:
        super().__init__("; ".join([*map(str, conflicts[:_MOST_SHOWN]), *_more(len(conflicts))]))
        self.conflicts = conflicts


class EffectMoved(ChangeError):
    """Somebody saved meanwhile what the effect rests on; nothing of yours was saved. Look at the effect again."""


def _more(count: int) -> list[str]:
    return [f"and {count - _MOST_SHOWN:,} more"] if count > _MOST_SHOWN else []
