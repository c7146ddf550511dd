"""Every declared metric and dimension. Each module here that names a SUBJECT adds one; a wrong one fails at import."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from data.semantic.registry import Catalog

_CATALOG = Catalog(
    subject
    for module in sorted(found.name for found in iter_modules(__path__))
    if (subject := getattr(import_module(f"{__name__}.{module}"), "SUBJECT", None)) is not None
)


def catalog() -> Catalog:
    """The catalog of every subject."""
    return _CATALOG
