"""Tests of the embedded PostgreSQL server, on real servers and real kills."""
