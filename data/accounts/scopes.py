"""Whose rows an account may see: everything, or the stores listed together with those of the regions listed.

What a name means is read from the sales model, on a connection that reads it; what an account may see is written on a
connection of `Database.accounts()`, which cannot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from data.accounts.accounts import AccountRecord, find_account
from data.accounts.audit import OPERATOR, Actor, Kind, note
from data.accounts.rights import check_administers
from data.errors import UnknownName
from data.models import Account, Region, Store

EVERYTHING = "everything"
_LARGEST = 2**31 - 1
_TOLD = 200


def region_names(conn: sa.Connection) -> dict[int, str]:
    """The name of every region by its key, in the order of the names."""
    rows = conn.execute(sa.select(Region.region_id, Region.name).order_by(Region.name))
    return {row.region_id: row.name for row in rows}


def regions_named(conn: sa.Connection, names: Sequence[str]) -> list[int]:
    """The keys of the regions of these names; raises UnknownName for one that is none."""
    known = {name: key for key, name in region_names(conn).items()}
    for name in names:
        if name not in known:
            raise UnknownName(f"no such region: {name!r}; known are {', '.join(known) or 'none yet'}")
    return sorted({known[name] for name in names})


def stores_numbered(conn: sa.Connection, numbers: Sequence[int]) -> list[int]:
    """These store numbers, each once; raises UnknownName for one that no store has."""
    wanted = [number for number in numbers if 0 < number <= _LARGEST]
    known = set(conn.scalars(sa.select(Store.store_id).where(Store.store_id.in_(wanted))))
    for number in numbers:
        if number not in known:
            raise UnknownName(f"no such store: {number}")
    return sorted(known)


def set_scope(
    conn: sa.Connection,
    *,
    username: str,
    stores: Sequence[int] = (),
    regions: Sequence[int] = (),
    by: Actor = OPERATOR,
) -> AccountRecord:
    """Limit the account to these stores and those of these regions; with neither, take its limits away.

    It holds from the account's next action on, and ends no session. Raises AccountError where there is no such account.
    """
    check_administers(conn, by)
    account = find_account(conn, username=username)
    values = {"scope_stores": list(stores) or None, "scope_regions": list(regions) or None}
    conn.execute(sa.update(Account).where(Account.account_id == account.account_id).values(values))
    changed = find_account(conn, username=account.username)
    before, after = _limits(account), _limits(changed)
    if before != after:
        note(conn, Kind.SCOPE_CHANGED, by=by, about=account, before=before, after=after)
    return changed


def store_labels(conn: sa.Connection) -> dict[int, str]:
    """Every store by its number, which is what a store is picked by, with its name and region."""
    stmt = sa.select(Store.store_id, Store.name, Region.name.label("region")).join(
        Region, Region.region_id == Store.region_id
    )
    rows = conn.execute(stmt.order_by(Store.store_id))
    return {row.store_id: ", ".join(filter(None, (str(row.store_id), row.name, row.region))) for row in rows}


def scope_text(account: AccountRecord, regions: Mapping[int, str]) -> str:
    """What the account may see, in words; `regions` are those of `region_names`."""
    return limits_text(account.scope_stores, account.scope_regions, regions)


def limits_text(stores: Sequence[int] | None, of_regions: Sequence[int] | None, regions: Mapping[int, str]) -> str:
    """These limits in words; None is no limit, and two of them are everything."""
    parts = []
    if stores is not None:
        parts.append(f"stores {', '.join(str(number) for number in stores) or 'none'}")
    if of_regions is not None:
        named = [regions.get(key, f"number {key}, which is gone") for key in of_regions]
        parts.append(f"regions {', '.join(named) or 'none'}")
    return "; ".join(parts) or EVERYTHING


def _limits(account: AccountRecord) -> dict[str, Sequence[int] | None]:
    """The scope for the trail. A list that would be too long for it is told by its beginning and its length."""
    told: dict[str, Sequence[int] | None] = {}
    for name, keys in (("stores", account.scope_stores), ("regions", account.scope_regions)):
        told[name] = None if keys is None else list(keys[:_TOLD])
        if keys is not None and len(keys) > _TOLD:
            told[f"{name}_in_all"] = [len(keys)]
    return told
