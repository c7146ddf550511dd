"""Metrics and dimensions, declared once, and the compiler that turns a query over them into one SELECT."""
