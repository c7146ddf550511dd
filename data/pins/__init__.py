"""Pinned figures: answers kept as they were shown, under a link that shows them for ever."""
