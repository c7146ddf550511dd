"""What explains each page: one declaration a page, shown by `?` and found by the search."""
