"""The words that no catalog declares, each once. The table in the README says the same, and a test holds them equal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A word, and what it means here, in Markdown."""

    word: str
    meaning: str

    @property
    def name(self) -> str:
        """What links call it."""
        return word_name(self.word)


WORDS = (
    Word("Fact", "a row that a file brings and nobody edits: here a line of a basket"),
    Word("Metric", "a figure with a name, such as net sales; `simple` (one measure) or `ratio` (one over another)"),
    Word(
        "Measure",
        "an aggregate over facts that metrics are made of: a sum, a number of rows, a number of different things",
    ),
    Word("Dimension", "what a figure can be broken down by, such as department; its members have natural keys"),
    Word("Others", "all members beyond the top of a dimension, as one; counted anew, not added up"),
    Word("Saved view", "a page's link under a name, with versions of its own; private or shared"),
    Word("Dashboard", "saved views on a grid under one filter bar, with versions of its own; private or shared"),
    Word("Target", "a figure wanted for a month; spread evenly over its days"),
    Word("Run rate", "what a month ends at, should each day that is left be as those before"),
    Word(
        "Band", "the usual range of a day: season by weekday and trend, give or take three robust standard deviations"
    ),
    Word("Unusual value", "a day, or a week, outside of its band; never a day that the calendar names"),
    Word("Grain", "the length of a time bucket: day, ISO week, month, quarter, year"),
    Word("Business date", "the calendar day of a sale in the business time zone, fixed at load"),
    Word("Revision", "a load or an edit, numbered in commit order, complete or not there at all"),
    Word("Draft", "what somebody has typed and not saved yet; kept, and seen by nobody else until it is handed over"),
    Word("Conflict", "a field that two people set to different values from the same version"),
    Word("Retired", "no longer offered for new data; facts and old revisions still name it"),
    Word("As of", "as the data stood right after a revision"),
    Word("Certified", "said of a named revision, for the figures of which a manager vouches"),
    Word("Restatement", "a file that replaces all lines of a period; the replaced lines move to history"),
    Word("Late fact", "a fact whose business date lies before the newest one loaded earlier"),
    Word("Inferred member", "a placeholder for a product, store or household that a fact named before any file did"),
    Word("Scope", "the stores a caller may see"),
)


def word_name(word: str) -> str:
    """What links call a word."""
    return word.lower().replace(" ", "-")
