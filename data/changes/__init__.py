"""Edits of reference data: declared, checked, merged with what others saved, and written as one revision."""
