"""Revisions as people use them: their names, and what happened between two of them."""
