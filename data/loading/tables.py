"""Every table that files may fill, by the name that people give: facts, and the reference tables around them."""

from __future__ import annotations

from data.errors import UnknownName
from data.loading.fact_tables import Facts, fact_tables
from data.loading.reference import REFERENCE_TABLES, ReferenceTable
from data.loading.shapes import derived_reference
from data.models import BusinessSettings, Load, versioned_tables

_KEPT_BY_LOADING = (BusinessSettings.__tablename__, Load.__tablename__)


def reference_names() -> list[str]:
    """The reference tables: those with files of their own kind, then those whose files are as their models say.

    A model keeps files out with `__table_args__ = {"info": {"file": False}}`.
    """
    tables = [table for table in versioned_tables() if "revision" in table.columns and table.info.get("file", True)]
    derived = {table.name for table in tables} - {*REFERENCE_TABLES, *_KEPT_BY_LOADING}
    return [*REFERENCE_TABLES, *sorted(derived)]


def members_of(name: str) -> set[str]:
    """The other tables to which a file of a reference table adds members that nobody knew."""
    table = loaded_table(name)
    return set(table.members.values()) - {name} if isinstance(table, ReferenceTable) else set()


def table_names() -> list[str]:
    """What `daybook load` knows, facts first."""
    return [*facts_with_files(), *reference_names()]


def loaded_table(name: str) -> Facts | ReferenceTable:
    """The table of that name; raises UnknownName with those that there are."""
    facts = facts_with_files()
    if name in facts:
        return facts[name]
    if name in REFERENCE_TABLES:
        return REFERENCE_TABLES[name]
    if name not in reference_names():
        raise UnknownName(f"table must be one of {', '.join(table_names())}; got {name!r}")
    table = next(table for table in versioned_tables() if table.name == name)
    return derived_reference(table)


def facts_with_files() -> dict[str, Facts]:
    """The fact tables that files may fill, by name."""
    return {name: facts for name, facts in fact_tables().items() if facts.table.info.get("file", True)}
