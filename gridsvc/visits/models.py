"""Tables of visits. A record names a grid, a day and dwellings; it names no resident."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, SmallInteger, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.accounts.models import UserAccount
from gridsvc.db import Base
from gridsvc.grids.models import Building, Grid
from gridsvc.staffing.models import Team


class Visit(Base):
    """One round of a team through a grid on one day; ``ended_at`` as the phone's clock told it."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_code: Mapped[str] = mapped_column(ForeignKey(Grid.code))
    team_id: Mapped[int | None] = mapped_column(ForeignKey(Team.id))
    visited_on: Mapped[date] = mapped_column(Date)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    dwellings_visited: Mapped[int]
    first_time_dwellings: Mapped[int]
    topics: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    recorded_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    client_visit_id: Mapped[str | None] = mapped_column(Text, unique=True)
    content_hash: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(
            "dwellings_visited > 0 and first_time_dwellings between 0 and dwellings_visited",
            "counts",
        ),
        # one day of grace: the office's date may be ahead of UTC's
        CheckConstraint("visited_on <= (recorded_at at time zone 'UTC')::date + 1", "not_ahead"),
        Index(None, "grid_code", "visited_on"),
        Index(None, "visited_on"),
    )


class VisitBuilding(Base):
    """The dwellings of one building reached on a visit, by their numbers within it.

    A trigger refuses numbers that the building does not have, and repeated ones.
    """

    __tablename__ = "visit_building"

    visit_id: Mapped[int] = mapped_column(
        ForeignKey(Visit.id, ondelete="CASCADE"), primary_key=True
    )
    building_id: Mapped[int] = mapped_column(ForeignKey(Building.id), primary_key=True)
    dwelling_numbers: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))

    __table_args__ = (
        CheckConstraint("cardinality(dwelling_numbers) > 0", "some_dwelling"),
        Index(None, "building_id"),
    )
