"""Tables of cases. What was reported never changes; what happened is appended."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    FetchedValue,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.accounts.models import UserAccount
from gridsvc.db import Base, choice
from gridsvc.grids.models import Division, Grid, GridBoundary
from gridsvc.incidents.rules import (
    ClockEntryKind,
    Kind,
    Level,
    LimitKind,
    Outcome,
    Provenance,
    Status,
)
from gridsvc.staffing.models import Branch, Team

# Web Mercator pixels at zoom 18 (256 px tiles): 2^26 around the world, 0.6 m at the equator.
_PIXELS = 2**26
_PIXEL_X = f"floor((st_x(geom) + 180) / 360 * {_PIXELS})::integer"
_PIXEL_Y = (
    f"floor((1 - ln(tan(radians(greatest(least(st_y(geom), 85), -85)))"
    f" + 1 / cos(radians(greatest(least(st_y(geom), 85), -85)))) / pi()) / 2 * {_PIXELS})::integer"
)
_OPEN = text("closed_at is null")


class Category(Base):
    """What a case is about, by (standard, kind, code), for as long as the entry is valid."""

    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    standard: Mapped[str] = mapped_column(Text)
    kind: Mapped[Kind] = mapped_column(choice(Kind, "kind"))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    sensitive: Mapped[bool] = mapped_column(server_default=text("false"))
    # Of things in public space: anybody may read such cases one by one, where the map is public.
    public: Mapped[bool] = mapped_column(server_default=text("false"))
    limit_kind: Mapped[LimitKind | None] = mapped_column(choice(LimitKind, "limit_kind"))
    limit_count: Mapped[int | None]
    duplicate_radius_m: Mapped[float] = mapped_column(server_default=text("100"))
    duplicate_days: Mapped[int] = mapped_column(server_default=text("14"))
    photo_required: Mapped[bool] = mapped_column(server_default=text("false"))
    emergency_phone: Mapped[str | None] = mapped_column(Text)
    rank: Mapped[int] = mapped_column(server_default=text("100"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("standard", "kind", "code", "valid_from"),
        CheckConstraint("valid_to > valid_from", "period"),
        CheckConstraint("not (public and sensitive)", "public"),
        CheckConstraint("limit_count > 0", "limit"),
        CheckConstraint("duplicate_radius_m >= 0 and duplicate_days >= 0", "duplicates"),
    )


class CategoryQuestion(Base):
    """An extra question of a category; Open311 calls it an attribute."""

    __tablename__ = "category_question"

    category_id: Mapped[int] = mapped_column(ForeignKey(Category.id), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    rank: Mapped[int]
    datatype: Mapped[str] = mapped_column(Text)
    required: Mapped[bool] = mapped_column(server_default=text("false"))
    prompt: Mapped[str] = mapped_column(Text)
    prompt_en: Mapped[str | None] = mapped_column(Text)
    choices: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)

    __table_args__ = (
        CheckConstraint(
            "datatype in ('string', 'number', 'datetime', 'text', 'singlevaluelist',"
            " 'multivaluelist')",
            "datatype",
        ),
    )


class CategoryCrosswalk(Base):
    """Which entry of a newer edition an entry becomes, from a day on."""

    __tablename__ = "category_crosswalk"

    from_id: Mapped[int] = mapped_column(ForeignKey(Category.id), primary_key=True)
    to_id: Mapped[int] = mapped_column(ForeignKey(Category.id), primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date)


class SpecialistTeam(Base):
    """A team that co-handles a category wherever its division reaches."""

    __tablename__ = "specialist_team"

    team_id: Mapped[int] = mapped_column(ForeignKey(Team.id), primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey(Category.id), primary_key=True)


class Incident(Base):
    """A case at a place. Where and when it was reported, and the grid of that day, are fixed.

    ``grid_code`` is ``NULL`` for a place outside every grid or without a place: such a case
    waits on the list of the supervisor of ``division_code``.
    """

    __tablename__ = "incident"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[Kind] = mapped_column(choice(Kind, "kind"))
    category_id: Mapped[int] = mapped_column(ForeignKey(Category.id))
    status: Mapped[Status] = mapped_column(choice(Status, "status"))
    level: Mapped[Level] = mapped_column(choice(Level, "level"))
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome, "outcome"))
    description: Mapped[str | None] = mapped_column(Text)

    geom: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", 4326, spatial_index=True))
    datum: Mapped[str] = mapped_column(Text)
    original_lon: Mapped[float | None]
    original_lat: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    provenance: Mapped[Provenance] = mapped_column(choice(Provenance, "provenance"))

    reported_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    occurred_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    received_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # When the sweep looks at the case next; NULL while its clock stands still.
    sweep_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    grid_code: Mapped[str | None] = mapped_column(ForeignKey(Grid.code))
    grid_boundary_id: Mapped[int | None] = mapped_column(ForeignKey(GridBoundary.id))
    division_code: Mapped[str | None] = mapped_column(ForeignKey(Division.code))
    team_id: Mapped[int | None] = mapped_column(ForeignKey(Team.id))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey(Branch.id))

    # First receiver owns it until another accepts: team_id is the lead of today, this the first.
    first_team_id: Mapped[int | None] = mapped_column(ForeignKey(Team.id))
    grid_candidates: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    grid_was_chosen: Mapped[bool] = mapped_column(server_default=text("false"))
    device_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    review_reason: Mapped[str | None] = mapped_column(Text)
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    households_affected: Mapped[int] = mapped_column(server_default=text("1"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    return_count: Mapped[int] = mapped_column(server_default=text("0"))
    rating: Mapped[int | None]
    fed_back_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reporter_user_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    tracking_code: Mapped[str | None] = mapped_column(Text, unique=True)

    client_report_id: Mapped[str | None] = mapped_column(Text, unique=True)
    content_hash: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    source_ref: Mapped[str | None] = mapped_column(Text)

    pixel_x: Mapped[int | None] = mapped_column(Integer, Computed(_PIXEL_X, persisted=True))
    pixel_y: Mapped[int | None] = mapped_column(Integer, Computed(_PIXEL_Y, persisted=True))

    __table_args__ = (
        UniqueConstraint("source", "source_ref"),
        CheckConstraint("closed_at >= reported_at", "closed_after_reported"),
        CheckConstraint("(status in ('closed', 'merged')) = (closed_at is not null)", "ended"),
        CheckConstraint("(grid_code is null) = (grid_boundary_id is null)", "grid_of_its_day"),
        CheckConstraint("grid_code is null or geom is not null", "grid_has_place"),
        CheckConstraint("accuracy_m >= 0", "accuracy"),
        CheckConstraint("(status = 'merged') = (merged_into_id is not null)", "merged"),
        CheckConstraint("merged_into_id <> id", "not_into_itself"),
        CheckConstraint("rating between 1 and 3", "rating"),
        CheckConstraint("households_affected >= 1 and return_count >= 0", "counts"),
        Index(None, "merged_into_id", postgresql_where=text("merged_into_id is not null")),
        CheckConstraint("datum in ('wgs84', 'cgcs2000', 'gcj02', 'bd09')", "datum"),
        CheckConstraint(
            "st_x(geom) between -180 and 180 and st_y(geom) between -90 and 90", "on_earth"
        ),
        # Open cases are a small part of all: every map and list of open work reads these alone.
        Index(
            "ix_incident_open_grid",
            "grid_code",
            "category_id",
            "level",
            "reported_at",
            postgresql_where=_OPEN,
        ),
        Index("ix_incident_open_pixel", "pixel_x", "pixel_y", postgresql_where=_OPEN),
        Index("ix_incident_open_due", "due_at", postgresql_where=_OPEN),
        Index("ix_incident_sweep", "sweep_at", postgresql_where=text("sweep_at is not null")),
        Index(
            "ix_incident_nobodys",
            "division_code",
            "reported_at",
            postgresql_where=text("grid_code is null"),
        ),
        Index(None, "grid_code", "reported_at"),
        # What was open on a past day: not closed since, or closed later than that day.
        Index(None, "closed_at"),
    )


class IncidentEvent(Base):
    """One step of a case's history; triggers refuse UPDATE, DELETE and TRUNCATE."""

    __tablename__ = "incident_event"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id))
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    action: Mapped[str] = mapped_column(Text)
    from_status: Mapped[Status | None] = mapped_column(choice(Status, "from_status"))
    to_status: Mapped[Status] = mapped_column(choice(Status, "to_status"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    note: Mapped[str | None] = mapped_column(Text)
    team_id: Mapped[int | None] = mapped_column(ForeignKey(Team.id))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    # Set by a trigger: SHA-256 over the step and the hash before it, so that a change shows.
    hash: Mapped[bytes] = mapped_column(LargeBinary, FetchedValue(), nullable=False)

    __table_args__ = (
        UniqueConstraint("incident_id", "seq"),
        CheckConstraint("seq >= 1", "seq"),
        # Joining a case is done once, however often the phone sends it.
        Index(
            "uq_incident_event_join",
            text("(detail ->> 'client_report_id')"),
            unique=True,
            postgresql_where=text("action = 'join'"),
        ),
    )


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


class Photo(Base):
    """A photo of a place, re-encoded on arrival, without the original and its metadata.

    ``covers`` are rectangles (x, y, width, height in pixels) that the published picture hides.
    """

    __tablename__ = "photo"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id), index=True)
    client_photo_id: Mapped[str | None] = mapped_column(Text, unique=True)
    purpose: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    jpeg: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    covers: Mapped[list[list[int]]] = mapped_column(JSONB, default=list)
    covered_jpeg: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    received_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    user_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))

    __table_args__ = (
        CheckConstraint("purpose in ('report', 'resolve')", "purpose"),
        UniqueConstraint("incident_id", "content_hash"),
    )


class ReporterContact(Base):
    """How to reach who reported: optional, apart, and erased some days after the case closed."""

    __tablename__ = "reporter_contact"

    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id), primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)


class ContactLook(Base):
    """Who looked at a contact, when and why: append-only, and outlives the contact."""

    __tablename__ = "contact_look"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str] = mapped_column(Text)


class EscalationStep(Base):
    """A rung of the ladder: at a share of the limit, who is told, and whether the level rises."""

    __tablename__ = "escalation_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(Text)
    at_percent: Mapped[int]
    tell_role: Mapped[str] = mapped_column(Text)
    raises_level: Mapped[bool] = mapped_column(server_default=text("false"))
    issues_slip: Mapped[bool] = mapped_column(server_default=text("false"))
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("at_percent between 1 and 1000", "share"),
        CheckConstraint(
            "tell_role in ('leader', 'team', 'community_staff', 'street_staff', 'district')",
            "tell_role",
        ),
        UniqueConstraint("prefix", "at_percent", "tell_role"),
    )


class Escalation(Base):
    """That a rung was climbed by a case, once for each time its clock was started anew."""

    __tablename__ = "escalation"

    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id), primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey(EscalationStep.id), primary_key=True)
    clock_seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SupervisionSlip(Base):
    """督办单: the office's written demand at the top of the ladder, until it is answered."""

    __tablename__ = "supervision_slip"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey(Incident.id), index=True)
    issued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    issued_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    reason: Mapped[str] = mapped_column(Text)
    answer_by: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answer: Mapped[str | None] = mapped_column(Text)
