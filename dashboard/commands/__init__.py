"""One module a command of `daybook`."""
