"""Finding one's way: the search over everything that has a name, and what explains the page that is open."""
