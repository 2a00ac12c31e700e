"""The residential grids about a place: the one that holds it, and those within its accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridsvc.grids.models import Grid, GridBoundary
from gridsvc.grids.queries import point, valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.incidents.rules.routing import CANDIDATES_AT_MOST


@dataclass(frozen=True)
class Candidate:
    """A grid that a place may lie in; ``distance_m`` is 0 inside, ``edge_m`` is to its edge."""

    code: str
    name: str
    boundary_id: int
    distance_m: float
    edge_m: float


def candidates(
    session: Session, lon: float, lat: float, on: date, within_m: float, holder: str | None
) -> list[Candidate]:
    """Return the residential grids within metres of a place on a day, nearest first, at most nine.

    ``holder``, the grid that holds the place, comes first whatever its distance: on the ellipsoid
    a long edge runs metres beside the straight line in degrees that decides.

    Distances are metres on the ellipsoid. Served by ``idx_grid_boundary_geom``: the circle is
    turned into degrees, not the boundaries into metres.
    """
    here = point(lon, lat)
    earth = func.geography(here)
    box = func.ST_Envelope(func.geometry(func.ST_Buffer(earth, within_m + 0.01)))
    distance = func.ST_Distance(func.geography(GridBoundary.geom), earth)
    held = func.coalesce(GridBoundary.grid_code == holder, False)
    edge = func.ST_Distance(func.geography(func.ST_Boundary(GridBoundary.geom)), earth)
    rows = session.execute(
        select(GridBoundary.grid_code, Grid.name, GridBoundary.id, distance, edge)
        .join(Grid, Grid.code == GridBoundary.grid_code)
        .where(
            GridBoundary.geom.op("&&")(box),
            valid_on(GridBoundary, on),
            Grid.kind == GridKind.RESIDENTIAL,
            or_(held, distance <= within_m),
        )
        .order_by(held.desc(), distance, GridBoundary.grid_code)
        .limit(CANDIDATES_AT_MOST)
    )
    return [Candidate(*row) for row in rows]
