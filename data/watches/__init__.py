"""Watches: somebody is told when a new revision moves the figure of a saved view."""
