"""Tables of the appraisal: schemes with their history, quarters, tallies, panels, points.

Every row is about a team; no column is about a person who rated or was rated.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.accounts.models import UserAccount
from gridsvc.appraisals.rules import PointKind, Rater
from gridsvc.db import Base, choice
from gridsvc.grids.models import Division
from gridsvc.staffing.models import Team

_FRAME = "answered >= 0 and reached >= answered and asked >= reached"


class AppraisalScheme(Base):
    """Weights, shares and points of a division, append-only: the newest of the longest prefix."""

    __tablename__ = "appraisal_scheme"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(Text)
    weights: Mapped[dict[str, int]] = mapped_column(JSONB)
    shares: Mapped[dict[str, int]] = mapped_column(JSONB)
    points: Mapped[dict[str, int]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    made_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    reason: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("prefix ~ '^[0-9]{0,12}$'", "prefix"),
        Index(None, "prefix"),
    )


class Appraisal(Base):
    """A quarter of an office under one scheme; once it is locked a trigger refuses every edit."""

    __tablename__ = "appraisal"

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(ForeignKey(Division.code))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    scheme_id: Mapped[int] = mapped_column(ForeignKey(AppraisalScheme.id))
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    locked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    locked_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))

    __table_args__ = (
        UniqueConstraint("division_code", "starts_on"),
        CheckConstraint("ends_on > starts_on", "period"),
    )


class AppraisalTally(Base):
    """What one group answered about a team in a quarter, in sums."""

    __tablename__ = "appraisal_tally"

    appraisal_id: Mapped[int] = mapped_column(ForeignKey(Appraisal.id), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey(Team.id), primary_key=True)
    rater: Mapped[Rater] = mapped_column(choice(Rater, "rater"), primary_key=True)
    asked: Mapped[int]
    reached: Mapped[int]
    answered: Mapped[int]
    points: Mapped[int]

    __table_args__ = (
        CheckConstraint(f"{_FRAME} and points between 0 and 100 * answered", "frame"),
    )


class PanelTally(Base):
    """What the household representatives of a team's grids said of a half-year; append-only."""

    __tablename__ = "panel_tally"

    team_id: Mapped[int] = mapped_column(ForeignKey(Team.id), primary_key=True)
    starts_on: Mapped[date] = mapped_column(Date, primary_key=True)
    households: Mapped[int]
    asked: Mapped[int]
    reached: Mapped[int]
    satisfied: Mapped[int]
    fairly: Mapped[int]
    unsatisfied: Mapped[int]
    recorded_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )

    __table_args__ = (
        CheckConstraint(
            "satisfied >= 0 and fairly >= 0 and unsatisfied >= 0 and households >= 0"
            " and satisfied + fairly + unsatisfied <= reached and reached <= asked",
            "frame",
        ),
    )


class PointEntry(Base):
    """One booking of a team's points, append-only: ``points`` is ``count`` times the scheme's."""

    __tablename__ = "point_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey(Team.id))
    appraisal_id: Mapped[int] = mapped_column(ForeignKey(Appraisal.id))
    kind: Mapped[PointKind] = mapped_column(choice(PointKind, "kind"))
    scheme_id: Mapped[int] = mapped_column(ForeignKey(AppraisalScheme.id))
    count: Mapped[int]
    points: Mapped[int]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        UniqueConstraint("team_id", "appraisal_id", "kind"),
        CheckConstraint("count >= 0", "count"),
    )
