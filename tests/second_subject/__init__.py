"""A second subject is three files laid into the tree; nothing else changes."""
