"""Pages as of an earlier revision: chosen, held in the link, said on the page and in its files."""
