"""Drafts: edits that somebody is working on, kept cell by cell so that nothing typed is lost."""
