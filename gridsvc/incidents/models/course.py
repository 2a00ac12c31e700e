"""What time and people do to a case: its clock, helpers, extensions, ladder and slips."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.accounts.models import UserAccount
from gridsvc.db import Base, choice
from gridsvc.incidents.models.case import Incident
from gridsvc.incidents.rules import (
    ClockEntryKind,
    LimitKind,
)
from gridsvc.staffing.models import Team


class ClockEntry(Base):
    """One line of a case's clock: append-only, with who and why; the newest says when it is due.

    ``due_at`` is ``NULL`` while the clock is paused or stopped.
    """

    __tablename__ = "clock_entry"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id))
    seq: Mapped[int]
    kind: Mapped[ClockEntryKind] = mapped_column(choice(ClockEntryKind, "kind"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    limit_kind: Mapped[LimitKind | None] = mapped_column(choice(LimitKind, "limit_kind"))
    limit_count: Mapped[int | None]
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    uncertain: Mapped[bool] = mapped_column(server_default=text("false"))
    reason: Mapped[str | None] = mapped_column(Text)
    user_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))

    __table_args__ = (
        UniqueConstraint("incident_id", "seq"),
        Index(None, "due_at", postgresql_where=text("due_at is not null")),
        Index("ix_clock_entry_uncertain", "incident_id", postgresql_where=text("uncertain")),
    )


class CoHandler(Base):
    """A team that works on a case beside the lead, for as long as it does."""

    __tablename__ = "co_handler"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey(Team.id), index=True)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index(
            "uq_co_handler_now",
            "incident_id",
            "team_id",
            unique=True,
            postgresql_where=text("until is null"),
        ),
    )


class ExtensionRequest(Base):
    """A wish for more time and what came of it; one may wait at a time."""

    __tablename__ = "extension_request"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id))
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    working_days: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    granted: Mapped[bool | None]

    __table_args__ = (
        CheckConstraint("working_days > 0", "days"),
        CheckConstraint("(decided_at is null) = (granted is null)", "decided"),
        Index(
            "uq_extension_request_waiting",
            "incident_id",
            unique=True,
            postgresql_where=text("decided_at is null"),
        ),
    )


class EscalationStep(Base):
    """A rung of the ladder: at a share of the limit, who is told, and whether the level rises.

    A ladder is changed by ending rungs and adding others, so that the rows are its history;
    ``made_by`` is ``NULL`` for the rungs that the service came with.
    """

    __tablename__ = "escalation_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(Text)
    at_percent: Mapped[int]
    tell_role: Mapped[str] = mapped_column(Text)
    raises_level: Mapped[bool] = mapped_column(server_default=text("false"))
    issues_slip: Mapped[bool] = mapped_column(server_default=text("false"))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    made_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    reason: Mapped[str | None] = mapped_column(Text)
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    disabled_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    disabled_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("at_percent between 1 and 1000", "share"),
        CheckConstraint(
            "tell_role in ('leader', 'team', 'community_staff', 'street_staff', 'district')",
            "tell_role",
        ),
        Index(
            "uq_escalation_step_in_use",
            "prefix",
            "at_percent",
            "tell_role",
            unique=True,
            postgresql_where=text("disabled_at is null"),
        ),
    )


class Escalation(Base):
    """That a rung was climbed by a case, once for each time its clock was started anew."""

    __tablename__ = "escalation"

    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id), primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey(EscalationStep.id), primary_key=True)
    clock_seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SupervisionSlip(Base):
    """督办单: a written demand, by the top of the ladder or by hand, answered, then closed."""

    __tablename__ = "supervision_slip"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id), index=True)
    issued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    issued_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    reason: Mapped[str] = mapped_column(Text)
    answer_by: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answer: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))

    __table_args__ = (
        CheckConstraint("closed_at is null or answered_at is not null", "closed_after_answer"),
    )
