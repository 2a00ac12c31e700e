"""The table of targets: append-only, so that it is its own history."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, SmallInteger, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.accounts.models import UserAccount
from gridsvc.db import Base, choice
from gridsvc.targets.rules import TargetKind


class Target(Base):
    """A target below a division code, from a day on; the newest line of the nearest code counts.

    The empty prefix is everywhere; ``value`` is in the unit of its kind.
    """

    __tablename__ = "target"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(Text)
    kind: Mapped[TargetKind] = mapped_column(choice(TargetKind, "kind"))
    value: Mapped[int] = mapped_column(SmallInteger)
    valid_from: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    made_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))

    __table_args__ = (
        CheckConstraint("prefix ~ '^[0-9]{0,12}$'", "prefix"),
        CheckConstraint("value between 1 and 100", "value"),
        Index(None, "kind", "valid_from"),
    )
