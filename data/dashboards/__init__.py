"""Dashboards: saved views on a grid under a name, private or shared, with versions of their own."""
