"""Accounts looked after: one's own sessions, and for admins everybody's accounts, sessions and the audit trail."""
