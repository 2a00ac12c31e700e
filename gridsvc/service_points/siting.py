"""Dwellings that lie beyond a distance from every service point: where another one is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.geo.analysis.reach import nearest_m
from gridsvc.grids.models import Building, Grid, GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, framed, valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.service_points.queries import points_on
from gridsvc.service_points.rules import Tier

EVERYWHERE = Scope(("",))


@dataclass(frozen=True)
class GridReach:
    """A grid's dwellings, those too far away, and the metres of the farthest (may be infinite)."""

    code: str
    name: str
    name_en: str | None
    dwellings: int
    beyond: int
    farthest_m: float


@dataclass(frozen=True)
class FarBuilding:
    """A building beyond the distance: its anchor in degrees, EPSG:4326."""

    lon: float
    lat: float
    dwellings: int
    metres: float


@dataclass(frozen=True)
class Siting:
    """Dwellings of a scope, those too far away, the grids with any of them, and the buildings."""

    dwellings: int
    beyond: int
    grids: list[GridReach]
    buildings: list[FarBuilding]


def siting(
    session: Session, scope: Scope, on: date, beyond_m: float, tier: Tier | None = None
) -> Siting:
    """Find the dwellings of a scope that lie beyond a distance on a day.

    Points outside the scope count as well: who lives at the border goes across the street. The
    distance is a straight line from the building's anchor; a walk is longer.

    Returns
    -------
    Siting
        Grids with the most such dwellings first, buildings the farthest first.
    """
    frame = _buildings(session, scope, on)
    points = points_on(session, EVERYWHERE, on, tier=tier)
    frame["metres"] = nearest_m(
        frame["lon"], frame["lat"], [one.lon for one in points], [one.lat for one in points]
    )
    far = frame[frame["metres"] > beyond_m]
    whole = frame.groupby("code")["dwellings"].sum()
    grids = [
        GridReach(
            str(code), mine["name"].iloc[0], mine["name_en"].iloc[0], int(whole[code]),
            int(mine["dwellings"].sum()), float(mine["metres"].max()),
        )
        for code, mine in far.groupby("code")
    ]  # fmt: skip
    return Siting(
        int(frame["dwellings"].sum()),
        int(far["dwellings"].sum()),
        sorted(grids, key=lambda one: (-one.beyond, one.code)),
        [
            FarBuilding(one.lon, one.lat, one.dwellings, one.metres)
            for one in far.sort_values(["metres", "id"], ascending=[False, True]).itertuples()
        ],
    )


def _buildings(session: Session, scope: Scope, on: date) -> pd.DataFrame:
    """One row a building with dwellings; an anchor on a shared edge is in the lowest grid."""
    query = (
        select(
            Building.id,
            func.ST_X(Building.anchor).label("lon"),
            func.ST_Y(Building.anchor).label("lat"),
            Building.dwelling_count.label("dwellings"),
            Grid.code,
            Grid.name,
            Grid.name_en,
        )
        .join(GridBoundary, func.ST_Covers(GridBoundary.geom, Building.anchor))
        .join(Grid, Grid.code == GridBoundary.grid_code)
        .where(
            valid_on(Building, on),
            valid_on(GridBoundary, on),
            Building.dwelling_count > 0,
            Grid.kind == GridKind.RESIDENTIAL,
            below(Grid.code, scope, GRID_DIGITS),
        )
        .order_by(Building.id, Grid.code)
    )
    frame = framed(session, query)
    kinds = {"id": int, "lon": float, "lat": float, "dwellings": int}
    return frame.astype(kinds).drop_duplicates("id").reset_index(drop=True)
