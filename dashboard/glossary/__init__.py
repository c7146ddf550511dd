"""The glossary: what every word means, the declared ones taken from the catalog."""
