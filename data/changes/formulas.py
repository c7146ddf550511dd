"""Text that a spreadsheet would take for a formula: guarded by an apostrophe in CSV, and the guard taken off again."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_GUARD = "'"


def guarded(text: str) -> str:
    """The text behind an apostrophe where it begins like a formula, or like a text that is guarded already."""
    return f"{_GUARD}{text}" if text.lstrip(_GUARD).startswith(FORMULA_STARTS) else text


def without_guard(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith(_GUARD) and text.lstrip(_GUARD).startswith(FORMULA_STARTS) else text
