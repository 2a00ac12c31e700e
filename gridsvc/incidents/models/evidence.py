"""What a report brings that can name a person: photos and contacts, kept apart."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.accounts.models import UserAccount
from gridsvc.db import Base
from gridsvc.incidents.models.case import Incident


class Photo(Base):
    """A photo of a place, re-encoded on arrival, without the original and its metadata.

    ``covers`` are rectangles (x, y, width, height in pixels) that the published picture hides.
    """

    __tablename__ = "photo"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id), index=True)
    client_photo_id: Mapped[str | None] = mapped_column(Text, unique=True)
    purpose: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    jpeg: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    covers: Mapped[list[list[int]]] = mapped_column(JSONB, default=list)
    covered_jpeg: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    received_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    user_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))

    __table_args__ = (
        CheckConstraint("purpose in ('report', 'resolve')", "purpose"),
        UniqueConstraint("incident_id", "content_hash"),
    )


class ReporterContact(Base):
    """How to reach who reported: optional, apart, and erased some days after the case closed."""

    __tablename__ = "reporter_contact"

    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id), primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)


class ContactLook(Base):
    """Who looked at a contact or at numbers in the words, when and why: append-only."""

    __tablename__ = "contact_look"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    what: Mapped[str] = mapped_column(Text, server_default="contact")
    reason: Mapped[str] = mapped_column(Text)

    __table_args__ = (CheckConstraint("what in ('contact', 'words')", "what"),)
