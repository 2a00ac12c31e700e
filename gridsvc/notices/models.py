"""Tables of notices. A notice is written in the transaction of what it tells of, then delivered."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.accounts.models import UserAccount
from gridsvc.db import Base, choice


class Channel(enum.StrEnum):
    """How a notice reaches somebody."""

    INBOX = "inbox"
    EMAIL = "email"
    WEBHOOK = "webhook"


class WebhookFormat(enum.StrEnum):
    """What the receiver of a webhook understands."""

    PLAIN = "plain"
    WECOM = "wecom"
    DINGTALK = "dingtalk"


class Webhook(Base):
    """An address that hears of the cases below a prefix, each call signed with its secret."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    format: Mapped[WebhookFormat] = mapped_column(choice(WebhookFormat, "format"))
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (CheckConstraint("url ~ '^https?://'", "url"),)


class Mailbox(Base):
    """Where an account or a post wants its mail; an office address, not a person's."""

    __tablename__ = "mailbox"

    user_id: Mapped[int] = mapped_column(
        ForeignKey(UserAccount.id, ondelete="CASCADE"), primary_key=True
    )
    address: Mapped[str] = mapped_column(Text)


class Notice(Base):
    """One message to one recipient over one channel.

    ``dedupe_key`` makes it exactly one, however often its cause is worked through. ``topic`` and
    ``params`` hold what is told; the words are made in the reader's language when shown.
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(Text, unique=True)
    channel: Mapped[Channel] = mapped_column(choice(Channel, "channel"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id, ondelete="CASCADE"))
    webhook_id: Mapped[int | None] = mapped_column(ForeignKey(Webhook.id, ondelete="CASCADE"))
    address: Mapped[str | None] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    params: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    incident_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    given_up_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    next_try_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    tries: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        Index(
            "ix_notice_waiting",
            "next_try_at",
            postgresql_where=text("delivered_at is null and given_up_at is null"),
        ),
        Index(
            "ix_notice_given_up", "given_up_at", postgresql_where=text("given_up_at is not null")
        ),
        Index(None, "user_id", "created_at"),
        Index(None, "incident_id"),
        CheckConstraint(
            "num_nonnulls(user_id, webhook_id) = 1 and (channel = 'webhook') ="
            " (webhook_id is not null)",
            "recipient",
        ),
    )


class NoticeDelivery(Base):
    """One try to deliver a notice, kept whatever came of it: append-only."""

    __tablename__ = "notice_delivery"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey(Notice.id), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ok: Mapped[bool]
    detail: Mapped[str] = mapped_column(Text)
