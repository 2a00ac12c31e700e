"""Tables of drafts. Geometry is EPSG:4326 on the lattice; the log is append-only by trigger."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gridsvc.accounts.models import UserAccount
from gridsvc.db import Base, choice
from gridsvc.grids.models import Building, Division
from gridsvc.plans.rules import Decision, EditKind, JobKind, JobState, PlanState

_GRID_CODE = "grid_code ~ '^[0-9]{15}$'"


class Plan(Base):
    """A draft: another division of a territory into grids, and how far it is."""

    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id), index=True)
    scope_code: Mapped[str] = mapped_column(ForeignKey(Division.code), index=True)
    base_on: Mapped[date] = mapped_column(Date)
    base_boundary_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    state: Mapped[PlanState] = mapped_column(choice(PlanState, "state"))
    log_number: Mapped[int] = mapped_column(default=0)
    next_atom: Mapped[int] = mapped_column(BigInteger, default=1)
    effective_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    owner: Mapped[UserAccount] = relationship(lazy="joined")
    division: Mapped[Division] = relationship(lazy="joined")

    __table_args__ = (CheckConstraint("name <> '' and log_number >= 0", "named"),)


class PlanAtom(Base):
    """The working state: every atom of a draft, and the grid that it is in.

    ``lon`` and ``lat`` are where its building's anchor is; ``block`` is -1 without one.
    """

    __tablename__ = "plan_atom"

    plan_id: Mapped[int] = mapped_column(
        ForeignKey(Plan.id, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    atom: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    grid_code: Mapped[str] = mapped_column(Text)
    households: Mapped[int]
    dwellings: Mapped[int]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    building_id: Mapped[int | None] = mapped_column(ForeignKey(Building.id))
    block: Mapped[int] = mapped_column(server_default="-1")
    geom: Mapped[WKBElement] = mapped_column(Geometry("POLYGON", 4326, spatial_index=False))

    __table_args__ = (
        CheckConstraint(_GRID_CODE, "fifteen_digits"),
        CheckConstraint("households >= 0 and dwellings >= 0", "counts"),
        Index(None, "plan_id", "grid_code"),
        Index("ix_plan_atom_place", "plan_id", "geom", postgresql_using="gist"),
        Index(None, "building_id"),
    )


class PlanGrid(Base):
    """Derived from the atoms, in the transaction of every edit: a grid as the draft has it.

    ``changed`` tells that its atoms or counts are not those that the draft began with.
    """

    __tablename__ = "plan_grid"

    plan_id: Mapped[int] = mapped_column(
        ForeignKey(Plan.id, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    grid_code: Mapped[str] = mapped_column(Text, primary_key=True)
    households: Mapped[int]
    dwellings: Mapped[int]
    atoms: Mapped[int]
    area_m2: Mapped[float]
    compactness: Mapped[float]
    changed: Mapped[bool] = mapped_column(server_default=text("false"))
    geom: Mapped[WKBElement] = mapped_column(Geometry("POLYGON", 4326, spatial_index=False))

    __table_args__ = (CheckConstraint(_GRID_CODE, "fifteen_digits"),)


class PlanBase(Base):
    """A grid that a draft began from, as its atoms drew it then; ``digest`` tells what changed."""

    __tablename__ = "plan_base"

    plan_id: Mapped[int] = mapped_column(
        ForeignKey(Plan.id, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    grid_code: Mapped[str] = mapped_column(Text, primary_key=True)
    households: Mapped[int]
    dwellings: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    geom: Mapped[WKBElement] = mapped_column(Geometry("POLYGON", 4326, spatial_index=False))


class PlanEdit(Base):
    """A line of the log: what was asked, who, when, why, and what it changed and from what.

    ``before`` and ``after`` are atoms as `gridsvc.plans.deltas` packs them; ``of_seq`` is the
    line that an undo or redo is about, or that was replayed on another base.
    """

    __tablename__ = "plan_edit"

    plan_id: Mapped[int] = mapped_column(ForeignKey(Plan.id), primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[EditKind] = mapped_column(choice(EditKind, "kind"))
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    actor_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    why: Mapped[str | None] = mapped_column(Text)
    grids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    households: Mapped[dict[str, Any]] = mapped_column(JSONB)
    seen: Mapped[int]
    client_id: Mapped[str | None] = mapped_column(Text)
    of_seq: Mapped[int | None]
    shifted_m: Mapped[float] = mapped_column(server_default="0")
    before: Mapped[bytes] = mapped_column(LargeBinary)
    after: Mapped[bytes] = mapped_column(LargeBinary)

    actor: Mapped[UserAccount] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("plan_id", "client_id"),)


class PlanLock(Base):
    """A grid or a community that edits must leave as it is, and why."""

    __tablename__ = "plan_lock"

    plan_id: Mapped[int] = mapped_column(
        ForeignKey(Plan.id, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    why: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    by: Mapped[UserAccount] = relationship(lazy="joined")

    __table_args__ = (CheckConstraint("code ~ '^([0-9]{12}|[0-9]{15})$'", "grid_or_community"),)


class PlanComment(Base):
    """What somebody says about a place of a draft, until an edit or a person closes it."""

    __tablename__ = "plan_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey(Plan.id, ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    lon: Mapped[float]
    lat: Mapped[float]
    text: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    closed_seq: Mapped[int | None]

    author: Mapped[UserAccount] = relationship(lazy="joined", foreign_keys=[author_id])
    closed_by: Mapped[UserAccount | None] = relationship(lazy="joined", foreign_keys=[closed_by_id])

    __table_args__ = (
        CheckConstraint("text <> '' and abs(lon) <= 180 and abs(lat) <= 90", "placed"),
        CheckConstraint("(closed_at is null) = (closed_by_id is null)", "closed"),
        ForeignKeyConstraint(["plan_id", "closed_seq"], [PlanEdit.plan_id, PlanEdit.seq]),
    )


class PlanWaiver(Base):
    """Why a warning is passed; it holds for the figure that it was written for."""

    __tablename__ = "plan_waiver"

    plan_id: Mapped[int] = mapped_column(
        ForeignKey(Plan.id, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    grids: Mapped[tuple[str, ...]] = mapped_column(ARRAY(Text, as_tuple=True), primary_key=True)
    figure: Mapped[float]
    why: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    by: Mapped[UserAccount] = relationship(lazy="joined")


class PlanMisfit(Base):
    """An edit that did not fit a new base, and what the planner decided about it.

    ``drawn`` is what a file had drawn, as `gridsvc.plans.intake` keeps it, to be laid again.
    """

    __tablename__ = "plan_misfit"

    plan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rebase_seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    why: Mapped[str] = mapped_column(Text)
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    decision: Mapped[Decision | None] = mapped_column(choice(Decision, "decision"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    drawn: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        ForeignKeyConstraint(["plan_id", "seq"], [PlanEdit.plan_id, PlanEdit.seq]),
        CheckConstraint("(decision is null) = (decided_at is null)", "decided"),
    )


class PlanJob(Base):
    """Work that takes longer than an answer may; one of the workers does it."""

    __tablename__ = "plan_job"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey(Plan.id, ondelete="CASCADE"), index=True)
    kind: Mapped[JobKind] = mapped_column(choice(JobKind, "kind"))
    state: Mapped[JobState] = mapped_column(choice(JobState, "state"))
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    seen: Mapped[int]
    done: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int] = mapped_column(server_default="0")
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    labels: Mapped[bytes | None] = mapped_column(LargeBinary)
    error: Mapped[str | None] = mapped_column(Text)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    beat_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index("ix_plan_job_open", "id", postgresql_where=text("state in ('waiting', 'running')")),
    )
