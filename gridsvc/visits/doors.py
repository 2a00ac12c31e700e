"""Reads of the doors of a grid: its buildings, their dwellings, and which were reached already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.grids.models import Building, Grid, GridBoundary
from gridsvc.grids.queries import GRID_DIGITS, below, valid_on
from gridsvc.grids.rules import GridKind
from gridsvc.visits.queries import reached_since


@dataclass(frozen=True)
class GridDoors:
    """A grid that can be walked on a day; ``dwellings`` is ``None`` where nobody counted them."""

    code: str
    name: str
    name_en: str | None
    dwellings: int | None


@dataclass(frozen=True)
class BuildingDoors:
    """A building of a grid: its anchor in degrees (EPSG:4326), and the numbers reached."""

    grid_code: str
    code: str
    name: str | None
    lon: float
    lat: float
    dwellings: int
    reached: list[int]


def grids_to_walk(session: Session, scope: Scope, on: date) -> list[GridDoors]:
    """Return the grids of a scope in which people live, in order of code.

    Functional grids lie over these: what is visited in one is told under the other.
    """
    rows = session.execute(
        select(Grid.code, Grid.name, Grid.name_en, GridBoundary.dwelling_count)
        .join(GridBoundary, GridBoundary.grid_code == Grid.code)
        .where(
            Grid.kind == GridKind.RESIDENTIAL,
            valid_on(GridBoundary, on),
            below(Grid.code, scope, GRID_DIGITS),
        )
        .order_by(Grid.code)
    )
    return [GridDoors(*row) for row in rows]


def buildings_to_walk(
    session: Session, codes: list[str], on: date, since: date, *, limit: int
) -> list[BuildingDoors]:
    """Return the buildings with dwellings of some grids on a day, by grid and then by name.

    ``reached`` are the dwellings visited from ``since`` on. An anchor on the edge of two grids
    counts for the lowest code, as everywhere.
    """
    one = (
        select(
            Building.id,
            func.min(GridBoundary.grid_code),
            Building.code,
            Building.name,
            func.ST_X(Building.anchor),
            func.ST_Y(Building.anchor),
            Building.dwelling_count,
        )
        .join(GridBoundary, func.ST_Covers(GridBoundary.geom, Building.anchor))
        .where(
            GridBoundary.grid_code.in_(codes),
            valid_on(GridBoundary, on),
            valid_on(Building, on),
            Building.dwelling_count > 0,
        )
        .group_by(Building.id)
        .order_by(Building.id)
        .limit(limit)
    )
    rows = session.execute(one).all()
    reached: dict[str, set[int]] = {}
    for code, number in reached_since(session, [row[0] for row in rows], since):
        reached.setdefault(code, set()).add(number)
    found = [
        BuildingDoors(grid, code, name, lon, lat, doors, sorted(reached.get(code, ())))
        for _, grid, code, name, lon, lat, doors in rows
    ]
    # The shorter name first, so that building 3 stands before 13.
    return sorted(found, key=lambda b: (b.grid_code, len(b.name or b.code), b.name or b.code))
