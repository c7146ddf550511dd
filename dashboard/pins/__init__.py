"""Pinned figures: made from any figure at a click, and shown beside what they are now."""
