"""The whole database in a folder, and back: checked when it is written, and again when it is restored."""
