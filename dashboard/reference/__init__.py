"""Reference data in the browser: found, edited in a draft, reviewed, saved as a revision, told and undone."""
