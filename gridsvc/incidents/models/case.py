"""A case and its history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
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
from gridsvc.incidents.models.catalogue import Category
from gridsvc.incidents.rules import (
    Kind,
    Level,
    Outcome,
    Provenance,
    Status,
    Urgency,
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


class Incident(Base):
    """A case at a place. Where and when it was reported, and the grid of that day, are fixed.

    ``grid_code`` is ``NULL`` for a place outside every grid or without a place: such a case
    waits on the list of the supervisor of ``division_code``, who may give it its place once.
    ``original_lon``, ``original_lat`` are then what was sent, in ``datum``; as they are after a
    conversion, and for numbers that are no place on earth, of which ``geom`` is ``NULL``.
    """

    __tablename__ = "incident"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[Kind] = mapped_column(choice(Kind, "kind"))
    category_id: Mapped[int] = mapped_column(ForeignKey(Category.id))
    status: Mapped[Status] = mapped_column(choice(Status, "status"))
    level: Mapped[Level] = mapped_column(choice(Level, "level"))
    urgency: Mapped[Urgency] = mapped_column(
        choice(Urgency, "urgency"), server_default=Urgency.ORDINARY.value
    )
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
    # The grid whose people work on it now, where a newer map gave its place to another grid.
    handled_code: Mapped[str | None] = mapped_column(ForeignKey(Grid.code))
    team_id: Mapped[int | None] = mapped_column(ForeignKey(Team.id))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey(Branch.id))

    # First receiver owns it until another accepts: team_id is the lead of today, this the first.
    first_team_id: Mapped[int | None] = mapped_column(ForeignKey(Team.id))
    grid_candidates: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    grid_was_chosen: Mapped[bool] = mapped_column(server_default=text("false"))
    device_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    review_reason: Mapped[str | None] = mapped_column(Text)
    # When somebody looked at what is odd about it; who, its history says.
    reviewed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
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
        Index(
            "ix_incident_odd",
            "grid_code",
            "division_code",
            postgresql_where=text("review_reason is not null and reviewed_at is null"),
        ),
        # How much an account sent in the last minutes.
        Index(
            "ix_incident_reporter",
            "reporter_user_id",
            "received_at",
            postgresql_where=text("reporter_user_id is not null"),
        ),
        Index(None, "grid_code", "reported_at"),
        Index(None, "handled_code", postgresql_where=text("handled_code is not null")),
        # What was open on a past day: not closed since, or closed later than that day.
        Index(None, "closed_at"),
        # Reports ask for the cases of a period.
        Index(None, "reported_at"),
    )

    @property
    def place(self) -> str | None:
        """Code of the grid, or outside every grid the division, whose people work on it now."""
        return self.handled_code or self.grid_code or self.division_code


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
        Index(None, "at"),
        # Joining a case is done once, however often the phone sends it.
        Index(
            "uq_incident_event_join",
            text("(detail ->> 'client_report_id')"),
            unique=True,
            postgresql_where=text("action = 'join'"),
        ),
        # A step that a phone sends twice in the rain is taken once.
        Index(
            "uq_incident_event_client_step",
            text("(detail ->> 'client_step_id')"),
            unique=True,
            postgresql_where=text("detail ? 'client_step_id'"),
        ),
    )
