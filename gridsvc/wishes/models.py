"""Tables of the wish board; a wish itself is a case of kind ``wish``."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.db import Base
from gridsvc.incidents.models import Incident
from gridsvc.staffing.models import Team


class WishTopic(Base):
    """What wishes can be about, in the words of those who sort them."""

    __tablename__ = "wish_topic"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    name_en: Mapped[str | None] = mapped_column(Text)


class SortedWish(Base):
    """The topic of a wish; a wish without one waits to be sorted."""

    __tablename__ = "sorted_wish"

    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id), primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey(WishTopic.id), index=True)


class SkillService(Base):
    """What a team can do about a topic, for as long as it offers it."""

    __tablename__ = "skill_service"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey(Team.id))
    topic_id: Mapped[int] = mapped_column(ForeignKey(WishTopic.id), index=True)
    skill: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (CheckConstraint("valid_to >= valid_from", "period"),)
