"""The fields for what an account may see: regions and stores, picked by name."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.load import reading
from data.accounts.accounts import AccountRecord
from data.accounts.scopes import region_names, store_labels
from data.scope import Scope


@dataclass(frozen=True)
class Places:
    """What there is to pick: the name of each region and of each store, by its key."""

    regions: dict[int, str]
    stores: dict[int, str]


def places() -> Places:
    """All of them: an admin grants what others see, whatever they may see themselves."""
    with reading(Scope.everything()) as conn:
        return Places(region_names(conn), store_labels(conn))


def scope_fields(where: Places, *, key: str, account: AccountRecord | None = None) -> None:
    """The two fields, filled with what the account may see now; keys that are gone stay until they are taken out."""
    regions = list((account and account.scope_regions) or ())
    stores = list((account and account.scope_stores) or ())
    _field("Regions", where.regions, regions, key=f"{key}-regions")
    _field("Stores", where.stores, stores, key=f"{key}-stores")
    st.caption("It may see these regions and these stores together; with nothing chosen, everything.")


def picked(key: str) -> dict[str, list[int]]:
    """What was chosen in the fields, as `set_scope` takes it."""
    return {name: sorted(st.session_state.get(f"{key}-{name}") or ()) for name in ("stores", "regions")}


def _field(label: str, names: dict[int, str], chosen: list[int], *, key: str) -> None:
    options = [*names, *(number for number in chosen if number not in names)]

    def named(number: int) -> str:
        return names.get(number, f"number {number}, which is gone")

    st.multiselect(label, options, chosen, format_func=named, key=key, placeholder="None chosen")
