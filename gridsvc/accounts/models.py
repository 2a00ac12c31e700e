"""Tables of accounts: staff only. Residents have no account and no row anywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gridsvc.accounts.rules import Role, Scope, simplest
from gridsvc.db import Base, choice


class UserAccount(Base):
    """A post's account. ``title`` is the post (“street office, duty desk”), not a name."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text, default="")
    role: Mapped[Role] = mapped_column(choice(Role, "role"))
    password_hash: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    scopes: Mapped[list[UserScope]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="UserScope.prefix"
    )

    __table_args__ = (
        CheckConstraint("username = lower(username) and username ~ '^[a-z0-9._-]{2,40}$'", "name"),
        CheckConstraint("language in ('zh', 'en')", "language"),
    )

    @property
    def scope(self) -> Scope:
        """The part of the territory that the account answers for."""
        return simplest(one.prefix for one in self.scopes)


class UserScope(Base):
    """One code prefix that an account covers."""

    __tablename__ = "user_scope"

    user_id: Mapped[int] = mapped_column(
        ForeignKey(UserAccount.id, ondelete="CASCADE"), primary_key=True
    )
    prefix: Mapped[str] = mapped_column(Text, primary_key=True)

    __table_args__ = (CheckConstraint("prefix ~ '^[0-9]{0,15}$'", "prefix"),)


class AccessToken(Base):
    """A signed-in browser, a bearer of the interface, a phone that only sends; kept as a hash."""

    __tablename__ = "access_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id, ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    user: Mapped[UserAccount] = relationship(lazy="joined")

    __table_args__ = (
        CheckConstraint("kind in ('browser', 'bearer', 'phone')", "kind"),
        Index(None, "user_id"),
    )


class ApiKey(Base):
    """A partner's system that may report within a division; only the key's hash is kept."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    prefix: Mapped[str] = mapped_column(Text)
    per_minute: Mapped[int] = mapped_column(server_default=text("60"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("name ~ '^[a-z0-9._-]{2,40}$'", "name"),
        CheckConstraint("prefix ~ '^[0-9]{0,12}$'", "prefix"),
        CheckConstraint("per_minute > 0", "per_minute"),
    )


class ApiKeyUse(Base):
    """How often a key was used in a minute, counted where all processes see it."""

    __tablename__ = "api_key_use"

    api_key_id: Mapped[int] = mapped_column(
        ForeignKey(ApiKey.id, ondelete="CASCADE"), primary_key=True
    )
    minute: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    count: Mapped[int]


class SignInAttempt(Base):
    """A failed sign-in; counted in the database so that two workers share the limit."""

    __tablename__ = "sign_in_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(INET)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index(None, "username", "at"), Index(None, "address", "at"))


class AuditEntry(Base):
    """What an account did, append-only: a trigger refuses every change, also to the owner."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    user_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    action: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    request_id: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index(None, "at"),)
