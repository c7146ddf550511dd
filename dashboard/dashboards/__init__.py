"""Dashboards: saved views on a grid under one filter bar, arranged in the browser, full screen, and as one file."""
