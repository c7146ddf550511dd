"""Unusual values: days outside of what is usual for their weekday and season, and who contributed most to them."""
