"""The home page: a card for each thing to look at in the morning."""
