"""Accounts, their sessions and the attempts to log in. The sales model's roles cannot read them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, INET
from sqlalchemy.orm import Mapped, mapped_column

from data.db import Base

ROLES = ("analyst", "manager", "admin")
_SCHEMA = {"schema": "accounts"}


def _instant(*, default_now: bool = False, nullable: bool = False) -> Mapped[datetime]:
    default = sa.func.now() if default_now else None
    return mapped_column(sa.DateTime(timezone=True), server_default=default, nullable=nullable)


class Account(Base):
    """A person who may log in."""

    __tablename__ = "accounts"

    account_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(sa.Text, unique=True, comment="lower case")
    display_name: Mapped[str] = mapped_column(sa.Text)
    password_hash: Mapped[str] = mapped_column(sa.Text, comment="argon2id, or bcrypt from before")
    password_changed_at: Mapped[datetime] = _instant(default_now=True)
    must_change_password: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    role: Mapped[str] = mapped_column(sa.Text)
    scope_stores: Mapped[list[int] | None] = mapped_column(ARRAY(sa.Integer), comment="empty: no limit by store")
    scope_regions: Mapped[list[int] | None] = mapped_column(ARRAY(sa.Integer), comment="empty: no limit by region")
    created_at: Mapped[datetime] = _instant(default_now=True)
    disabled_at: Mapped[datetime | None] = _instant(nullable=True)

    __table_args__ = (
        sa.CheckConstraint("username = lower(username) and username <> ''", name="username_lower_case"),
        sa.CheckConstraint("role in ('analyst', 'manager', 'admin')", name="role_known"),
        _SCHEMA,
    )


class Session(Base):
    """A logged-in browser. Only the hash of its token is kept."""

    __tablename__ = "sessions"

    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True, comment="SHA-256 of the token")
    account_id: Mapped[int] = mapped_column(
        sa.ForeignKey("accounts.accounts.account_id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = _instant(default_now=True)
    last_seen_at: Mapped[datetime] = _instant(default_now=True)
    expires_at: Mapped[datetime] = _instant()
    revoked_at: Mapped[datetime | None] = _instant(nullable=True)
    address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None] = mapped_column(sa.Text)

    __table_args__ = (_SCHEMA,)


class ApiToken(Base):
    """What a program may act with: a login of fifteen minutes, or a personal token that a person made for it."""

    __tablename__ = "api_tokens"

    token_id: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        sa.ForeignKey("accounts.accounts.account_id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text, comment="what the person calls it; empty for logins")
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True, comment="SHA-256 of the token")
    rights: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), comment="of read, edit and load")
    created_at: Mapped[datetime] = _instant(default_now=True)
    expires_at: Mapped[datetime] = _instant()
    last_used_at: Mapped[datetime | None] = _instant(nullable=True)
    revoked_at: Mapped[datetime | None] = _instant(nullable=True)

    __table_args__ = (
        sa.CheckConstraint("kind in ('login', 'personal')", name="kind_known"),
        sa.CheckConstraint("length(name) <= 120", name="name_length"),
        sa.CheckConstraint("rights <@ array['read', 'edit', 'load'] and rights <> '{}'", name="rights_known"),
        _SCHEMA,
    )


class LoginTicket(Base):
    """A one-time ticket that turns a checked password into a session cookie, bound to the browser that asked."""

    __tablename__ = "login_tickets"

    ticket_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True, comment="SHA-256 of the ticket")
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.accounts.account_id", ondelete="CASCADE"))
    browser_hash: Mapped[bytes] = mapped_column(sa.LargeBinary, comment="SHA-256 of the pre-login cookie")
    expires_at: Mapped[datetime] = _instant()

    __table_args__ = (_SCHEMA,)


class LoginAttempt(Base):
    """A password that was tried, right or wrong; counted to slow down guessing."""

    __tablename__ = "login_attempts"

    attempt_id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(sa.Text, comment="as typed, lower case, at most 200 characters")
    address: Mapped[str | None] = mapped_column(INET)
    attempted_at: Mapped[datetime] = _instant(default_now=True)
    succeeded: Mapped[bool] = mapped_column(sa.Boolean)

    __table_args__ = (
        sa.Index("ix_login_attempts_username_attempted_at", "username", "attempted_at"),
        sa.Index("ix_login_attempts_address_attempted_at", "address", "attempted_at"),
        _SCHEMA,
    )
