"""Tables of campaigns; what counts for one is read from the visits, never typed in."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Text, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gridsvc.accounts.models import UserAccount
from gridsvc.campaigns.rules import Measure
from gridsvc.db import Base, choice
from gridsvc.grids.models import Division


class Campaign(Base):
    """Rounds through some grids on some days for one purpose; ``ends_on`` belongs to it.

    Without a ``topic`` every round of its days counts. ``festival_on`` is the festival that it
    was planned from.
    """

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(ForeignKey(Division.code), index=True)
    name: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    topic: Mapped[str | None] = mapped_column(Text)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    measure: Mapped[Measure] = mapped_column(choice(Measure, "measure"))
    goal: Mapped[int]
    festival_on: Mapped[date | None] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    made_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))

    areas: Mapped[list[CampaignArea]] = relationship(
        cascade="all, delete-orphan", order_by="CampaignArea.prefix", lazy="selectin"
    )

    __table_args__ = (
        CheckConstraint("ends_on >= starts_on and ends_on <= starts_on + 366", "days"),
        CheckConstraint("goal > 0", "goal"),
    )

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The codes whose grids take part, in order."""
        return tuple(one.prefix for one in self.areas)


class CampaignArea(Base):
    """A division or a grid whose rounds count for a campaign."""

    __tablename__ = "campaign_area"

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey(Campaign.id, ondelete="CASCADE"), primary_key=True
    )
    prefix: Mapped[str] = mapped_column(Text, primary_key=True)

    __table_args__ = (CheckConstraint("prefix ~ '^[0-9]{6,15}$'", "prefix"),)
