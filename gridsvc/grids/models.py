"""Tables of the territory. Geometry is EPSG:4326 everywhere but in the derived tile table.

Validity is half open: ``valid_from`` belongs to it, ``valid_to`` does not, ``NULL`` means still.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.db import Base, choice
from gridsvc.grids.rules import GridKind

#: When the service was told a row, which is not when the row begins to hold.
Recorded = Annotated[
    datetime, mapped_column(DateTime(timezone=True), server_default=func.now(), nullable=False)
]

_DURING = text("daterange(valid_from, valid_to)")

# PostGIS calls a polygon at longitude 999 valid, so the bounds are ours to hold.
_ON_EARTH = (
    "st_xmin({0}) >= -180 and st_xmax({0}) <= 180 and st_ymin({0}) >= -90 and st_ymax({0}) <= 90"
)


def _shape_checks(column: str) -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint(f"st_isvalid({column}) and not st_isempty({column})", "valid_shape"),
        CheckConstraint(_ON_EARTH.format(column), "on_earth"),
    )


class DivisionLevel(Base):
    """A level of the administrative tree: data, so that a city may have other levels."""

    __tablename__ = "division_level"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    digits: Mapped[int] = mapped_column(SmallInteger, unique=True)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("code", "digits"),)


class Division(Base):
    """A district, subdistrict or community; its code prefix is its subtree."""

    __tablename__ = "division"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    digits: Mapped[int] = mapped_column(
        SmallInteger, Computed("length(code)::smallint", persisted=True)
    )
    level: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("division.code"))
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    source_code: Mapped[str | None] = mapped_column(Text)
    household_min: Mapped[int | None]
    household_max: Mapped[int | None]
    public_map: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        ForeignKeyConstraint(["level", "digits"], [DivisionLevel.code, DivisionLevel.digits]),
        CheckConstraint("code ~ '^[0-9]+$'", "digits_only"),
        CheckConstraint(
            "parent_code is null or (length(parent_code) < length(code)"
            " and starts_with(code, parent_code))",
            "below_parent",
        ),
        CheckConstraint("household_min >= 0 and household_max >= household_min", "range"),
        Index(None, "parent_code"),
        Index(None, "source_code"),
        Index("ix_division_code_prefix", "code", postgresql_ops={"code": "text_pattern_ops"}),
    )


class DivisionBoundary(Base):
    """The outline of a division in one period."""

    __tablename__ = "division_boundary"

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(ForeignKey(Division.code))
    geom: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", 4326, spatial_index=True))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        CheckConstraint("valid_to > valid_from", "period"),
        *_shape_checks("geom"),
        ExcludeConstraint(
            ("division_code", "="), (_DURING, "&&"), name="one_outline_at_a_time", using="gist"
        ),
    )


class Grid(Base):
    """A grid as a name and a code; what it covers is in :class:`GridBoundary`."""

    __tablename__ = "grid"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    community_code: Mapped[str] = mapped_column(ForeignKey(Division.code), index=True)
    kind: Mapped[GridKind] = mapped_column(choice(GridKind, "kind"))
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    source_code: Mapped[str | None] = mapped_column(Text, index=True)

    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{15}$'", "fifteen_digits"),
        CheckConstraint("community_code = left(code, 12)", "in_community"),
        Index("ix_grid_code_prefix", "code", postgresql_ops={"code": "text_pattern_ops"}),
    )


class GridBoundary(Base):
    """What a grid covers in one period: one valid polygon, and the households counted in it.

    A period without a day is a boundary that was announced and taken back before it began.
    """

    __tablename__ = "grid_boundary"

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_code: Mapped[str] = mapped_column(ForeignKey(Grid.code))
    geom: Mapped[WKBElement] = mapped_column(Geometry("POLYGON", 4326, spatial_index=True))
    household_count: Mapped[int | None]
    dwelling_count: Mapped[int | None]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[Recorded] = mapped_column(index=True)

    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", "period"),
        CheckConstraint("household_count >= 0 and dwelling_count >= 0", "counts"),
        *_shape_checks("geom"),
        ExcludeConstraint(
            ("grid_code", "="), (_DURING, "&&"), name="one_boundary_at_a_time", using="gist"
        ),
    )


class Building(Base):
    """A building with its households: a place, with a count and no names.

    ``anchor`` decides which grid a building is in, so that a footprint on a border is in one.
    """

    __tablename__ = "building"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str | None] = mapped_column(Text)
    community_code: Mapped[str | None] = mapped_column(ForeignKey(Division.code), index=True)
    geom: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", 4326, spatial_index=True))
    anchor: Mapped[WKBElement] = mapped_column(Geometry("POINT", 4326, spatial_index=True))
    household_count: Mapped[int]
    dwelling_count: Mapped[int]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[Recorded]

    __table_args__ = (
        CheckConstraint("valid_to > valid_from", "period"),
        CheckConstraint("household_count >= 0 and dwelling_count >= 0", "counts"),
        *_shape_checks("geom"),
    )


class BaseFeature(Base):
    """Water, green and streets below the grids; drawn, never counted."""

    __tablename__ = "base_feature"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    rank: Mapped[int] = mapped_column(SmallInteger, server_default="3")
    name: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", 4326, spatial_index=True))

    __table_args__ = (CheckConstraint("kind in ('water', 'green', 'street')", "kind"),)


class TileFeature(Base):
    """Derived: what a vector tile is cut from, simplified over the whole coverage per level.

    Never read for a decision; ``gridsvc check`` and every publish can make it anew.
    """

    __tablename__ = "tile_feature"

    id: Mapped[int] = mapped_column(primary_key=True)
    layer: Mapped[str] = mapped_column(Text)
    lod: Mapped[int] = mapped_column(SmallInteger)
    code: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", 3857, spatial_index=False))

    __table_args__ = (
        # layer and lod lead, so that one index serves every level of detail alone
        Index("ix_tile_feature_cut", "layer", "lod", "geom", postgresql_using="gist"),
        Index(None, "code"),
    )


class LayerVersion(Base):
    """A number that rises in the transaction that changes a layer: its ETag and cache key."""

    __tablename__ = "layer_version"

    layer: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class TerritoryFinding(Base):
    """Derived: a gap in or an overlap of the territory, for as long as it lasts.

    What the records no longer tell is ``superseded_at``: a figure printed before counted it.
    """

    __tablename__ = "territory_finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    community_code: Mapped[str | None] = mapped_column(ForeignKey(Division.code))
    grid_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    area_m2: Mapped[float]
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", 4326, spatial_index=True))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[Recorded]
    superseded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (CheckConstraint("kind in ('gap', 'overlap')", "kind"),)


class SaidBefore(Base):
    """What a dated row said until it was changed: append-only, written by a trigger.

    `gridsvc.grids.known` reads it; ``said`` holds the columns that may change.
    """

    __tablename__ = "said_before"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    table_name: Mapped[str] = mapped_column(Text)
    row_id: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    said: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (Index(None, "table_name", "row_id", "until"),)
