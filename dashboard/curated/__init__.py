"""Curated analyses: a page for each question that is asked every week, over the same layer as everything else."""
