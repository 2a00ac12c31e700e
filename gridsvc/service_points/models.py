"""Tables of service points: places and hours, never persons. Geometry is EPSG:4326."""

from __future__ import annotations

from datetime import date, time

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import CheckConstraint, Date, ForeignKey, SmallInteger, Text, Time
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.db import Base, choice
from gridsvc.service_points.rules import Opening, Tier


class ServicePoint(Base):
    """A centre, a station or an agent's own point; which grid it is in follows from its place."""

    __tablename__ = "service_point"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    tier: Mapped[Tier] = mapped_column(choice(Tier, "tier"))
    address: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    services: Mapped[list[str]] = mapped_column(ARRAY(Text))
    geom: Mapped[WKBElement] = mapped_column(Geometry("POINT", 4326, spatial_index=True))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (CheckConstraint("valid_to > valid_from", "period"),)


class ServiceHour(Base):
    """When its people are met on a day of the week: at the point, or at a stop of their round.

    Times are the office's own; ``place`` and ``geom`` name the stop, and are empty at the point.
    """

    __tablename__ = "service_hour"

    id: Mapped[int] = mapped_column(primary_key=True)
    service_point_id: Mapped[int] = mapped_column(ForeignKey(ServicePoint.id), index=True)
    weekday: Mapped[int] = mapped_column(SmallInteger)
    opens: Mapped[time] = mapped_column(Time)
    closes: Mapped[time] = mapped_column(Time)
    place: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[WKBElement | None] = mapped_column(
        Geometry("POINT", 4326, spatial_index=False, nullable=True)
    )

    __table_args__ = (
        CheckConstraint("weekday between 0 and 6", "weekday"),
        CheckConstraint("closes > opens", "times"),
        CheckConstraint("(place is null) = (geom is null)", "stop"),
    )

    @property
    def opening(self) -> Opening:
        """The day and times alone."""
        return Opening(self.weekday, self.opens, self.closes)
