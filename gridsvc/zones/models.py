"""Tables of contact zones. Periods are half open; one without a day never began."""

from __future__ import annotations

from datetime import date, datetime

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.accounts.models import UserAccount
from gridsvc.db import Base
from gridsvc.grids.models import Building, Grid, GridBoundary
from gridsvc.staffing.models import TeamPost

_DURING = text("daterange(valid_from, valid_to)")


class ContactZone(Base):
    """Some households of a grid in one period. What it holds never changes: another zone would."""

    __tablename__ = "contact_zone"

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_code: Mapped[str] = mapped_column(ForeignKey(Grid.code))
    number: Mapped[int] = mapped_column(SmallInteger)
    households: Mapped[int]
    dwellings: Mapped[int]
    geom: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", 4326, spatial_index=True))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )

    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", "period"),
        CheckConstraint("households >= 0 and dwellings >= 0 and number > 0", "counts"),
        CheckConstraint("st_isvalid(geom) and not st_isempty(geom)", "valid_shape"),
        ExcludeConstraint(
            ("grid_code", "="),
            ("number", "="),
            (_DURING, "&&"),
            name="one_zone_of_a_number",
            using="gist",
        ),
    )


class ContactZonePart(Base):
    """The doors of a building that lie in a zone, from the first to the last, both included."""

    __tablename__ = "contact_zone_part"

    zone_id: Mapped[int] = mapped_column(ForeignKey(ContactZone.id), primary_key=True)
    building_id: Mapped[int] = mapped_column(ForeignKey(Building.id), primary_key=True, index=True)
    first_door: Mapped[int] = mapped_column(primary_key=True)
    last_door: Mapped[int]
    households: Mapped[int]

    __table_args__ = (
        CheckConstraint("first_door >= 1 and last_door >= first_door", "doors"),
        CheckConstraint("households >= 0", "households"),
    )


class ZoneRound(Base):
    """That a grid's zones were made for a day, under which boundary and by whom: append-only."""

    __tablename__ = "zone_round"

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_code: Mapped[str] = mapped_column(ForeignKey(Grid.code))
    boundary_id: Mapped[int] = mapped_column(ForeignKey(GridBoundary.id))
    made_for: Mapped[date] = mapped_column(Date)
    households: Mapped[int]
    kept: Mapped[int]
    made: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))

    __table_args__ = (
        CheckConstraint("households >= 0 and kept >= 0 and made >= 0", "counts"),
        Index(None, "grid_code", "made_for"),
    )


class ZoneContact(Base):
    """The post of a team that a zone's households turn to in one period: a post, no person."""

    __tablename__ = "zone_contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey(ContactZone.id))
    post_id: Mapped[int] = mapped_column(ForeignKey(TeamPost.id), index=True)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    given_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))

    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", "period"),
        ExcludeConstraint(
            ("zone_id", "="), (_DURING, "&&"), name="one_contact_at_a_time", using="gist"
        ),
    )


class ZoneOrder(Base):
    """Zones for many grids, left to a worker; a ``trial`` only counts what they would come to.

    ``prefixes`` is the area, ``grids`` how many were asked for. It is under way while one of its
    grids waits; stopping takes those out.
    """

    __tablename__ = "zone_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefixes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    trial: Mapped[bool]
    grids: Mapped[int]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    stopped_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index(None, "asked_by_id"),)


class ZoneOrderGrid(Base):
    """One grid of an order: it waits until ``done_at``; ``reason`` says why it was left out.

    ``households`` are those in zones, ``left_over`` those that no building accounts for, and
    ``faults`` has a word for each zone of too few or too many households.
    """

    __tablename__ = "zone_order_grid"

    order_id: Mapped[int] = mapped_column(
        ForeignKey(ZoneOrder.id, ondelete="CASCADE"), primary_key=True
    )
    grid_code: Mapped[str] = mapped_column(ForeignKey(Grid.code), primary_key=True)
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str | None] = mapped_column(Text)
    households: Mapped[int] = mapped_column(server_default=text("0"))
    left_over: Mapped[int] = mapped_column(server_default=text("0"))
    kept: Mapped[int] = mapped_column(server_default=text("0"))
    made: Mapped[int] = mapped_column(server_default=text("0"))
    given: Mapped[int] = mapped_column(server_default=text("0"))
    faults: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))

    __table_args__ = (
        Index(
            "ix_zone_order_grid_waiting",
            "order_id",
            "grid_code",
            postgresql_where=text("done_at is null"),
        ),
    )
