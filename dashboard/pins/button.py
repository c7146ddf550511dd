"""The button that pins a figure: a click makes the pin and copies its link, without the page being drawn again."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs, urlencode, urlsplit

from dashboard.in_browser import show_buttons
from dashboard.past.words import PARAM


def pin_button_html(address: str, what: str, *, revision: int) -> str:
    """A button that pins what Explore shows at `address`; `what` says which figure, for who cannot see it.

    `revision` is the one that the page was drawn at: what is pinned is what is seen, whatever was loaded since.
    """
    words = urlencode({**parse_qs(urlsplit(address).query), PARAM: [str(revision)]}, doseq=True)
    return (
        f"<button type='button' class='pin' data-daybook-pin='{escape(words)}' aria-live='polite' "
        f"aria-label='Copy as pinned link: {escape(what)}' "
        f"title='Copy as pinned link: it shows these figures for ever'>Pin</button>"
    )


def pin_button(address: str, what: str, *, revision: int) -> None:
    """The same, in a place of its own."""
    show_buttons(pin_button_html(address, what, revision=revision))
