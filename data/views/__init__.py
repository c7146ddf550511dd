"""Saved views: a page's link under a name, private or shared, with versions of their own."""
