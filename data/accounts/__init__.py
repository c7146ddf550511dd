"""Accounts: who may log in, how a password is judged, and which browser is logged in. Runs under the accounts role."""
