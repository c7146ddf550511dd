"""The data layer: models, semantic layer, revisions, loading and queries. Knows no user interface."""
