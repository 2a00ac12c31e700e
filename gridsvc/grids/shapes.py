"""Reads that hand shapes out as GeoJSON: pages of grids, gaps and overlaps. EPSG:4326."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.known import as_known, found_by
from gridsvc.grids.models import Grid, GridBoundary, TerritoryFinding
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on


@dataclass(frozen=True)
class Finding:
    """A gap or an overlap that a viewer may see; ``geojson`` is its geometry, EPSG:4326."""

    kind: str
    area_m2: float
    community_code: str | None
    grid_codes: list[str]
    geojson: str


def findings(
    session: Session, scope: Scope, on: date, as_of: datetime | None = None
) -> list[Finding]:
    """Return the gaps and overlaps of a day, the largest first, as known at an instant or now.

    Shown where the community, or any grid that takes part, lies in the scope.
    """
    table = TerritoryFinding
    taking_part = func.unnest(table.grid_codes).column_valued("code")
    rows = session.execute(
        select(
            table.kind,
            table.area_m2,
            table.community_code,
            table.grid_codes,
            func.ST_AsGeoJSON(table.geom, 7),
        )
        .where(
            valid_on(table, on),
            found_by(as_of),
            or_(
                below(table.community_code, scope),
                exists(select(taking_part).where(below(taking_part, scope, GRID_DIGITS))),
            ),
        )
        .order_by(table.area_m2.desc(), table.id)
    )
    return [Finding(*row) for row in rows]


@dataclass(frozen=True)
class Extent:
    """What is said of a grid in one period; ``valid_to`` is exclusive, ``None`` means still."""

    household_count: int | None
    dwelling_count: int | None
    valid_from: date
    valid_to: date | None


def outlines(
    session: Session,
    scope: Scope,
    on: date,
    *,
    after: str = "",
    limit: int = 1000,
    box: tuple[float, float, float, float] | None = None,
    as_of: datetime | None = None,
) -> list[tuple[Grid, Extent, str]]:
    """Return a page of grids with their shapes, in order of code.

    Rows: grid, extent, GeoJSON (Polygon, EPSG:4326, seven decimals). ``after`` is the
    last code of the page before; ``box`` is west, south, east, north in degrees, and keeps what
    touches it; ``as_of`` asks what was known at that instant (`gridsvc.grids.known.as_known`).
    Served by the primary key, or by the GiST index when a box is given.
    """
    boundary = as_known(session, GridBoundary, as_of)
    query = (
        select(
            Grid,
            func.ST_AsGeoJSON(boundary.geom, 7),
            boundary.household_count,
            boundary.dwelling_count,
            boundary.valid_from,
            boundary.valid_to,
        )
        .join(boundary, boundary.grid_code == Grid.code)
        .where(valid_on(boundary, on), below(Grid.code, scope, GRID_DIGITS), Grid.code > after)
        .order_by(Grid.code)
        .limit(limit)
    )
    if box is not None:
        query = query.where(func.ST_Intersects(boundary.geom, func.ST_MakeEnvelope(*box, 4326)))
    return [(grid, Extent(*told), shape) for grid, shape, *told in session.execute(query)]
