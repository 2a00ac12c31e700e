"""Tables of what is public: services of the office, and pledges. Periods are half open."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.accounts.models import UserAccount
from gridsvc.db import Base
from gridsvc.grids.models import Division
from gridsvc.staffing.models import Team


class PublicService(Base):
    """Something that anybody can ask for: by when it is done, and what to bring.

    ``limit_days`` are working days, 0 is while one waits, ``NULL`` no promise. Without a
    ``division_code`` it is offered everywhere; ``tiers`` are the service points that do it.
    """

    __tablename__ = "public_service"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    division_code: Mapped[str | None] = mapped_column(ForeignKey(Division.code))
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    limit_days: Mapped[int | None] = mapped_column(SmallInteger)
    materials: Mapped[list[str]] = mapped_column(ARRAY(Text))
    materials_en: Mapped[list[str]] = mapped_column(ARRAY(Text))
    fee: Mapped[str | None] = mapped_column(Text)
    fee_en: Mapped[str | None] = mapped_column(Text)
    tiers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    rank: Mapped[int] = mapped_column(server_default=text("100"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("code", "valid_from"),
        CheckConstraint("valid_to > valid_from", "period"),
        CheckConstraint("limit_days between 0 and 366", "limit"),
        CheckConstraint("tiers <@ array['centre', 'station', 'agent']", "tiers"),
    )


class Pledge(Base):
    """What a team, or everybody in charge under a code, promises in public, in one sentence."""

    __tablename__ = "pledge"

    id: Mapped[int] = mapped_column(primary_key=True)
    place_code: Mapped[str | None] = mapped_column(Text, index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey(Team.id), index=True)
    sentence: Mapped[str] = mapped_column(Text)
    sentence_en: Mapped[str | None] = mapped_column(Text)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", "period"),
        CheckConstraint("(place_code is null) <> (team_id is null)", "whose"),
        CheckConstraint("place_code ~ '^[0-9]{6,15}$'", "place"),
        CheckConstraint("length(sentence) > 0", "sentence"),
    )
