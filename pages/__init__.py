"""One short script a page: filters, frames, charts."""
