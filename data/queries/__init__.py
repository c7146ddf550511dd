"""Reads: each function takes a connection first, returns a frame or plain rows, and never opens, commits or closes."""
