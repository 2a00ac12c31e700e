"""Days on which an office departs from the national calendar, and festivals of its own."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.db import Base


class CalendarDay(Base):
    """A day that is worked, or not, below one division code; the empty prefix is everywhere."""

    __tablename__ = "calendar_day"

    prefix: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    worked: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)


class OwnFestival(Base):
    """A festival of an office's own, on one day, below one division code.

    Those of the whole country are in ``festivals.csv``.
    """

    __tablename__ = "own_festival"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(Text)
    day: Mapped[date] = mapped_column(Date)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("prefix ~ '^[0-9]{0,12}$'", "prefix"),
        UniqueConstraint("prefix", "day", "name"),
    )
