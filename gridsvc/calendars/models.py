"""Days on which an office departs from the national calendar."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Text
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.db import Base


class CalendarDay(Base):
    """A day that is worked, or not, below one division code; the empty prefix is everywhere."""

    __tablename__ = "calendar_day"

    prefix: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    worked: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
