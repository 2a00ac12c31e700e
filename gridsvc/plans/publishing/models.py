"""Tables of review and publication. All but the planner's choice of teams are append-only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gridsvc.accounts.models import UserAccount
from gridsvc.db import Base, choice
from gridsvc.grids.models import Division, Grid, GridBoundary
from gridsvc.incidents.models import Incident
from gridsvc.plans.models import Plan
from gridsvc.plans.publishing.rules import (
    LineageKind,
    PublicationKind,
    ReviewAction,
    RollbackDecision,
)
from gridsvc.staffing.models import Branch, Team


class PlanReview(Base):
    """A decision about a draft, at a line of its log; ``seen`` is what the decision was about.

    ``seen`` holds the tables of `gridsvc.plans.publishing.change.tables` as they were submitted.
    """

    __tablename__ = "plan_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey(Plan.id), index=True)
    plan_log: Mapped[int]
    action: Mapped[ReviewAction] = mapped_column(choice(ReviewAction, "action"))
    by_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str | None] = mapped_column(Text)
    effective_on: Mapped[date | None] = mapped_column(Date)
    seen: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    by: Mapped[UserAccount] = relationship(lazy="joined")

    __table_args__ = (
        CheckConstraint("action <> 'return' or reason <> ''", "return_has_reason"),
        CheckConstraint("(action = 'submit') = (seen is not null)", "submitted_what"),
    )


class PlanStaffing(Base):
    """The team and branch that the planner chose for a grid instead of the proposed ones."""

    __tablename__ = "plan_staffing"

    plan_id: Mapped[int] = mapped_column(
        ForeignKey(Plan.id, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    grid_code: Mapped[str] = mapped_column(Text, primary_key=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey(Team.id))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey(Branch.id))

    __table_args__ = (CheckConstraint("num_nonnulls(team_id, branch_id) > 0", "chosen"),)


class Publication(Base):
    """A version of the map of a territory, from a day on.

    ``proof`` is what the guard in SQL counted; ``seen`` the hand-over as it was reviewed.
    """

    __tablename__ = "publication"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PublicationKind] = mapped_column(choice(PublicationKind, "kind"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey(Plan.id), unique=True)
    plan_log: Mapped[int | None]
    scope_code: Mapped[str] = mapped_column(ForeignKey(Division.code), index=True)
    effective_on: Mapped[date] = mapped_column(Date)
    restores_on: Mapped[date | None] = mapped_column(Date)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    published_by_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    reason: Mapped[str | None] = mapped_column(Text)
    grids_before: Mapped[int]
    grids_after: Mapped[int]
    households: Mapped[int]
    proof: Mapped[dict[str, Any]] = mapped_column(JSONB)
    seen: Mapped[dict[str, Any]] = mapped_column(JSONB)

    published_by: Mapped[UserAccount] = relationship(lazy="joined")

    __table_args__ = (
        CheckConstraint(
            "(kind = 'plan') = (plan_id is not null) and (plan_id is null) = (plan_log is null)"
            " and (kind = 'rollback') = (restores_on is not null)",
            "of_its_kind",
        ),
        CheckConstraint("restores_on < effective_on or kind = 'plan'", "restores_the_past"),
        Index(None, "effective_on"),
    )


class GridLineage(Base):
    """Ground that a publication took from one grid and gave to another, or left where it was.

    The boundaries are those that it ended and began, so that its maps can be had again whatever
    came after it.
    ``estimated``: the households were shared out by area, for want of buildings.
    """

    __tablename__ = "grid_lineage"

    publication_id: Mapped[int] = mapped_column(
        ForeignKey(Publication.id), primary_key=True, autoincrement=False
    )
    from_code: Mapped[str] = mapped_column(ForeignKey(Grid.code), primary_key=True)
    to_code: Mapped[str] = mapped_column(ForeignKey(Grid.code), primary_key=True)
    from_boundary_id: Mapped[int] = mapped_column(ForeignKey(GridBoundary.id))
    to_boundary_id: Mapped[int] = mapped_column(ForeignKey(GridBoundary.id))
    kind: Mapped[LineageKind] = mapped_column(choice(LineageKind, "kind"))
    households: Mapped[int]
    area_m2: Mapped[float]
    estimated: Mapped[bool]

    __table_args__ = (
        CheckConstraint("households >= 0 and area_m2 >= 0", "counts"),
        CheckConstraint("(kind = 'kept') = (from_code = to_code)", "kept"),
        Index(None, "from_code"),
        Index(None, "to_code"),
    )


class CaseHandover(Base):
    """That an open case went with its ground on the day, once for each publication."""

    __tablename__ = "case_handover"

    publication_id: Mapped[int] = mapped_column(
        ForeignKey(Publication.id), primary_key=True, autoincrement=False
    )
    incident_id: Mapped[int] = mapped_column(
        ForeignKey(Incident.id), primary_key=True, autoincrement=False
    )
    from_code: Mapped[str] = mapped_column(ForeignKey(Grid.code))
    to_code: Mapped[str] = mapped_column(ForeignKey(Grid.code))
    from_team_id: Mapped[int | None] = mapped_column(ForeignKey(Team.id))
    to_team_id: Mapped[int | None] = mapped_column(ForeignKey(Team.id))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index(None, "incident_id"),)


class Rehoming(Base):
    """That a publication's open cases were handed over, and how that differs from what was seen."""

    __tablename__ = "rehoming"

    publication_id: Mapped[int] = mapped_column(
        ForeignKey(Publication.id), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    cases: Mapped[int] = mapped_column(server_default=text("0"))
    differences: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ScopeMove(Base):
    """That an account went along with its grid, as the open cases do, once for each publication.

    ``leaves``: it no longer has ``from_code``; ``gains``: it did not have ``to_code`` before.
    """

    __tablename__ = "scope_move"

    publication_id: Mapped[int] = mapped_column(
        ForeignKey(Publication.id), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey(UserAccount.id), primary_key=True, autoincrement=False
    )
    from_code: Mapped[str] = mapped_column(ForeignKey(Grid.code), primary_key=True)
    to_code: Mapped[str] = mapped_column(ForeignKey(Grid.code), primary_key=True)
    leaves: Mapped[bool]
    gains: Mapped[bool]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index(None, "user_id"),)


class RollbackRequest(Base):
    """A planner's wish that a former map holds again, and the street office's word on it.

    ``seen`` holds the tables that the wish was made with; one wish of a territory waits at a time.
    """

    __tablename__ = "rollback_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    scope_code: Mapped[str] = mapped_column(ForeignKey(Division.code), index=True)
    restores_on: Mapped[date] = mapped_column(Date)
    effective_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    seen: Mapped[dict[str, Any]] = mapped_column(JSONB)
    decision: Mapped[RollbackDecision | None] = mapped_column(choice(RollbackDecision, "decision"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answer: Mapped[str | None] = mapped_column(Text)
    publication_id: Mapped[int | None] = mapped_column(ForeignKey(Publication.id), unique=True)

    asked_by: Mapped[UserAccount] = relationship(lazy="joined", foreign_keys=[asked_by_id])
    decided_by: Mapped[UserAccount | None] = relationship(
        lazy="joined", foreign_keys=[decided_by_id]
    )

    __table_args__ = (
        CheckConstraint(
            "num_nulls(decision, decided_by_id, decided_at) in (0, 3)"
            " and coalesce(decision = 'approved', false) = (publication_id is not null)",
            "decided",
        ),
        CheckConstraint("reason <> ''", "has_reason"),
        Index(
            "uq_rollback_request_open",
            "scope_code",
            unique=True,
            postgresql_where=text("decision is null"),
        ),
    )
