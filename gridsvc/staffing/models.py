"""Tables of staffing. Periods are half open: ``valid_from`` in, ``valid_to`` out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.accounts.models import UserAccount
from gridsvc.db import Base, choice
from gridsvc.grids.models import Division, Grid, Recorded
from gridsvc.staffing.rules import BranchKind, Decision, Post, Source, TeamKind

_DURING = text("daterange(valid_from, valid_to)")


class Team(Base):
    """A service team with its duty phone: the number that is answered, whoever is on duty.

    ``member_count`` and ``skills`` are those of teams across grids, whose members have no posts.
    """

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[TeamKind] = mapped_column(choice(TeamKind, "kind"))
    division_code: Mapped[str] = mapped_column(ForeignKey(Division.code), index=True)
    duty_phone: Mapped[str | None] = mapped_column(Text)
    member_count: Mapped[int | None]
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        CheckConstraint("valid_to > valid_from", "period"),
        CheckConstraint("member_count >= 0", "members"),
    )


class TeamPost(Base):
    """A post of a team and the source that fills it."""

    __tablename__ = "team_post"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey(Team.id), index=True)
    post: Mapped[Post] = mapped_column(choice(Post, "post"))
    source: Mapped[Source] = mapped_column(choice(Source, "source"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[Recorded]

    __table_args__ = (
        CheckConstraint("valid_to > valid_from", "period"),
        ExcludeConstraint(
            ("team_id", "="),
            ("post", "="),
            (_DURING, "&&"),
            name="one_leader_one_deputy",
            using="gist",
            where=text("post in ('leader', 'deputy')"),
        ),
    )


class PostHolding(Base):
    """A period in which a post is held; a post without one on a day is vacant that day."""

    __tablename__ = "post_holding"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey(TeamPost.id))
    user_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[Recorded]

    __table_args__ = (
        CheckConstraint("valid_to > valid_from", "period"),
        ExcludeConstraint(
            ("post_id", "="), (_DURING, "&&"), name="one_holder_at_a_time", using="gist"
        ),
    )


class Branch(Base):
    """A branch; under three members it must be a group or a joint branch."""

    __tablename__ = "branch"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[BranchKind] = mapped_column(choice(BranchKind, "kind"))
    division_code: Mapped[str] = mapped_column(ForeignKey(Division.code), index=True)
    member_count: Mapped[int]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        CheckConstraint("valid_to > valid_from", "period"),
        CheckConstraint("member_count >= 0", "members"),
        CheckConstraint("member_count >= 3 or kind in ('group', 'joint')", "small_is_group"),
    )


class TeamAssignment(Base):
    """The one team of a grid in one period; without a day: announced and taken back."""

    __tablename__ = "team_assignment"

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_code: Mapped[str] = mapped_column(ForeignKey(Grid.code))
    team_id: Mapped[int] = mapped_column(ForeignKey(Team.id), index=True)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[Recorded]

    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", "period"),
        ExcludeConstraint(
            ("grid_code", "="), (_DURING, "&&"), name="one_team_at_a_time", using="gist"
        ),
    )


class BranchAssignment(Base):
    """The one branch of a grid in one period, as `TeamAssignment` has it."""

    __tablename__ = "branch_assignment"

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_code: Mapped[str] = mapped_column(ForeignKey(Grid.code))
    branch_id: Mapped[int] = mapped_column(ForeignKey(Branch.id), index=True)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[Recorded]

    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", "period"),
        ExcludeConstraint(
            ("grid_code", "="), (_DURING, "&&"), name="one_branch_at_a_time", using="gist"
        ),
    )


class GridHandover(Base):
    """That a grid's open cases go from one team to another on a day, and how many went."""

    __tablename__ = "grid_handover"

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_code: Mapped[str] = mapped_column(ForeignKey(Grid.code), index=True)
    from_team_id: Mapped[int | None] = mapped_column(ForeignKey(Team.id))
    to_team_id: Mapped[int] = mapped_column(ForeignKey(Team.id))
    effective_on: Mapped[date] = mapped_column(Date)
    ordered_by_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    ordered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cases: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (
        CheckConstraint("from_team_id <> to_team_id", "another_team"),
        Index("ix_grid_handover_due", "effective_on", postgresql_where=text("done_at is null")),
    )


class PostOffer(Base):
    """A vacant post that is offered, claimed by one account, and decided by the community."""

    __tablename__ = "post_offer"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey(TeamPost.id))
    offered_by_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    offered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    claimed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision: Mapped[Decision | None] = mapped_column(choice(Decision, "decision"))

    __table_args__ = (
        CheckConstraint("(claimed_by_id is null) = (claimed_at is null)", "claimed"),
        CheckConstraint("num_nulls(decided_by_id, decided_at, decision) in (0, 3)", "decided"),
        CheckConstraint("decision <> 'confirmed' or claimed_at is not null", "claimed_first"),
        Index(
            "uq_post_offer_open",
            "post_id",
            unique=True,
            postgresql_where=text("decided_at is null"),
        ),
    )


class Pairing(Base):
    """An outside organisation that stands by a community: its name and how many people come."""

    __tablename__ = "pairing"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(Text)
    division_code: Mapped[str] = mapped_column(ForeignKey(Division.code), index=True)
    people: Mapped[int]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", "period"),
        CheckConstraint("people >= 0", "people"),
        ExcludeConstraint(
            ("organisation", "="),
            ("division_code", "="),
            (_DURING, "&&"),
            name="paired_once",
            using="gist",
        ),
    )


class CompositionRule(Base):
    """What a complete team and branch are, below a prefix from a day on: append-only.

    ``seats`` lists ``{"sources": [...], "villages": bool}``: a team needs a post of one of these
    sources, everywhere or in villages alone.
    """

    __tablename__ = "composition_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date] = mapped_column(Date)
    team_min: Mapped[int]
    team_max: Mapped[int]
    branch_min: Mapped[int]
    branch_max: Mapped[int]
    seats: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    set_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))

    __table_args__ = (
        CheckConstraint("prefix ~ '^[0-9]{0,12}$'", "prefix"),
        CheckConstraint("team_min >= 1 and team_max >= team_min", "team"),
        CheckConstraint("branch_min >= 3 and branch_max >= branch_min", "branch"),
        Index(None, "prefix", "valid_from"),
    )
